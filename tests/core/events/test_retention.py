"""How long events are kept: so many of an issue, for so many days, and the newest one for good."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.bootstrap import CoreSettings, open_core
from core.db.models import Event, IssueDay, IssueHour
from core.events.retention import RESEND_WINDOW, Retention
from core.issues.actions import Archive
from core.rules.snooze import Condition
from tests.support.core import World


def keeping(world: World, events: int = 1000, days: int = 30) -> Retention:
    return Retention(world.core.database, world.clock, events, days)


def stored(world: World, name: str = "SHOP-1") -> int:
    with world.core.database.read() as work:
        return work.session.scalars(select(func.count()).select_from(Event).where(Event.issue_id == world.issue(name).id)).one()


def of_model(world: World, model: type[IssueHour | IssueDay]) -> int:
    with world.core.database.read() as work:
        return work.session.scalars(select(func.count()).select_from(model)).one()


def test_an_issue_keeps_its_newest_events_and_its_counts(world: World) -> None:
    for ago in (400, 100, 300, 200):
        world.event("a", ago=ago, person=f"p{ago}")
    world.event("b")
    world.clock.pass_by(minutes=10)
    assert keeping(world, events=2).forget_events() == 2
    with world.core.database.read() as work:
        kept = {row.person for row in work.events.newest(world.issue("SHOP-1").id, 10)}
    assert kept == {"p100", "p200"}
    issue = world.issue("SHOP-1")
    assert (issue.times_seen, issue.users_seen, stored(world, "SHOP-2")) == (4, 4, 1)


def test_old_events_go_but_for_the_newest_of_each_issue(world: World) -> None:
    for title in ("a", "a", "b"):
        world.event(title)
    world.clock.pass_by(days=29)
    world.event("a")
    world.clock.pass_by(days=1)
    retention = keeping(world)
    assert retention.forget_events() == 0
    world.clock.pass_by(seconds=1)
    assert [retention.forget_events(), retention.forget_events()] == [2, 0]
    world.clock.pass_by(days=100)
    assert retention.forget_events() == 0
    assert (stored(world, "SHOP-1"), stored(world, "SHOP-2")) == (1, 1)


def test_events_go_in_bounded_pieces(world: World) -> None:
    for title in ("a", "b"):
        world.core.occurrences.record(world.project.id, [world.occurrence(title, ago=number) for number in range(6)])
    world.clock.pass_by(hours=1)
    retention = keeping(world, events=1)
    assert [retention.forget_events(limit=4) for _ in range(4)] == [4, 4, 2, 0]


def test_an_event_that_is_sent_again_at_once_is_counted_once_however_few_are_kept(world: World) -> None:
    again = world.occurrence("a", ago=5)
    world.core.occurrences.record(world.project.id, [again, world.occurrence("a")])
    retention = keeping(world, events=1)
    assert retention.forget_events() == 0
    assert world.core.occurrences.record(world.project.id, [again])[0].effect == "duplicate"
    world.clock.pass_by(seconds=RESEND_WINDOW.total_seconds())
    assert retention.forget_events() == 1
    assert world.core.occurrences.record(world.project.id, [again])[0].effect == "seen"


def test_what_a_window_looks_at_is_kept_while_the_archive_lasts(world: World) -> None:
    world.event()
    world.do(Archive(Condition(events=4, events_window=60)))
    world.clock.pass_by(minutes=1)
    assert [world.event().effect for _ in range(3)] == ["seen"] * 3
    world.clock.pass_by(minutes=30)
    retention = keeping(world, events=1, days=1)
    assert retention.forget_events() == 0
    assert world.event().effect == "unarchived"
    world.clock.pass_by(minutes=10)
    assert retention.forget_events() == 4


def test_a_window_keeps_no_more_than_the_longest_one_needs(world: World) -> None:
    world.event()
    world.event()
    world.do(Archive(Condition(events=9, events_window=60)))
    world.clock.pass_by(days=7, seconds=1)
    assert keeping(world, events=1).forget_events() == 1


def test_old_hours_go_and_days_stay(world: World) -> None:
    world.event(ago=3600)
    world.event()
    world.clock.pass_by(days=30)
    world.event()
    assert (of_model(world, IssueHour), world.core.retention.forget_hours()) == (3, 1)
    assert (of_model(world, IssueHour), of_model(world, IssueDay)) == (2, 2)
    assert world.core.retention.forget_hours() == 0


@pytest.mark.parametrize(("events", "days"), [(1, 1), (1000, 30)])
def test_the_settings_reach_it(world: World, events: int, days: int) -> None:
    core = open_core(CoreSettings(world.core.settings.database_url, events_per_issue=events, event_days=days))
    assert (core.retention.events_per_issue, core.retention.event_days) == (events, days)
    core.close()
