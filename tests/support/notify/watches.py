"""Watches, and what channels are told by them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.events.record import Occurrence
from core.notify.watches import DEFAULT_RULE, ChannelName, WatchRule
from tests.support.core import World

C1, C2 = ChannelName("slack", "C1"), ChannelName("slack", "C2")


NOTHING = WatchRule(on_new=False, on_regression=False, on_escalation=False)


Told = dict[tuple[str, str], str]
"""Why each channel was told of each issue by the last batch of events."""


def watch(world: World, terms: WatchRule = DEFAULT_RULE, place: ChannelName = C1) -> bool:
    return world.core.watches.set(world.project, place, terms)


def arrive(world: World, *occurrences: Occurrence, times: int = 1) -> Told:
    """One batch of events, each so many times; says what was told."""
    world.clock.pass_by(seconds=1)
    batch = [
        replace(one, event_id=f"{world.events}-{number}-{one.title}", happened_at=world.clock()) for one in occurrences for number in range(times)
    ]
    world.events += 1
    world.core.occurrences.record(world.project.id, batch)
    return told(world)


def told(world: World) -> Told:
    """What was told just now."""
    known = world.core.reads.ids_of(world.organization_id, [f"SHOP-{number}" for number in range(1, 10)])
    with world.core.database.read() as work:
        copies = [(work.issues.short_id(id_), *copy) for id_ in known for copy in work.messages.of_issue(id_)]
    return {(channel.external_id, name): message.told_because or "" for name, message, channel in copies if message.told_at == world.clock()}


def boom(world: World, title: str = "Boom", **what: Any) -> Occurrence:
    return replace(world.occurrence(title, release=what.pop("release", None)), **what)
