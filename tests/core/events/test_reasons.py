"""What is kept of why an event reopened an issue: the release that should have fixed it, the snooze that ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.activity_data import EndedSnooze, RegressedData
from core.issues.actions import Archive, InNextRelease, InRelease, MoveToInbox, Resolve, Undo
from core.issues.actions.modes import Mode
from core.rules.snooze import Condition
from core.views import InboxView
from tests.support.core import World
from tests.support.releases import announce


def regression(world: World) -> RegressedData:
    data = world.core.reads.activities(world.organization_id, "SHOP-1")[0].data
    assert isinstance(data, RegressedData)
    return data


@pytest.mark.parametrize(
    ("fixed", "came_back", "mode", "is_semver"),
    [
        ("shop@1.0.0", "shop@1.1.0", InRelease("shop@1.0.0"), True),
        ("shop@1.0.0", "shop@1.1.0", InNextRelease(), True),
        ("autumn", "winter", InRelease("autumn"), False),
        ("shop@1.0.0", "winter", InRelease("shop@1.0.0"), False),
        ("shop@1.0.0+abc", "shop@1.0.0+def", InRelease("shop@1.0.0+abc"), False),
        ("autumn", "autumn", InRelease("autumn"), False),
    ],
)
def test_a_regression_says_which_release_should_have_fixed_it_and_how_they_were_compared(
    world: World, fixed: str, came_back: str, mode: Mode, *, is_semver: bool
) -> None:
    world.event()
    announce(world, fixed)
    world.do(Resolve(mode))
    world.clock.now += timedelta(minutes=1)
    if came_back != fixed:
        announce(world, came_back)
    assert world.event(release=came_back).effect == "regressed"
    data = regression(world)
    assert (data.version, data.resolved_in_version, data.follows_semver) == (came_back, fixed, is_semver)


def test_a_regression_of_what_no_release_was_to_fix_says_nothing_of_releases(world: World) -> None:
    world.event()
    world.do(Resolve())
    world.clock.now += timedelta(minutes=1)
    world.event(release="shop@1.0.0")
    data = regression(world)
    assert (data.version, data.resolved_in_version, data.follows_semver) == ("shop@1.0.0", None, None)


def entry(world: World) -> InboxView:
    inbox = world.issue().inbox
    assert inbox is not None
    return inbox


def test_the_inbox_says_which_snooze_has_ended(world: World) -> None:
    world.event()
    assert entry(world).ended_snooze is None
    until_at = world.clock() + timedelta(hours=1)
    world.do(Archive(Condition(until_at=until_at, events=2, events_window=10, users=3, users_window=60)))
    for _ in range(2):
        world.event(ago=-1)
    assert entry(world).ended_snooze == EndedSnooze(until_at, 2, 10, 3, 60)
    until_at = world.clock() + timedelta(hours=1)
    world.do(Archive(Condition(until_at=until_at)))
    world.clock.now += timedelta(hours=1)
    world.core.timers.lift_snoozes()
    assert entry(world).ended_snooze == EndedSnooze(until_at)


def test_the_snooze_that_ended_comes_back_with_the_entry_that_it_made(world: World) -> None:
    world.event()
    world.do(Archive(Condition(events=1)))
    world.event()
    world.do(Resolve())
    world.do(Undo(world.core.reads.activities(world.organization_id, "SHOP-1")[0].id))
    assert entry(world).ended_snooze == EndedSnooze(events=1)


def test_what_escalated_or_was_put_there_by_hand_has_no_snooze(world: World) -> None:
    world.event()
    world.do(Archive(is_until_escalating=True))
    while world.event().effect != "escalating":
        pass
    assert entry(world).ended_snooze is None
    world.do(Archive())
    world.do(MoveToInbox())
    assert entry(world).ended_snooze is None
