"""Chat accounts and the codes that join them to users."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.accounts.directory import ChatAccount, Newcomer
from core.accounts.link_codes import LinkedElsewhere, TooManyTries, WrongCode
from core.db.models import LinkCode
from core.errors import TriageError
from core.types import Role
from tests.support.core import World

SLACK = ChatAccount("slack", "TACME", "UADA")
TEAMS = ChatAccount("msteams", "tenant", "ada-object")
WRONG = "0000-0000-0000"


def owner(world: World, account: ChatAccount = SLACK) -> str | None:
    found = world.core.directory.user_of_account(account)
    return found.name if found else None


def refusal(world: World, code: str, account: ChatAccount = SLACK) -> type[TriageError]:
    with pytest.raises(TriageError) as refused:
        world.core.link_codes.redeem(code, account, world.organization_id)
    return refused.type


def test_a_code_makes_an_account_its_users_once(world: World) -> None:
    code = world.core.link_codes.make(world.ada)
    assert world.core.link_codes.redeem(code, SLACK, world.organization_id) == world.ada
    assert owner(world) == "Ada"
    assert refusal(world, code, TEAMS) is WrongCode
    assert owner(world, TEAMS) is None


def test_each_account_of_a_person_takes_a_code_of_its_own(world: World) -> None:
    first, second = world.core.link_codes.make(world.ada), world.core.link_codes.make(world.ada)
    for code, account in ((first, TEAMS), (second, SLACK)):
        world.core.link_codes.redeem(code, account, world.organization_id)
    assert (owner(world, SLACK), owner(world, TEAMS)) == ("Ada", "Ada")


def test_a_code_may_be_typed_as_it_was_heard(world: World) -> None:
    code = world.core.link_codes.make(world.ada)
    heard = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert world.core.link_codes.redeem(heard, SLACK, world.organization_id) == world.ada


@pytest.mark.parametrize(("seconds", "is_good"), [(599, True), (600, False), (601, False)])
def test_a_code_lasts_ten_minutes(world: World, seconds: float, *, is_good: bool) -> None:
    code = world.core.link_codes.make(world.ada)
    world.clock.pass_by(seconds=seconds)
    if is_good:
        world.core.link_codes.redeem(code, SLACK, world.organization_id)
    else:
        assert refusal(world, code) is WrongCode
    assert owner(world) == ("Ada" if is_good else None)


@pytest.mark.parametrize("code", ["", WRONG, "nonsense", "\0", "\ud800", "x" * 10_000])
def test_what_is_no_code_is_refused(world: World, code: str) -> None:
    world.core.link_codes.make(world.ada)
    assert refusal(world, code) is WrongCode


def test_after_five_wrong_codes_even_the_right_one_has_to_wait(world: World) -> None:
    code = world.core.link_codes.make(world.ada)
    world.clock.pass_by(minutes=1)
    for _ in range(5):
        assert refusal(world, WRONG) is WrongCode
        world.clock.pass_by(seconds=30)
    with pytest.raises(TooManyTries, match="in 8 min"):
        world.core.link_codes.redeem(code, SLACK, world.organization_id)
    assert refusal(world, WRONG, TEAMS) is WrongCode
    world.clock.pass_by(minutes=7, seconds=30)
    assert world.core.link_codes.redeem(world.core.link_codes.make(world.ada), SLACK, world.organization_id) == world.ada


def test_wrong_codes_long_apart_do_not_add_up(world: World) -> None:
    for _ in range(12):
        assert refusal(world, WRONG) is WrongCode
        world.clock.pass_by(minutes=4)


def test_many_wrong_codes_at_once_count_each(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(lambda _: refusal(world, WRONG), range(12)))
    assert (refusals.count(WrongCode), refusals.count(TooManyTries)) == (5, 7)


def test_of_two_who_use_a_code_at_once_one_wins(world: World) -> None:
    for round_ in range(5):
        code = world.core.link_codes.make(world.ada)
        accounts = [ChatAccount("slack", "TACME", f"U{round_}-{number}") for number in range(4)]

        def tried(account: ChatAccount, code: str = code) -> bool:
            try:
                world.core.link_codes.redeem(code, account, world.organization_id)
            except WrongCode:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            won = list(pool.map(tried, accounts))
        assert sum(won) == 1
        assert [owner(world, account) for account in accounts].count("Ada") == 1


def test_one_account_with_two_codes_at_once_gets_one_owner(world: World) -> None:
    ben = world.core.directory.create_user(world.organization_id, Newcomer("Ben", "ben@acme.example", None), Role.MEMBER)
    codes = [world.core.link_codes.make(user) for user in (world.ada, ben)]

    def outcome(code: str) -> str:
        try:
            return world.core.link_codes.redeem(code, SLACK, world.organization_id).name
        except LinkedElsewhere as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, codes))
    assert owner(world) in outcomes
    assert any("To give it to somebody else, type unlink first" in one for one in outcomes)


def test_an_account_moves_only_after_it_was_let_go(world: World) -> None:
    world.core.directory.join(world.organization_id, SLACK, Newcomer("Somebody", None, None))
    code = world.core.link_codes.make(world.ada)
    assert refusal(world, code) is LinkedElsewhere
    assert owner(world) == "Somebody"
    world.core.link_codes.unlink(SLACK)
    assert owner(world) is None
    assert world.core.link_codes.redeem(code, SLACK, world.organization_id) == world.ada


def test_a_code_for_the_owner_changes_nothing_and_is_used_up(world: World) -> None:
    for code in (world.core.link_codes.make(world.ada), world.core.link_codes.make(world.ada)):
        assert world.core.link_codes.redeem(code, SLACK, world.organization_id) == world.ada
        assert refusal(world, code) is WrongCode


def test_letting_go_of_an_account_that_is_nobodys_does_nothing(world: World) -> None:
    world.core.link_codes.unlink(SLACK)
    assert owner(world) is None


def test_a_code_for_somebody_of_another_organization_is_no_code_here(world: World, other_world: World) -> None:
    code = world.core.link_codes.make(other_world.ada)
    assert refusal(world, code) is WrongCode
    assert other_world.core.link_codes.redeem(code, TEAMS, other_world.organization_id) == other_world.ada


def test_neither_a_code_nor_what_is_too_old_is_kept(world: World) -> None:
    code = world.core.link_codes.make(world.ada)
    world.clock.pass_by(minutes=11)
    world.core.link_codes.make(world.ada)
    with world.core.database.read() as work:
        rows = work.session.query(LinkCode).all()
    assert len(rows) == 1
    assert code not in repr([vars(row) for row in rows])


def test_codes_are_made_of_letters_that_nobody_mistakes(world: World) -> None:
    codes = {world.core.link_codes.make(world.ada) for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 14 and not set("OILU") & set(code) for code in codes)
