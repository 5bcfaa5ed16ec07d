"""What a channel is told of, and how: typed there by an admin."""

from __future__ import annotations

import pytest

from bot.chat.interactions import Place, TypedCommand
from core.notify.channels import ChannelSettings
from core.notify.watches import ChannelName
from core.types import Role
from tests.support.chat import Scene, refused, said
from tests.support.core import World
from tests.support.people import BEN


def settings(scene: Scene) -> ChannelSettings:
    return scene.world.core.channels.settings(scene.world.organization_id, "slack", "CALERTS")


async def test_a_channel_can_be_told_of_a_project_and_hears_how_much_that_would_have_been(scene: Scene) -> None:
    answer = said(await scene.types("watch shop level:error"))
    assert answer == ("This channel is told of the issues of shop that level:error finds. In the last 7 days that would have been 1 time.")
    (watch,) = scene.world.core.watches.listed(scene.world.organization_id)
    assert (watch.place, watch.rule.query) == (ChannelName("slack", "CALERTS"), "level:error")
    scene.world.event("Another")
    (claim,) = scene.world.core.outbox.claim()
    assert (claim.channel, claim.tenant) == ("CALERTS", "TACME")


async def test_it_can_be_told_no_more(scene: Scene) -> None:
    await scene.types("watch shop")
    assert "no more" in said(await scene.types("unwatch shop"))
    assert said(await scene.types("unwatch shop")) == "This channel was not told of the issues of shop."
    assert scene.world.core.watches.listed(scene.world.organization_id) == []


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("threads all", "threads", "all"),
        ("comments on", "comments", True),
        ("mentions mention", "mentions", "mention"),
        ("broadcasts on", "broadcasts", True),
        ("digest daily 9:00", "digest", "09:00"),
    ],
)
async def test_each_setting_can_be_set_and_read_again(scene: Scene, command: str, name: str, value: object) -> None:
    said(await scene.types(command))
    assert getattr(settings(scene), name) == value
    shown = "on" if value is True else str(value)
    assert f"{name.capitalize()}: {shown}." in said(await scene.types("watches"))


async def test_a_digest_is_in_the_time_zone_of_whoever_asks_for_it(scene: Scene) -> None:
    await scene.types("digest daily 09:00")
    assert settings(scene).time_zone == "Europe/Lisbon"
    await scene.types("digest off")
    assert settings(scene).digest is None


async def test_only_an_admin_says_what_a_channel_is_told(scene: Scene) -> None:
    scene.user("Ben", Role.MEMBER)
    for command in ("watch shop", "unwatch shop", "threads off", "digest off"):
        assert "admin" in refused(await scene.types(command, BEN))
    assert settings(scene) == ChannelSettings()
    assert "Nothing" in said(await scene.types("watches", BEN))


async def test_the_channel_of_another_organization_is_left_alone(scene: Scene, other_world: World) -> None:
    other_world.core.channels.change(other_world.organization_id, "slack", "CTHEIRS", threads="off")
    for command in ("threads all", "watch shop"):
        assert "another organization" in refused(await scene.does(TypedCommand(command), place=Place("CTHEIRS")))
    assert other_world.core.channels.settings(other_world.organization_id, "slack", "CTHEIRS").threads == "off"
    assert scene.world.core.watches.listed(scene.world.organization_id) == []
