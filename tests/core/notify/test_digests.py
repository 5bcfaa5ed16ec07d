"""Digests: when they are due, where the clocks change too, and what they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.issues.actions import Assign, Resolve, To
from core.notify.contents import Digest
from core.notify.summaries import due_after
from core.notify.watches import ChannelName
from tests.support.core import World
from tests.support.notify.outbox import Mail

C1 = ChannelName("slack", "C1")


@pytest.mark.parametrize(
    ("now", "clock", "zone", "due"),
    [
        ("2026-11-23T12:00", "13:00", "UTC", "2026-11-23T13:00"),
        ("2026-11-23T12:00", "12:00", "UTC", "2026-11-24T12:00"),
        ("2026-11-23T12:00", "11:59", None, "2026-11-24T11:59"),
        ("2026-11-23T12:00", "09:00", "Asia/Tokyo", "2026-11-24T00:00"),
        ("2026-11-23T23:30", "09:00", "Asia/Tokyo", "2026-11-24T00:00"),
        # Lisbon, in spring: on March 29th there is no 01:30; in autumn, on October 25th, there are two.
        ("2026-03-28T12:00", "09:00", "Europe/Lisbon", "2026-03-29T08:00"),
        ("2026-03-28T12:00", "01:30", "Europe/Lisbon", "2026-03-29T01:30"),
        ("2026-03-29T01:30", "01:30", "Europe/Lisbon", "2026-03-30T00:30"),
        ("2026-10-24T12:00", "09:00", "Europe/Lisbon", "2026-10-25T09:00"),
        ("2026-10-24T12:00", "01:30", "Europe/Lisbon", "2026-10-25T00:30"),
        ("2026-10-25T00:30", "01:30", "Europe/Lisbon", "2026-10-26T01:30"),
    ],
)
def test_it_is_due_at_that_time_of_day_whatever_the_clocks_do(now: str, clock: str, zone: str | None, due: str) -> None:
    assert due_after(datetime.fromisoformat(now).replace(tzinfo=UTC), clock, zone) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_none_is_due_where_none_is_wanted(world: World) -> None:
    world.core.channels.change(world.organization_id, "slack", "C1", digest="13:00")
    world.core.channels.change(world.organization_id, "slack", "C1", digest=None)
    world.clock.pass_by(days=2)
    assert world.core.digests.schedule() == 0


def test_it_comes_once_a_day_and_does_not_pile_up(world: World) -> None:
    world.core.channels.change(world.organization_id, "slack", "C1", digest="13:00", time_zone="Europe/Lisbon")
    mail = Mail(world)
    for _ in range(3 * 24):
        world.core.digests.schedule()
        mail.run()
        world.clock.pass_by(hours=1)
    assert [one.kind for one in mail.carried] == ["digest"] * 3
    for _ in range(3 * 24):
        world.core.digests.schedule()
        world.clock.pass_by(hours=1)
    assert [one.kind for one in mail.run()] == ["digest"], "a channel that was away for days gets one"


def test_it_counts_the_last_day_of_the_projects_that_the_channel_watches(world: World) -> None:
    world.core.watches.set(world.project, C1)
    other = world.core.directory.create_project("web", "acme", None)
    world.event("Long ago")
    world.event("Settled")
    world.do(Assign(To("user", world.ada.id)), ids=("SHOP-1", "SHOP-2"))
    world.do(Resolve(), ids=("SHOP-2",))
    world.clock.pass_by(days=8)
    world.core.occurrences.record(other.id, [world.occurrence("Not ours")])
    for title in ("Fresh", "Fixed", "Taken", "Settled"):
        world.event(title)
    world.do(Resolve(), ids=("SHOP-4",))
    world.do(Assign(To("user", world.ada.id)), ids=("SHOP-5",))
    world.core.channels.change(world.organization_id, "slack", "C1", digest=f"{world.clock() + timedelta(minutes=5):%H:%M}")
    world.clock.pass_by(minutes=5)
    world.core.digests.schedule()
    (claim,) = world.core.outbox.claim()
    found = None
    while (errand := world.core.outbox.next(claim)) and found is None:
        if errand.kind == "digest":
            found = world.core.outbox.begin(claim, errand)
        else:
            world.core.outbox.mark_shown(claim, errand, "1.1", 9)
    assert isinstance(found, Digest)
    assert (found.counts.new, found.counts.regressed, found.counts.resolved) == (3, 1, 1)
    assert sorted(issue.short_id for issue in found.waiting) == ["SHOP-1", "SHOP-3"], "stale, or nobody's"
