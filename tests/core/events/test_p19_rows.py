"""What events leave in the database is bounded: tags by the issue, releases by the project and day. Nothing of the events themselves is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from core.db.event_batches import MAX_NEW_RELEASES_PER_DAY
from core.db.models import IssueRelease, IssueTag, Release
from core.events.record import Occurrence
from core.issues.actions import InNextRelease, InRelease, Resolve
from core.rules.event_counts import MAX_TAGS_PER_ISSUE, MAX_VALUES_PER_TAG, within_limits
from core.search import PageOf, Searcher, parse
from tests.support.core import World
from tests.support.db.databases import counted

EVENTS, TAGS = 500, 32


def tagged(world: World, number: int, tags: Iterable[tuple[str, str]], title: str = "Boom", release: str | None = None) -> Occurrence:
    at_once = world.occurrence(title, release=release)
    return replace(at_once, tags=tuple(tags), event_id=f"{world.events:016x}{number:016x}")


def flood(world: World, events: int, *, batch: int = 250, release: bool = True) -> None:
    """Events of one issue, all of whose tags and release are others each time."""
    for first in range(0, events, batch):
        numbers = range(first, min(first + batch, events))
        world.core.occurrences.record(
            world.project.id,
            [
                tagged(world, number, ((f"tag{tag}", f"{number}") for tag in range(TAGS)), release=f"build-{number}" if release else None)
                for number in numbers
            ],
        )


def rows(world: World) -> dict[str, Counter[str]]:
    """How often each value of each tag came, by the rows of the only issue."""
    found: dict[str, Counter[str]] = {}
    with world.core.database.read() as work:
        for row in work.session.scalars(select(IssueTag)):
            found.setdefault(row.key, Counter())[row.value] = row.times_seen
    return found


def number_of(world: World, model: type[Release | IssueRelease | IssueTag]) -> int:
    with world.core.database.read() as work:
        return work.session.scalars(select(func.count()).select_from(model)).one()


@pytest.mark.parametrize("batch", [*(pytest.param(batch, marks=pytest.mark.slow) for batch in (1, 50)), 250])
def test_an_issue_is_counted_by_a_bounded_number_of_tags(world: World, batch: int) -> None:
    flood(world, 120 if batch == 1 else EVENTS, batch=batch)
    kept = rows(world)
    assert sum(map(len, kept.values())) <= MAX_TAGS_PER_ISSUE + MAX_VALUES_PER_TAG
    assert max(map(len, kept.values())) <= MAX_VALUES_PER_TAG
    assert len(kept["release"]) == MAX_VALUES_PER_TAG
    assert kept["environment"]["production"] == (120 if batch == 1 else EVENTS), "what every event has is counted in full"
    assert world.issue().times_seen == (120 if batch == 1 else EVENTS)


def test_a_tag_that_is_counted_goes_on_being_counted_when_there_is_no_room_for_new_ones(world: World) -> None:
    world.core.occurrences.record(world.project.id, [tagged(world, 0, [("host", "db1")])])
    flood(world, EVENTS, release=False)
    for number in range(2):
        full = [tagged(world, EVENTS + number * 200 + one, [("host", f"pod-{one}"), ("host2", "x")]) for one in range(150)]
        world.core.occurrences.record(world.project.id, [*full, tagged(world, 10_000 + number, [("host", "db1")])])
    assert rows(world)["host"]["db1"] == 3


def test_where_there_is_room_every_value_is_counted_to_the_last(world: World) -> None:
    for number in range(3):
        world.core.occurrences.record(
            world.project.id, [tagged(world, number * 1_000 + one, [("host", f"pod-{one}")]) for one in range(MAX_VALUES_PER_TAG)]
        )
    assert rows(world)["host"] == {f"pod-{one}": 3 for one in range(MAX_VALUES_PER_TAG)}


def test_the_tags_of_one_issue_take_no_room_from_another(world: World) -> None:
    flood(world, EVENTS)
    world.core.occurrences.record(world.project.id, [tagged(world, 9_000, [("host", "db1")], "Another")])
    with world.core.database.read() as work:
        found = work.search.page(parse("host:db1"), Searcher(world.organization_id, world.clock()), PageOf())
    assert len(found.ids) == 1


def test_the_number_of_statements_does_not_grow_where_the_limits_are_met(world: World) -> None:
    numbers = []
    for number in range(3):
        batch = [tagged(world, number * 1_000 + one, ((f"tag{tag}", f"{number} {one}") for tag in range(TAGS))) for one in range(200)]
        with counted(world.core) as statements:
            world.core.occurrences.record(world.project.id, batch)
        numbers.append(len(statements))
    with counted(world.core) as statements:
        world.core.occurrences.record(world.project.id, [tagged(world, 9_000, [("tag1", "new")])])
    assert numbers[2] <= len(statements) + 1, (numbers, statements)


def test_what_has_a_row_is_never_over_the_limit() -> None:
    tags = [(1, "host", "a"), (1, "host", "b"), (1, "environment", "production"), (2, "host", "a")]
    assert within_limits(tags, {}) == set(tags)
    assert within_limits(tags, {(1, "host"): MAX_VALUES_PER_TAG - 1}) == {tags[0], tags[2], tags[3]}
    assert within_limits(tags, {(1, "other"): MAX_TAGS_PER_ISSUE}) == {tags[2], tags[3]}
    assert within_limits(tags, {(1, "environment"): MAX_VALUES_PER_TAG}) == {tags[0], tags[1], tags[3]}


def test_events_bring_a_bounded_number_of_releases_a_day(world: World) -> None:
    flood(world, EVENTS)
    assert number_of(world, Release) == MAX_NEW_RELEASES_PER_DAY
    assert number_of(world, IssueRelease) == MAX_NEW_RELEASES_PER_DAY
    newest = world.core.reads.events(world.issue().id, EVENTS)
    assert {event.release for event in newest} == {f"build-{number}" for number in range(EVENTS)}, "each event keeps the version that it names"
    world.clock.pass_by(hours=23)
    world.event(release="build-late")
    assert number_of(world, Release) == MAX_NEW_RELEASES_PER_DAY
    world.clock.pass_by(hours=2)
    world.event(release="build-next-day")
    assert number_of(world, Release) == MAX_NEW_RELEASES_PER_DAY + 1


def test_another_project_still_gets_its_releases(world: World) -> None:
    flood(world, EVENTS)
    other = world.core.directory.create_project("cart", "acme", "python")
    world.core.occurrences.record(other.id, [world.occurrence("Boom", release="1.0.0")])
    assert number_of(world, Release) == MAX_NEW_RELEASES_PER_DAY + 1


@pytest.mark.parametrize("mode", [InNextRelease(), InRelease("build-1")], ids=["next", "named"])
def test_an_issue_resolved_in_a_release_regresses_by_a_version_beyond_the_limit_as_by_any_later_one(
    world: World, mode: InNextRelease | InRelease
) -> None:
    world.event("Other", release="build-1")
    world.do(Resolve(mode))
    flood(world, EVENTS, release=True)
    world.clock.pass_by(seconds=1)
    assert world.event("Other", release="build-beyond").effect == "regressed"


def test_an_older_version_stays_covered_by_its_number_though_it_has_no_release(world: World) -> None:
    world.event("Other", release="shop@2.0.0")
    world.do(Resolve(InRelease("shop@2.0.0")))
    flood(world, EVENTS)
    world.clock.pass_by(seconds=1)
    assert world.event("Other", release="shop@1.9.9").effect == "seen"
    assert world.event("Other", release="shop@2.0.1").effect == "regressed"
