"""A whole database is copied from each kind to each kind: all of it as it was at one moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from core.accounts.directory import ChatAccount, Newcomer
from core.accounts.link_codes import WrongCode
from core.bootstrap import CoreSettings, open_core
from core.db.columns import Base
from core.db.maintenance import copying
from core.db.models import Activity, Event, Issue, IssueHour, Project
from core.issues.actions import (
    Action,
    Archive,
    Assign,
    Comment,
    Delete,
    Discard,
    InNextRelease,
    MarkReviewed,
    Merge,
    Resolve,
    SetBookmarked,
    SetPublic,
    SetSeen,
    To,
    Unresolve,
)
from core.issues.requests import UpdateRequest
from core.notify.watches import ChannelName, WatchRule
from core.processes.heartbeats import Beat, Outcome
from core.releases.releases import Announced, NewDeploy
from core.rules.commit_messages import NewCommit
from core.rules.snooze import Condition
from core.search import PageOf, Searcher, parse
from core.types import ByIds, Facet, Role, Source
from tests.support.artifacts.bundles import assert_uploaded, bundle
from tests.support.core import NOON, World
from tests.support.db.copies import opened, rows
from tests.support.notify.outbox import Mail
from tests.support.program import wait_for

pytestmark = pytest.mark.slow

SHA = "ed218003b6f7c9dbb485328c403654111fa9ebfe"
HUGE = 2**40
NAMES = [f"SHOP-{number}" for number in "1234789A"]


@pytest.fixture
def town(world: World) -> World:
    """A world in which everything has happened that Quell has a table for."""
    core, organization_id = world.core, world.organization_id
    team = core.directory.create_team("checkout", organization_id, [world.project.id])
    ben = core.directory.create_user(organization_id, Newcomer("Ben Ĺ́ 🦆", "ben@acme.example", None), Role.MEMBER, [team])
    core.directory.join(organization_id, ChatAccount("slack", "T1", "U1"), Newcomer("Ada", "ada@acme.example", None))
    core.directory.set_service_url("msteams", "tenant", "https://smba.trafficmanager.net/emea/")
    core.directory.create_token(organization_id, world.ada, ["event:read"])
    core.link_codes.make(ben)
    core.hooks.add(organization_id, "nagios", ["title=host.name"])
    with pytest.raises(WrongCode):
        core.link_codes.redeem("WRNG-WRNG-WRNG", ChatAccount("slack", "T1", "U9"), organization_id)
    core.logins.redeem(core.logins.make(ben.id))
    core.logins.make(world.ada.id)
    core.watches.set(world.project, ChannelName("slack", "C1"), WatchRule("level:error", every=100))
    core.watches.set(world.project, ChannelName("msteams", "19:x@thread.tacv2"))
    for number in range(1, 9):
        for person in ("ada", "grace", None):
            world.event(f"Bug {number} ✗", person=person, release="shop@1.0", ago=number * 1000)
    Mail(world).run()
    core.occurrences.record(world.project.id, [world.occurrence(f"Storm {number}") for number in range(25)])
    said = Announced(project_ids=(world.project.id,), commits=(NewCommit(SHA, "acme/shop", "Fixes SHOP-8", "Grace", "g@acme.example", NOON),))
    core.releases.announce(organization_id, "shop@1.1", said)
    core.releases.deploy(organization_id, "shop@1.1", NewDeploy("production", None, None, None, NOON))
    world.do(Archive(Condition(events=5, until_at=NOON.replace(day=30))), ids=("SHOP-1",), request_id="r1")
    world.do(Assign(To("user", ben.id)), Comment("Look at \\u0000 and \N{SNOWMAN}", None), ids=("SHOP-2",))
    world.do(
        Assign(To("team", team.id)),
        MarkReviewed(),
        SetBookmarked(is_bookmarked=True),
        SetSeen(is_seen=True),
        SetPublic(is_public=True),
        ids=("SHOP-3",),
    )
    world.do(Merge(), ids=("SHOP-3", "SHOP-4"))
    world.do(Delete(), ids=("SHOP-5",))
    world.clock.pass_by(hours=2)
    core.timers.begin_purges()
    Mail(world).run()
    while core.timers.purge():
        pass
    world.do(Delete(), ids=("SHOP-9",))
    world.do(Discard(), ids=("SHOP-6",))
    world.do(Resolve(InNextRelease()), ids=("SHOP-7",))
    world.do(Archive(is_until_escalating=True), ids=("SHOP-2",))
    with core.database.write() as work:
        work.session.execute(update(Issue).where(Issue.number == 2).values(times_seen=HUGE))
    now = world.clock()
    core.heartbeats.beat([Beat("a process", "sender", "a host", now, now)], [Outcome("slack", "wrong_signature", now, HUGE)])
    core.outages.begin("msteams", "no answer", is_account=False)
    core.pending.keep("slack", "slack:1", "sealed")
    assert_uploaded(core, bundle(), world.project, release="shop@1.0")
    world.clock.pass_by(minutes=1)
    return world


def seen(world: World) -> list[object]:
    """What people see."""
    reads, asker = world.core.reads, Searcher(world.organization_id, world.clock(), world.ada.id)
    page, found = reads.search(parse(""), asker, PageOf())
    several = [world.issue(name) for name in NAMES]
    ids = [issue.id for issue in several]
    activities = [reads.activities(world.organization_id, name) for name in ids]
    events = [reads.events(name, 100) for name in ids]
    receipts = [world.core.outbox.receipts(world.organization_id, name) for name in ids]
    watches, tombstones = world.core.watches.listed(world.organization_id), world.core.discards.of_project(world.project.id, 10)
    return [page, found, several, reads.details(ids, world.ada.id), activities, events, receipts, watches, tombstones]


# What is copied ---------------------------------------------------------------------------------------------------------


def test_a_copy_has_every_row_and_reads_the_same(town: World, empty_url: str) -> None:
    before, looked = rows(town.core), seen(town)
    counts = town.core.copy_to(empty_url)
    assert counts == {name: len(found) for name, found in before.items()}
    with opened(empty_url, town) as copy:
        assert copy.core.is_ready()
        assert rows(copy.core) == before
        assert seen(copy) == looked
    assert rows(town.core) == before


def test_no_table_is_empty_in_the_test_of_all_tables(town: World) -> None:
    assert [name for name, found in rows(town.core).items() if not found] == []


def test_a_copy_works_on_and_gives_nothing_a_number_that_was_taken(town: World, empty_url: str) -> None:
    town.core.copy_to(empty_url)
    with opened(empty_url, town) as copy:
        taken = {row[0] for row in rows(copy.core)["issues"]}
        new = copy.event("Something new")
        assert new.issue_id not in taken
        assert copy.issue(new.issue_id).short_id == "SHOP-12"
        copy.do(Resolve(), Comment("Done.", None), ids=("SHOP-12", "SHOP-2"))
        assert copy.history("SHOP-12")[-2:] == ["set_resolved", "note"]
        copy.clock.pass_by(minutes=1)
        assert copy.event("Bug 2 ✗").effect == "regressed"
        assert copy.event("Bug 6 ✗").effect == "discarded"
        copy.do(Resolve(), ids=("SHOP-1",), request_id="r1")
        assert copy.issue("SHOP-1").status.name == "ARCHIVED", "that request was carried out before the copy"
        copy.core.directory.create_organization("umbrella")
        copy.core.directory.create_project("till", "umbrella", None)
        assert {errand.kind for errand in Mail(copy).run()} >= {"alert", "redraw"}


def test_numbers_of_what_is_gone_are_not_given_out_by_the_copy_either(world: World, empty_url: str) -> None:
    for title in ("a", "b", "c"):
        world.event(title)
    with world.core.database.write() as work:
        work.session.execute(delete(Issue).where(Issue.number > 1))
    world.core.copy_to(empty_url)
    with opened(empty_url, world) as copy:
        assert copy.event("d").issue_id == 4


def test_a_table_without_rows_keeps_the_numbers_it_has_given_out(world: World, empty_url: str) -> None:
    world.event("a")
    with world.core.database.write() as work:
        work.session.execute(delete(Issue))
    world.core.copy_to(empty_url)
    with opened(empty_url, world) as copy:
        assert copy.event("b").issue_id == 2


def test_a_copy_of_a_copy_is_the_same(town: World, empty_url: str, tmp_path: Path) -> None:
    town.core.copy_to(empty_url)
    with opened(empty_url, town) as copy:
        copy.core.copy_to(f"sqlite:///{tmp_path}/third.db")
    with opened(f"sqlite:///{tmp_path}/third.db", town) as third:
        assert rows(third.core) == rows(town.core)
        assert third.event("new").issue_id == town.event("new").issue_id


def test_more_rows_than_fit_into_one_piece_arrive(world: World, empty_url: str) -> None:
    for _ in range(3):
        world.core.occurrences.record(world.project.id, [world.occurrence("a") for _ in range(copying._CHUNK - 1)])
    assert world.core.copy_to(empty_url)["events"] == 3 * (copying._CHUNK - 1)


def test_the_tables_name_each_other_in_no_circle() -> None:
    order = {table.name: number for number, table in enumerate(Base.metadata.sorted_tables)}
    named = [(order[key.column.table.name], order[table.name]) for table in Base.metadata.sorted_tables for key in table.foreign_keys]
    assert named
    assert all(owner < owned for owner, owned in named)


# While it is used -------------------------------------------------------------------------------------------------------


def test_a_copy_under_load_is_of_one_moment(world: World, empty_url: str) -> None:
    world.core.occurrences.record(world.project.id, [world.occurrence(f"Bug {number}") for number in range(30)])
    with load(world) as recorded:
        wait_for(lambda: recorded() > 10)
        world.core.copy_to(empty_url)
        after = recorded()
        wait_for(lambda: recorded() > after)
    with opened(empty_url, world) as copy:
        assert sum(issue.times_seen for issue in issues(copy)) < sum(issue.times_seen for issue in issues(world))
        assert_consistent(copy)
    assert_consistent(world)


@contextmanager
def load(world: World) -> Iterator[Any]:
    """Somebody who records events of old and of new issues and changes the old ones, until the block ends."""
    stop, batches = threading.Event(), list[object]()
    actions: tuple[Action, ...] = (Resolve(), Unresolve(), Archive(Condition(events=HUGE // 2**20)))
    core = open_core(CoreSettings(world.core.settings.database_url), world.clock)

    def work() -> None:
        while not stop.is_set():
            number = len(batches)
            core.occurrences.record(world.project.id, [world.occurrence(f"Bug {number % 50 + step}") for step in range(5)])
            ids = (number % 30 + 1, (number + 7) % 30 + 1)
            batches.append(core.engine.apply(UpdateRequest(world.organization_id, ByIds(ids), (actions[number % 3],), Source.API)))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield lambda: len(batches)
    finally:
        stop.set()
        thread.join()
        core.close()


def issues(world: World) -> list[Issue]:
    with world.core.database.read() as work:
        return list(work.session.scalars(select(Issue)))


def assert_consistent(world: World) -> None:
    """What is counted is stored, whatever it is counted in, and all of it has owners."""
    with world.core.database.read() as work:

        def sums(of: Any, by: Any) -> dict[int, int]:
            return {key: int(value) for key, value in work.session.execute(select(by, of).group_by(by))}

        counted = {issue.id: issue.times_seen for issue in work.session.scalars(select(Issue))}
        assert counted == sums(func.count(), Event.issue_id)
        assert counted == sums(func.sum(IssueHour.events), IssueHour.issue_id)
        assert counted.keys() == sums(func.count(), Activity.issue_id).keys()
        log = {row.issue_id: row for row in work.session.scalars(select(Activity).where(Activity.facet == Facet.STATUS).order_by(Activity.id))}
        stands = {issue.id: (issue.version, issue.status) for issue in work.session.scalars(select(Issue))}
        assert {id_: (row.version, row.after["status"]) for id_, row in log.items()}.items() <= stands.items()
        assert log
        newest = work.session.scalars(select(func.max(Issue.number))).one()
        assert work.session.scalars(select(Project.last_number)).one() == newest == len(counted)
