"""The way from a chat to the issue pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.db.models import LoginLink, LoginSession
from core.issues.actions import SetPublic
from core.types import Role
from tests.support.core import World


def test_a_link_opens_one_session(world: World) -> None:
    logins = world.core.logins
    token = logins.make(world.ada.id)
    session = logins.redeem(token)
    assert session
    assert logins.user(session) == world.ada
    assert logins.redeem(token) is None


def test_looking_at_a_link_does_not_use_it(world: World) -> None:
    logins = world.core.logins
    token = logins.make(world.ada.id)
    assert all(logins.is_open(token) for _ in range(3))
    assert logins.redeem(token)
    assert not logins.is_open(token)


@pytest.mark.parametrize(("seconds", "is_good"), [(599, True), (600, False)])
def test_a_link_lasts_ten_minutes(world: World, seconds: float, *, is_good: bool) -> None:
    token = world.core.logins.make(world.ada.id)
    world.clock.pass_by(seconds=seconds)
    assert world.core.logins.is_open(token) is is_good
    assert (world.core.logins.redeem(token) is not None) is is_good


@pytest.mark.parametrize(("minutes", "is_good"), [(12 * 60 - 1, True), (12 * 60, False)])
def test_a_session_lasts_twelve_hours(world: World, minutes: float, *, is_good: bool) -> None:
    session = world.core.logins.redeem(world.core.logins.make(world.ada.id)) or ""
    world.clock.pass_by(minutes=minutes)
    assert (world.core.logins.user(session) is not None) is is_good


def test_a_session_ends_when_it_is_closed_and_no_other_does(world: World) -> None:
    logins = world.core.logins
    first, second = (logins.redeem(logins.make(world.ada.id)) or "" for _ in range(2))
    logins.close(first)
    assert (logins.user(first), logins.user(second)) == (None, world.ada)


def test_of_two_who_use_a_link_at_once_one_gets_in(world: World) -> None:
    for _ in range(5):
        token = world.core.logins.make(world.ada.id)
        with ThreadPoolExecutor(4) as pool:
            assert len([one for one in pool.map(world.core.logins.redeem, [token] * 4) if one]) == 1


@pytest.mark.parametrize("token", ["", "nonsense", "\0", "\ud800", "x" * 10_000])
def test_what_is_no_token_opens_nothing(world: World, token: str) -> None:
    world.core.logins.redeem(world.core.logins.make(world.ada.id))
    assert (world.core.logins.redeem(token), world.core.logins.user(token), world.core.logins.is_open(token)) == (None, None, False)


def test_a_link_is_no_session_and_a_session_is_no_link(world: World) -> None:
    logins = world.core.logins
    token = logins.make(world.ada.id)
    assert logins.user(token) is None
    session = logins.redeem(token) or ""
    assert logins.redeem(session) is None


def test_neither_tokens_nor_what_is_over_are_kept(world: World) -> None:
    logins = world.core.logins
    told = [logins.make(world.ada.id)]
    told.append(logins.redeem(logins.make(world.ada.id)) or "")
    with world.core.database.read() as work:
        rows = [*work.session.query(LoginLink), *work.session.query(LoginSession)]
    assert len(rows) == 2
    assert not any(word in repr([vars(row) for row in rows]) for word in told)
    world.clock.pass_by(hours=13)
    logins.make(world.ada.id)
    with world.core.database.read() as work:
        assert (work.session.query(LoginLink).count(), work.session.query(LoginSession).count()) == (1, 0)


def test_what_a_person_may_do_is_looked_up_each_time(world: World) -> None:
    session = world.core.logins.redeem(world.core.logins.make(world.ada.id)) or ""
    world.core.directory.set_role(world.ada, Role.VIEWER)
    found = world.core.logins.user(session)
    assert found is not None
    assert found.role is Role.VIEWER


def test_a_share_link_leads_to_its_issue_as_long_as_it_is_shared(world: World, other_world: World) -> None:
    other_world.event()
    issue_id = world.event().issue_id
    share_id = world.share()
    assert world.core.shares.find(share_id) == (world.organization_id, issue_id)
    assert [world.core.shares.find(wrong) for wrong in ("", share_id[:-1], "0" * 32, share_id.upper(), "\0" * 32)] == [None] * 5
    world.do(SetPublic(is_public=False))
    assert world.core.shares.find(share_id) is None
