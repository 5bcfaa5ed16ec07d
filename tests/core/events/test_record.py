"""What an event does to an issue: new, seen again, regressed, out of the archive."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core.bootstrap import Core, CoreSettings, open_core
from core.events.record import COUNT_REFRESH_INTERVAL
from core.issues.actions import Archive, Resolve
from core.notify.watches import ChannelName
from core.rules.snooze import Condition
from core.types import Level, Status, Substatus
from tests.support.core import NOON, Clock, World


def test_the_same_event_is_counted_once(world: World) -> None:
    occurrence = world.occurrence("Boom")
    effects = [one.effect for _ in range(2) for one in world.core.occurrences.record(world.project.id, [occurrence, occurrence])]
    assert effects == ["new", "duplicate", "duplicate", "duplicate"]
    assert world.issue().times_seen == 1


def test_events_of_one_fingerprint_are_one_issue_and_of_another_another(world: World) -> None:
    assert [world.event("a").issue_id, world.event("a").issue_id, world.event("b").issue_id] == [1, 1, 2]
    assert (world.issue("SHOP-1").times_seen, world.issue("SHOP-2").times_seen) == (2, 1)


def test_users_are_counted_once_each(world: World) -> None:
    for person in ("ann", "bob", "ann", None):
        world.event(person=person)
    assert world.issue().users_seen == 2


def test_an_event_after_the_resolution_regresses(world: World) -> None:
    world.event()
    world.do(Resolve())
    world.clock.pass_by(seconds=1)
    assert world.event().effect == "regressed"
    issue = world.issue()
    assert (issue.status, issue.substatus, issue.version) == (Status.UNRESOLVED, Substatus.REGRESSED, 3)
    assert issue.inbox is not None


def test_an_event_that_happened_before_the_resolution_only_counts(world: World) -> None:
    world.event()
    world.do(Resolve())
    world.clock.pass_by(seconds=10)
    assert world.event(ago=11).effect == "seen"
    assert world.issue().status is Status.RESOLVED


def test_an_archive_until_n_events_ends_exactly_at_the_nth(world: World) -> None:
    world.event()
    world.do(Archive(Condition(events=3)))
    assert [world.event().effect for _ in range(4)] == ["seen", "seen", "unarchived", "seen"]
    issue = world.issue()
    assert (issue.status, issue.substatus, issue.snooze) == (Status.UNRESOLVED, Substatus.ESCALATING, None)
    assert world.history() == ["first_seen", "set_ignored", "set_escalating"]


def test_an_archive_until_n_users_ends_exactly_at_the_nth_new_one(world: World) -> None:
    world.event(person="ann")
    world.do(Archive(Condition(users=2)))
    assert [world.event(person=person).effect for person in ("ann", "bob", "bob", "cem")] == ["seen", "seen", "seen", "unarchived"]


def test_an_archive_forever_or_until_a_time_is_not_ended_by_events(world: World) -> None:
    for condition in (None, Condition(until_at=NOON + timedelta(hours=1))):
        world.event()
        world.do(Archive(condition))
        assert [world.event().effect for _ in range(3)] == ["seen"] * 3


def test_the_newest_event_says_what_the_issue_is_called(world: World) -> None:
    world.event(ago=5)
    late = world.occurrence("Boom", ago=60)
    world.core.occurrences.record(world.project.id, [late])
    issue = world.issue()
    assert issue.first_seen_at == NOON - timedelta(seconds=60)
    assert issue.last_seen_at == NOON - timedelta(seconds=5)


def test_hours_are_counted_for_the_sparkline(world: World) -> None:
    for ago in (0, 10, 3600, 3 * 3600, 30 * 3600):
        world.event(ago=ago)
    counts = [count for _, count in world.issue().hours]
    assert (len(counts), counts[-1], counts[-2], counts[-4], sum(counts)) == (24, 1, 2, 1, 4)


def test_a_watching_channel_is_promised_each_new_issue_once(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.core.watches.set(world.project, ChannelName("msteams", "19:x"))
    for title in ("a", "a", "b"):
        world.event(title)
    receipts = [receipt for name in ("SHOP-1", "SHOP-2") for receipt in world.core.outbox.receipts(world.organization_id, name)]
    assert sorted((receipt.platform, receipt.state) for receipt in receipts) == [("msteams", "behind")] * 2 + [("slack", "behind")] * 2


def test_a_mere_count_leaves_the_copies_alone_but_for_their_numbers(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    (claim,) = world.core.outbox.claim()
    errand = world.core.outbox.next(claim) or pytest.fail("nothing due")
    world.core.outbox.mark_shown(claim, errand, "ts", world.issue().version)
    world.core.outbox.release(claim)
    world.event()
    assert world.core.outbox.claim() == []
    world.clock.now += COUNT_REFRESH_INTERVAL
    assert [claim.channel for claim in world.core.outbox.claim()] == ["C1"]


def test_the_tenth_event_redraws_the_numbers_at_once(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    (claim,) = world.core.outbox.claim()
    errand = world.core.outbox.next(claim) or pytest.fail("nothing due")
    world.core.outbox.mark_shown(claim, errand, "ts", world.issue().version)
    world.core.outbox.release(claim)
    for _ in range(9):
        world.event()
    assert len(world.core.outbox.claim()) == 1


def test_levels_make_the_first_priority(world: World) -> None:
    from dataclasses import replace

    priorities = []
    for number, level in enumerate(Level):
        occurrence = replace(world.occurrence(f"level {level}"), level=level)
        world.core.occurrences.record(world.project.id, [occurrence])
        priorities.append(world.issue(f"SHOP-{number + 1}").priority.name)
    assert priorities == ["LOW", "LOW", "MEDIUM", "HIGH", "HIGH"]


def test_two_processes_taking_in_the_same_events_at_once_count_each_once(world: World, clock: Clock, database_url: str) -> None:
    occurrences = [world.occurrence(title) for title in ("a", "b", "a", "c") for _ in range(5)]
    cores: list[Core] = [open_core(CoreSettings(database_url), clock) for _ in range(3)]

    def take_in(core: Core) -> None:
        for occurrence in occurrences:
            core.occurrences.record(world.project.id, [occurrence])

    threads = [threading.Thread(target=take_in, args=(core,)) for core in cores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for core in cores:
        core.close()
    assert [world.issue(name).times_seen for name in ("SHOP-1", "SHOP-2", "SHOP-3")] == [10, 5, 5]
