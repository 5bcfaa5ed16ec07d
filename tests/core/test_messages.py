"""The ledger of copies: what is behind, who may send it, and what is recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.actions import Assign, Resolve, To
from core.bootstrap import CoreSettings, open_core
from core.messages import LEASE, Claim, Due
from core.types import Origin
from core.watches import ChannelName
from tests.conftest import Clock, World


@pytest.fixture
def watched(world: World) -> World:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    return world


def take(world: World) -> tuple[Claim, Due, int]:
    (claim,) = world.core.messages.claim()
    found = world.core.messages.next(claim)
    assert found
    return claim, found[0], found[1].version


def show(world: World) -> int:
    """Sends what is due first; says which version it showed."""
    claim, due, version = take(world)
    world.core.messages.shown(claim, due, due.external_id or f"ts-{due.message_id}", version)
    world.core.messages.release(claim)
    return version


def test_a_change_makes_every_copy_behind_in_the_same_commit(watched: World) -> None:
    watched.event()
    show(watched)
    watched.do(Resolve())
    (receipt,) = watched.core.messages.receipts(watched.organisation_id, "SHOP-1")
    assert (receipt.state, receipt.wanted_version, receipt.shown_version) == ("behind", 2, 1)
    assert show(watched) == 2
    assert watched.core.messages.claim() == []


def test_many_changes_are_one_redraw_of_the_newest_state(watched: World) -> None:
    watched.event()
    show(watched)
    watched.do(Resolve())
    watched.do(Assign(To("user", watched.ada.id)))
    assert show(watched) == 3
    assert watched.core.messages.claim() == []


def test_a_change_while_a_copy_is_being_drawn_makes_it_behind_again(watched: World) -> None:
    watched.event()
    claim, due, version = take(watched)
    watched.do(Resolve())
    watched.core.messages.shown(claim, due, "ts", version)
    watched.core.messages.release(claim)
    assert show(watched) == 2


def test_new_alerts_come_before_redraws_and_in_their_order(watched: World) -> None:
    watched.event("a")
    show(watched)
    watched.do(Resolve())
    watched.event("b")
    watched.event("c")
    (claim,) = watched.core.messages.claim()
    order = []
    while found := watched.core.messages.next(claim):
        due, view = found
        order.append(view.short_id)
        watched.core.messages.shown(claim, due, "ts", view.version)
    assert order == ["SHOP-2", "SHOP-3", "SHOP-1"]


def test_a_claimed_channel_is_nobody_elses_until_its_lease_ends(watched: World, database_url: str, clock: Clock) -> None:
    watched.event()
    claim, due, version = take(watched)
    other = open_core(CoreSettings(database_url), clock)
    assert other.messages.claim() == []
    clock.now += LEASE
    (newer,) = other.messages.claim()
    watched.core.messages.shown(claim, due, "too late", version)
    watched.core.messages.release(claim)
    found = other.messages.next(newer)
    assert found is not None
    other.messages.shown(newer, found[0], "ts", version)
    assert other.messages.next(newer) is None
    other.close()


def test_what_failed_waits_and_what_cannot_work_is_parked_with_the_reason(watched: World) -> None:
    watched.event()
    claim, due, _ = take(watched)
    watched.core.messages.postpone(claim, due, "timeout", watched.clock() + timedelta(seconds=5))
    assert watched.core.messages.next(claim) is None
    watched.clock.pass_by(seconds=5)
    found = watched.core.messages.next(claim)
    assert found is not None
    watched.core.messages.park(claim, found[0], "not_in_channel")
    assert watched.core.messages.next(claim) is None
    (receipt,) = watched.core.messages.receipts(watched.organisation_id, "SHOP-1")
    assert (receipt.state, receipt.waits_because, receipt.tries) == ("parked", "not_in_channel", 2)


def test_a_channel_that_was_told_to_wait_waits_and_others_do_not(watched: World) -> None:
    watched.core.watches.set(watched.project, ChannelName("slack", "C2"))
    watched.event()
    first, second = watched.core.messages.claim()
    watched.core.messages.release(first, watched.clock() + timedelta(seconds=10))
    watched.core.messages.release(second)
    assert [claim.channel for claim in watched.core.messages.claim()] == [second.channel]
    watched.clock.pass_by(seconds=10)
    assert [claim.channel for claim in watched.core.messages.claim()] == [first.channel]


def test_a_copy_can_be_asked_for_in_any_channel(world: World) -> None:
    world.event()
    world.core.messages.show(world.organisation_id, "SHOP-1", "msteams", Origin("tenant", "19:x"))
    world.core.directory.reachable_at("msteams", "tenant", "https://smba.example/")
    (claim,) = world.core.messages.claim()
    assert (claim.channel, claim.tenant, claim.service_url) == ("19:x", "tenant", "https://smba.example/")


def test_every_commit_that_leaves_a_copy_behind_wakes_the_sender(watched: World) -> None:
    woken: list[int] = []
    watched.core.listeners.append(lambda: woken.append(1))
    watched.event()
    watched.do(Resolve())
    watched.do(Resolve())
    assert len(woken) == 2
