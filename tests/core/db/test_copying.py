"""A whole database is copied from each kind to each kind: all of it as it was at one moment, or nothing."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, delete, event, func, insert, select, text, update

from core.accounts.directory import ChatAccount, Newcomer
from core.accounts.link_codes import WrongCode
from core.bootstrap import Core, CoreSettings, open_core
from core.db.columns import Base
from core.db.maintenance import copying
from core.db.maintenance.upgrade import MIGRATIONS
from core.db.models import Activity, Event, Issue, IssueHour, Organization, Project, SeenRequest, Token
from core.errors import CopyFailed, CountsDiffer, DatabaseAway, DatabaseTooNew, SameDatabase, SourceUnready, TargetTaken, TargetUnusable
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
from tests.support.core import NOON, World
from tests.support.outbox import Mail
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
    core.directory.reachable_at("msteams", "tenant", "https://smba.trafficmanager.net/emea/")
    core.directory.create_token(organization_id, world.ada, ["event:read"])
    core.link_codes.make(ben)
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
    world.clock.pass_by(minutes=1)
    return world


@pytest.fixture
def small(world: World) -> World:
    """A world with an issue that somebody resolved."""
    world.core.directory.create_token(world.organization_id, world.ada)
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    world.do(Resolve(), request_id="r1")
    return world


@contextmanager
def opened(url: str, world: World) -> Iterator[World]:
    """The same world in a copy of its database."""
    core = open_core(CoreSettings(url), world.clock)
    try:
        yield World(core, world.clock, world.project, world.ada)
    finally:
        core.close()


def rows(core: Core) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a database holds, as Python has it."""
    with core.database.engine.connect() as connection:
        found = {table.name: [tuple(row) for row in ordered(connection, table)] for table in Base.metadata.sorted_tables}
    return found | {"pending_interactions": [tuple(row.values()) for row in core.pending.store.rows()]}


def ordered(connection: Connection, table: Any) -> Any:
    return connection.execute(select(table).order_by(*table.primary_key.columns))


def held(url: str) -> int:
    """How many rows a database holds in all, migrated or not."""
    core = open_core(CoreSettings(url))
    try:
        return sum(len(found) for found in rows(core).values()) if core.is_ready() else 0
    finally:
        core.close()


def seen(world: World) -> list[object]:
    """What people see."""
    reads, asker = world.core.reads, Searcher(world.organization_id, world.clock(), world.ada.id)
    page, found = reads.found(parse(""), asker, PageOf())
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


# What is refused --------------------------------------------------------------------------------------------------------


def test_a_database_is_not_copied_onto_itself_under_any_name(small: World, database_url: str, tmp_path: Path) -> None:
    names = [database_url]
    if database_url.startswith("sqlite"):
        (tmp_path / "link.db").symlink_to(tmp_path / "quell.db")
        (tmp_path / "sub").mkdir()
        names += [f"sqlite:///{tmp_path}/link.db", f"sqlite:///{tmp_path}/sub/../quell.db"]
    else:
        names += [f"{database_url}{'&' if '?' in database_url else '?'}application_name=copy"]
    before = rows(small.core)
    for name in names:
        with pytest.raises(SameDatabase, match=r"Name another one, such as sqlite:///copy\.db"):
            small.core.copy_to(name)
    assert rows(small.core) == before


def test_a_target_with_rows_is_refused(small: World, empty_url: str) -> None:
    small.core.copy_to(empty_url)
    with opened(empty_url, small) as copy:
        copy.event("only here")
        before = rows(copy.core)
        with pytest.raises(TargetTaken, match=r"is not empty: it has rows already \(activities, channels, events, …\)\. Nothing was copied"):
            small.core.copy_to(empty_url)
        assert rows(copy.core) == before


def test_a_target_that_is_migrated_but_empty_is_taken(small: World, empty_url: str) -> None:
    with opened(empty_url, small) as copy:
        copy.core.upgrade()
    small.core.copy_to(empty_url)
    assert held(empty_url) == held(small.core.settings.database_url)


@pytest.mark.parametrize("has_rows", [False, True])
def test_a_target_of_an_older_quell_is_migrated_if_it_is_empty(small: World, empty_url: str, *, has_rows: bool) -> None:
    with opened(empty_url, small) as old:
        with old.core.database.engine.begin() as connection:
            migrate_to(connection, "0001")
            if has_rows:
                connection.execute(insert(Organization).values(slug="acme", created_at=NOON))
        if has_rows:
            with pytest.raises(TargetTaken, match=r"rows already \(organisations\)"):
                small.core.copy_to(empty_url)
        else:
            small.core.copy_to(empty_url)
        assert old.core.is_ready() is not has_rows


def migrate_to(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def test_a_target_of_another_program_is_refused(small: World, empty_url: str) -> None:
    with opened(empty_url, small) as other, other.core.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))
    with pytest.raises(TargetTaken, match=r"tables of something else \(orders\)"):
        small.core.copy_to(empty_url)
    with opened(empty_url, small) as other:
        assert not other.core.is_ready()


def test_a_target_of_a_newer_quell_is_refused(small: World, empty_url: str) -> None:
    with opened(empty_url, small) as other:
        other.core.upgrade()
        pretend(other.core, "9999")
        with pytest.raises(TargetTaken, match="migrations that this Quell does not know"):
            small.core.copy_to(empty_url)
        with pytest.raises(DatabaseTooNew):
            other.core.upgrade()


def pretend(core: Core, version: str) -> None:
    with core.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://quell:hunter2@127.0.0.1:1/other", "other at 127.0.0.1 cannot be used: .*Connection refused"),
        ("sqlite:////nowhere/at/all/other.db", "/nowhere/at/all/other.db cannot be used: unable to open database file"),
        ("sqlite://", "the database in memory cannot be used: it would be gone at once"),
        ("sqlite:///:memory:", "the database in memory cannot be used: it would be gone at once"),
    ],
)
def test_a_target_that_cannot_be_had_is_refused_without_its_password(small: World, url: str, said: str) -> None:
    with pytest.raises(TargetUnusable, match=said) as refused:
        small.core.copy_to(url)
    assert "hunter2" not in str(refused.value)


def test_a_target_that_is_no_database_is_refused(small: World, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ada, " * 1000)
    with pytest.raises(TargetUnusable, match="file is not a database"):
        small.core.copy_to(f"sqlite:///{file}")
    assert file.read_text() == "Dear Ada, " * 1000


def test_a_source_that_lacks_migrations_is_refused_and_the_target_not_touched(small: World, tmp_path: Path) -> None:
    pretend(small.core, "0001")
    with pytest.raises(SourceUnready, match="run: quell db upgrade"):
        small.core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert not (tmp_path / "other.db").exists()


def test_a_source_of_a_newer_quell_is_refused_and_the_target_not_touched(small: World, tmp_path: Path) -> None:
    pretend(small.core, "9999")
    with pytest.raises(DatabaseTooNew):
        small.core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert not (tmp_path / "other.db").exists()


def test_a_source_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    core = open_core(CoreSettings(f"sqlite:///{tmp_path}/mistyped.db"))
    with pytest.raises(SourceUnready, match=r"mistyped\.db is not there or lacks migrations"):
        core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_does_not_answer_is_said_to_be_away(tmp_path: Path) -> None:
    core = open_core(CoreSettings("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    with pytest.raises(DatabaseAway):
        core.copy_to(f"sqlite:///{tmp_path}/other.db")
    core.close()


# What goes wrong --------------------------------------------------------------------------------------------------------


@contextmanager
def meddling(monkeypatch: pytest.MonkeyPatch, meddle: Any) -> Iterator[None]:
    """Calls ``meddle`` with each table whose rows have just been copied, and the connection to the target."""
    real = copying._move_rows

    def move(there: Connection, here: Connection, table: Any) -> None:
        real(there, here, table)
        meddle(here, table.name)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_move_rows", move)
        yield


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, MemoryError])
def test_whatever_ends_it_in_the_middle_leaves_the_target_empty(
    small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException]
) -> None:
    def interrupt(_: Connection, table: str) -> None:
        if table == "lines":
            raise trouble

    with meddling(monkeypatch, interrupt), pytest.raises(trouble):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0
    small.core.copy_to(empty_url)
    assert held(empty_url) == held(small.core.settings.database_url)


def test_what_the_target_will_not_have_is_named_with_its_table(small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def steal(here: Connection, table: str) -> None:
        if table == "issues":
            here.execute(text("DROP TABLE lines"))

    with meddling(monkeypatch, steal), pytest.raises(CopyFailed, match=r"The copy failed at lines: .*lines.* All of it was taken back") as failed:
        small.core.copy_to(empty_url)
    assert "\n" not in str(failed.value)
    assert held(empty_url) == 0
    small.core.copy_to(empty_url)


@pytest.mark.postgres
@pytest.mark.parametrize(("database_url", "empty_url"), [("sqlite", "to_postgres")], indirect=True)
def test_a_value_that_only_sqlite_takes_is_named_by_its_table_and_reason(small: World, empty_url: str) -> None:
    with small.core.database.write() as work:
        work.session.execute(update(Issue).values(platform="x" * 65))
    with pytest.raises(CopyFailed, match=r"at issues: value too long for type character varying\(64\)\."):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0


def test_a_row_too_few_is_noticed_and_nothing_kept(small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(here: Connection, table: str) -> None:
        if table == "seen_requests":
            here.execute(delete(SeenRequest).where(SeenRequest.id.like("%r1")))

    with meddling(monkeypatch, lose), pytest.raises(CountsDiffer, match=r"seen_requests has 1 rows in .* but 0 in "):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0


def test_a_row_too_many_is_noticed_and_nothing_kept(small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(here: Connection, table: str) -> None:
        if table == "tokens":
            here.execute(insert(Token).values(id=99, organization_id=1, sha256="0" * 64, scopes=[], created_at=NOON))

    with meddling(monkeypatch, add), pytest.raises(CountsDiffer):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0


def test_memory_does_not_grow_with_what_is_copied(world: World, empty_url: str) -> None:
    large = {"message": "x" * 50_000}
    for _ in range(6):
        world.core.occurrences.record(world.project.id, [replace(world.occurrence("a"), payload=large) for _ in range(copying._CHUNK)])
    tracemalloc.start()
    try:
        world.core.copy_to(empty_url)
        assert tracemalloc.get_traced_memory()[1] < 4 * copying._CHUNK * 50_000
    finally:
        tracemalloc.stop()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_postgres_has_is_fetched_in_pieces_too(small: World, tmp_path: Path) -> None:
    cursors: list[object] = []

    def note(_: Connection, cursor: object, statement: str, *__: object) -> None:
        if "events.payload" in statement:
            cursors.append(cursor)

    event.listen(small.core.database.engine, "before_cursor_execute", note)
    small.core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert [isinstance(cursor, psycopg.ServerCursor) for cursor in cursors] == [True]
