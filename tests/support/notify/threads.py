"""Channels with threads, the people in them, and what they are told there."""

from __future__ import annotations

from collections.abc import Sequence

from core.accounts.directory import ChatAccount, Newcomer
from core.issues.actions import (
    Action,
)
from core.issues.requests import UpdateRequest
from core.notify.watches import ChannelName
from core.types import Actor, ByIds, Origin, Role, Source
from core.views import UserView
from tests.support.core import World
from tests.support.notify.outbox import Carried

C1 = ChannelName("slack", "C1")


def setting(world: World, place: ChannelName = C1, **settings: str | bool) -> None:
    world.core.channels.change(world.organization_id, place.platform, place.external_id, **settings)


def person(world: World, name: str, platform: str = "slack") -> UserView:
    account = ChatAccount(platform, "T1", f"U{name.upper()}")
    return world.core.directory.join(world.organization_id, account, Newcomer(name, None, None))


def do_as(world: World, user: UserView, *actions: Action, origin: Origin | None = None) -> None:
    actor, selection = Actor(user.id, Role.ADMIN), ByIds(("SHOP-1",), is_strict=True)
    world.core.engine.apply(UpdateRequest(world.organization_id, selection, actions, Source.SLACK, actor, origin=origin))


def told(lines: Sequence[Carried]) -> list[tuple[str, list[str]]]:
    return [(line.channel, line.types) for line in lines]
