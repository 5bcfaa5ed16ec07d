"""Signs of life and what the doors had, as all processes share them, on both databases."""

from __future__ import annotations

from datetime import timedelta

from core.notify.outbox import NO_SENDER
from core.notify.watches import ChannelName
from core.processes.heartbeats import FORGET_AFTER, Beat, Outcome
from tests.support.core import World

MINUTE = timedelta(minutes=1)
ROLES = ("web", "scheduler", "sender")


def beat(world: World, process: str, *roles: str) -> None:
    now = world.clock()
    world.core.heartbeats.beat([Beat(process, role, "host", now, now) for role in roles])


def alive(world: World) -> dict[str, int]:
    return {state.role: state.processes for state in world.core.heartbeats.roles(ROLES, MINUTE)}


def test_p21_a_role_is_alive_for_as_long_as_one_of_its_processes_gives_signs_of_life(world: World) -> None:
    beat(world, "a", "web", "sender")
    beat(world, "b", "web")
    assert alive(world) == {"web": 2, "scheduler": 0, "sender": 1}
    world.clock.pass_by(seconds=45)
    beat(world, "b", "web")
    world.clock.pass_by(seconds=16)
    assert alive(world) == {"web": 1, "scheduler": 0, "sender": 0}
    sender = world.core.heartbeats.roles(["sender"], MINUTE)[0]
    assert (sender.is_alive, sender.last_at) == (False, world.clock() - timedelta(seconds=61))


def test_p21_one_that_is_stopped_in_order_is_not_known_any_more(world: World) -> None:
    beat(world, "a", *ROLES)
    beat(world, "b", "web")
    world.core.heartbeats.leave("a")
    assert alive(world) == {"web": 1, "scheduler": 0, "sender": 0}
    assert world.core.heartbeats.roles(["sender"], MINUTE)[0].last_at is None


def test_p21_a_killed_one_is_remembered_until_another_has_had_its_role_for_a_while(world: World) -> None:
    beat(world, "a", "sender")
    world.clock.pass_by(days=3)
    beat(world, "b", "web")
    assert world.core.heartbeats.roles(["sender"], MINUTE)[0].last_at is not None
    beat(world, "c", "sender")
    world.core.heartbeats.leave("c")
    assert world.core.heartbeats.roles(["sender"], MINUTE)[0].last_at is None
    world.clock.pass_by(seconds=FORGET_AFTER.total_seconds() + 1)


def test_p21_what_the_doors_of_all_processes_had_adds_up_in_one_row_for_each_reason(world: World) -> None:
    now = world.clock()
    for _ in range(3):
        world.core.heartbeats.beat([], [Outcome("slack", "wrong_signature", world.clock(), 5), Outcome("slack", "accepted", now, 1)])
        world.clock.pass_by(minutes=1)
    found = world.core.heartbeats.outcomes()
    assert [(one.outcome, one.count) for one in found] == [("wrong_signature", 15), ("accepted", 3)]
    assert found[0].last_at == now + timedelta(minutes=2)


def test_p21_a_copy_that_nobody_sends_tells_that_no_sender_is_there(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()

    def why() -> str | None:
        return world.core.outbox.receipts(world.organization_id, "SHOP-1")[0].waits_because

    assert why() is None, "it has its turn in a moment"
    world.clock.pass_by(seconds=61)
    assert why() == NO_SENDER
    beat(world, "a", "sender")
    assert why() is None


def test_a_channel_is_called_by_its_name_once_that_is_known(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    world.core.channels.set_name("slack", "C1", "alerts")
    world.core.channels.set_name("slack", "C-nobody-knows", "x")
    assert world.core.outbox.receipts(world.organization_id, "SHOP-1")[0].name == "alerts"
    assert [(one.external_id, one.name) for one in world.core.channels.watched()] == [("C1", "alerts")]
