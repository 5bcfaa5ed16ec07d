"""A batch of events does what its events would do one after another, in a number of statements that does not grow with it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select, update

from core.bootstrap import Core, CoreSettings, open_core
from core.db.columns import Base
from core.db.models import (
    Activity,
    Event,
    Hash,
    InboxEntry,
    Issue,
    IssueDay,
    IssueHour,
    IssueRelease,
    IssueTag,
    IssueUser,
    Message,
    Project,
    Resolution,
    Snooze,
    Tombstone,
)
from core.issues.actions import Action, Archive, Delete, Discard, InNextRelease, InRelease, Resolve, SetPriority
from core.notify.watches import ChannelName
from core.occurrence import Occurrence, Recorded
from core.releases.releases import Announced
from core.rules.snooze import Condition
from core.types import Level, Priority, Source
from tests.examples import examples
from tests.support.core import Clock, World, make_world
from tests.support.db.databases import counted

pytestmark = pytest.mark.slow

BESIDE = (Snooze, InboxEntry, Resolution, IssueHour, IssueDay, IssueUser, IssueTag, IssueRelease)
TITLES = "abcd"

ACTIONS: tuple[Action | None, ...] = (
    None,
    None,
    Resolve(),
    Resolve(InNextRelease()),
    Resolve(InRelease("1.1")),
    Archive(),
    Archive(Condition(events=1)),
    Archive(Condition(events=3)),
    Archive(Condition(users=2)),
    Archive(Condition(events=3, events_window=10)),
    Archive(Condition(users=2, users_window=10)),
    Archive(Condition(events=5, users=2, users_window=1)),
    Archive(is_until_escalating=True),
    SetPriority(Priority.LOW),
    Discard(),
    Delete(),
)


@dataclass(frozen=True)
class Said:
    """An event as the tests draw it."""

    titles: str
    person: str | None
    ago: float
    release: str | None
    number: int
    """Two of the same number are the same event."""

    def occurrence(self, world: World) -> Occurrence:
        return Occurrence(
            event_id=f"{self.number:032x}",
            happened_at=world.clock() - timedelta(seconds=self.ago),
            hashes=tuple(uuid.uuid5(uuid.NAMESPACE_OID, title).hex for title in self.titles),
            title=f"{self.titles} {self.number}",
            culprit="shop.pay",
            message=self.titles,
            level=Level.WARNING if self.number % 2 else Level.ERROR,
            platform="python",
            details={"number": self.number},
            person=self.person,
            release=self.release,
            environment="production" if self.number % 3 else None,
            payload={"number": self.number},
            tags=(("browser", f"b{self.number % 2}"),),
        )


SAID = st.builds(
    Said,
    st.sampled_from(("a", "a", "b", "c", "d", "ab", "xa", "xy", "ya")),
    st.sampled_from((None, "ann", "bob", "cem")),
    st.sampled_from((0, 0, 0, 1, 30, 90, 4000)),
    st.sampled_from((None, None, "1.0", "1.1", "1.2", "blue", "latest")),
    st.integers(0, 60),
)


def rows(world: World, model: type[Base], numbers: dict[int, int]) -> list[dict[str, Any]]:
    """What a table knows of a project's issues, which go by their numbers."""
    table = model.__table__
    assert isinstance(table, Table)
    with world.core.database.read() as work:
        found = work.session.execute(select(table).where(table.c.issue_id.in_(numbers)).order_by(*table.primary_key)).mappings()
        known = [{key: value for key, value in row.items() if key not in ("id", "project_id", "channel_id")} for row in found]
    return [_by_number(row, numbers) for row in known]


def _by_number(value: Any, numbers: dict[int, int]) -> Any:
    if isinstance(value, dict):
        known = ((key, one) for key, one in value.items() if key != "actor_id")
        return {key: numbers.get(one, one) if key == "issue_id" else _by_number(one, numbers) for key, one in known}
    return value


def state(world: World) -> dict[str, Any]:
    """Everything that events leave behind."""
    with world.core.database.read() as work:
        issues = work.session.execute(select(Issue.__table__).where(Issue.project_id == world.project.id)).mappings().all()
        numbers = {row["id"]: row["number"] for row in issues}
        hashes = work.session.execute(select(Hash.hash, Hash.issue_id).where(Hash.project_id == world.project.id)).all()
        tombs = work.session.execute(
            select(Tombstone.previous_issue_id, Tombstone.times_seen, Tombstone.last_seen_at).where(Tombstone.project_id == world.project.id)
        ).all()
    known: dict[str, Any] = {model.__tablename__: rows(world, model, numbers) for model in BESIDE}
    known["issues"] = {row["number"]: {key: value for key, value in row.items() if key not in ("id", "project_id")} for row in issues}
    known["hashes"] = {row.hash: numbers.get(row.issue_id or 0) for row in hashes}
    known["tombstones"] = {numbers[row.previous_issue_id]: (row.times_seen, row.last_seen_at) for row in tombs}
    known["events"] = sorted(rows(world, Event, numbers), key=lambda row: row["event_id"])
    known["copies"] = sorted((row["issue_id"], row["wanted_version"]) for row in rows(world, Message, numbers))
    log = [row for row in rows(world, Activity, numbers) if row["source"] == Source.INGEST]
    known["log"] = {number: [row for row in log if row["issue_id"] == number] for number in numbers.values()}
    return known


def told(world: World, recorded: Sequence[Recorded]) -> list[tuple[str, int, str]]:
    with world.core.database.read() as work:
        numbers = {row.id: row.number for row in work.session.execute(select(Issue.id, Issue.number))}
    return [(one.event_id, numbers.get(one.issue_id, 0), one.effect) for one in recorded]


def prepare(world: World, velocity: float, actions: dict[str, Action | None]) -> None:
    """Issues that people have done something to, in a project with a velocity and a watch."""
    world.core.watches.set(world.project, ChannelName("slack", f"C-{world.project.organization_id}"))
    with world.core.database.write() as work:
        work.session.execute(update(Project).where(Project.id == world.project.id).values(velocity=velocity, velocity_at=world.clock()))
    world.core.releases.announce(world.organization_id, "1.1", Announced(project_ids=(world.project.id,)))
    for place, (title, action) in enumerate(actions.items()):
        world.core.occurrences.record(world.project.id, [Said(title, "ann", 60, "1.0", 1000 + place).occurrence(world)])
        if action:
            world.do(action, ids=(f"SHOP-{place + 1}",))


@pytest.fixture
def worlds(core: Core, clock: Clock) -> Callable[[], tuple[World, World]]:
    """Two organizations that nothing has happened in."""
    return lambda: (make_world(core, clock, f"w{uuid.uuid4().hex[:12]}"), make_world(core, clock, f"w{uuid.uuid4().hex[:12]}"))


@settings(
    max_examples=examples(25),
    phases=(Phase.generate,),  # an example is small enough as it is, and each takes a second
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    said=st.lists(SAID, min_size=1, max_size=30),
    velocity=st.sampled_from((0.0, 2.0)),
    actions=st.fixed_dictionaries({title: st.sampled_from(ACTIONS) for title in TITLES}),
    split=st.integers(0, 30),
)
@pytest.mark.timeout(600)
def test_a_batch_does_what_its_events_would_do_one_after_another(
    worlds: Callable[[], tuple[World, World]], said: list[Said], velocity: float, actions: dict[str, Action | None], split: int
) -> None:
    singly, at_once = worlds()
    for world in (singly, at_once):
        prepare(world, velocity, actions)
    singly.clock.pass_by(seconds=1)
    one_by_one = [one for event_ in said for one in singly.core.occurrences.record(singly.project.id, [event_.occurrence(singly)])]
    occurrences = [event_.occurrence(at_once) for event_ in said]
    batches = [batch for batch in (occurrences[:split], occurrences[split:]) if batch]
    together = [one for batch in batches for one in at_once.core.occurrences.record(at_once.project.id, batch)]
    assert told(at_once, together) == told(singly, one_by_one)
    expected, real = state(singly), state(at_once)
    for table, known in expected.items():
        assert real[table] == known, table


# How much it costs -----------------------------------------------------------------------------------------------------


def arrival(world: World, events: int, issues: int, begin: int) -> list[Occurrence]:
    people = ("ann", "bob", None)
    said = (Said("", people[place % 3], place % 2, "1.0", begin + place) for place in range(events))
    return [replace(one.occurrence(world), hashes=(f"{place % issues:032x}",)) for place, one in enumerate(said)]


@pytest.mark.parametrize("issues", [1, 10, 300])
def test_the_number_of_statements_grows_neither_with_the_events_nor_with_the_issues(world: World, issues: int) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    numbers = {}
    for events, begin in ((10, 1_000), (300, 2_000)):
        with counted(world.core) as statements:
            world.core.occurrences.record(world.project.id, arrival(world, events, min(issues, events), begin))
        numbers[events] = len(statements)
    # The first ten are new and the others mostly not, so the number differs by a few.
    assert numbers[300] <= numbers[10] + 3
    assert numbers[300] < 40


@pytest.mark.parametrize("issues", [1, 300])
def test_nor_does_it_where_every_event_has_consequences(world: World, issues: int) -> None:
    numbers = {}
    for count in (2, issues):
        batch = arrival(world, count, count, 10_000 * count)
        recorded = world.core.occurrences.record(world.project.id, batch)
        condition = Condition(events=1, users=1, events_window=5, users_window=5)
        world.do(Archive(condition), ids=tuple({one.issue_id for one in recorded}))
        world.clock.pass_by(seconds=2)
        with counted(world.core) as statements:
            again = world.core.occurrences.record(world.project.id, arrival(world, count, count, 10_000 * count + 5_000))
        assert {one.effect for one in again} == {"unarchived"}
        numbers[count] = len(statements)
    assert len(set(numbers.values())) == 1, numbers


# A batch in detail -----------------------------------------------------------------------------------------------------


def batch(world: World, *titles: str, person: str | None = None) -> list[str]:
    occurrences = [world.occurrence(title, person=person) for title in titles]
    return [one.effect for one in world.core.occurrences.record(world.project.id, occurrences)]


def test_the_nth_event_of_a_batch_ends_the_archive_and_no_other(world: World) -> None:
    world.event("a")
    world.do(Archive(Condition(events=50)))
    effects = batch(world, *["a"] * 49, "b", "a", "a")
    assert effects == ["seen"] * 49 + ["new", "unarchived", "seen"]


def test_an_issue_learns_the_newest_fingerprint_within_a_batch(world: World) -> None:
    one, other = world.occurrence("a"), world.occurrence("b")
    both = replace(world.occurrence("a"), hashes=other.hashes + one.hashes)
    assert [told.effect for told in world.core.occurrences.record(world.project.id, [one, both, other])] == ["new", "seen", "seen"]
    assert world.issue().times_seen == 3


def test_a_batch_is_stored_whole_or_not_at_all(world: World) -> None:
    bad = replace(world.occurrence("b"), payload={"cannot": object()})
    with pytest.raises(Exception, match="serializable"):
        world.core.occurrences.record(world.project.id, [world.occurrence("a"), bad])
    assert batch(world, "a") == ["new"]
    assert world.issue().times_seen == 1


def test_days_are_counted(world: World) -> None:
    for ago in (0, 60, 13 * 3600, 40 * 3600):
        world.event(ago=ago)
    with world.core.database.read() as work:
        days = work.session.execute(select(IssueDay.day_at, IssueDay.events).order_by(IssueDay.day_at)).all()
    assert [(row.day_at.day, row.events) for row in days] == [(21, 1), (22, 1), (23, 2)]


def test_the_event_of_a_batch_that_passes_the_forecast_escalates(world: World) -> None:
    world.event("a")
    world.do(Archive(is_until_escalating=True))
    assert batch(world, *["a"] * 12) == ["seen"] * 9 + ["escalating"] + ["seen"] * 2


@pytest.mark.parametrize(("versions", "effects"), [(("2.0", "1.5"), ["seen", "seen"]), (("1.5", "2.0"), ["regressed", "seen"])])
def test_a_release_that_comes_with_a_batch_answers_from_its_first_event_on(world: World, versions: tuple[str, ...], effects: list[str]) -> None:
    world.event("fixed", release="1.0")
    world.event("other")
    world.do(Resolve(InNextRelease()))
    world.clock.pass_by(seconds=1)
    occurrences = [world.occurrence("other" if version == "2.0" else "fixed", release=version) for version in versions]
    assert [one.effect for one in world.core.occurrences.record(world.project.id, occurrences)] == effects


def test_processes_with_overlapping_batches_count_each_event_once_while_people_click(world: World, database_url: str) -> None:
    occurrences = [world.occurrence(title, person=title) for title in "abcdef" * 10]
    parts = [occurrences[first : first + 40] for first in (0, 10, 20)]
    troubles: list[Exception] = []

    def run(work: Callable[[Core, Sequence[Occurrence]], object], part: Sequence[Occurrence]) -> None:
        core = open_core(CoreSettings(database_url), world.clock)
        try:
            work(core, part)
        except Exception as error:  # noqa: BLE001  what went wrong in a thread is told below
            troubles.append(error)
        finally:
            core.close()

    def take(core: Core, part: Sequence[Occurrence]) -> None:
        core.occurrences.record(world.project.id, part)

    def click(core: Core, _: Sequence[Occurrence]) -> None:
        clicker = replace(world, core=core)
        for action in (Resolve(), Archive(), Resolve(), Archive(Condition(events=1)), Resolve()) * 3:
            clicker.do(action, ids=("SHOP-1", "SHOP-2"))

    world.core.occurrences.record(world.project.id, occurrences[:6])
    threads = [threading.Thread(target=run, args=(take, part[::-1])) for part in parts]
    threads.append(threading.Thread(target=run, args=(click, ())))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert sum(world.issue(f"SHOP-{number}").times_seen for number in range(1, 7)) == 60
    assert [world.issue(f"SHOP-{number}").users_seen for number in range(1, 7)] == [1] * 6
