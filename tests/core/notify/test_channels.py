"""Settings of channels: what they are at first, what they can be, and who may set them."""

from __future__ import annotations

import pytest

from core.errors import Invalid
from core.notify.channels import AnothersChannel, ChannelSettings
from tests.support.core import World


def test_a_channel_that_nobody_has_met_has_the_settings_that_all_have_at_first(world: World) -> None:
    assert world.core.channels.settings(world.organization_id, "slack", "C1") == ChannelSettings(
        threads="changes", comments=False, mentions="dm", broadcasts=False, digest=None, time_zone=None
    )


def test_a_change_makes_it_known_and_leaves_the_other_settings_alone(world: World) -> None:
    channels, place = world.core.channels, (world.organization_id, "slack", "C1")
    channels.change(*place, threads="all")
    channels.change(*place, comments=True, mentions="mention", broadcasts=True)
    channels.change(*place, digest="09:00", time_zone="Europe/Lisbon")
    assert channels.settings(*place) == ChannelSettings(
        "all", comments=True, mentions="mention", broadcasts=True, digest="09:00", time_zone="Europe/Lisbon"
    )
    channels.change(*place, digest=None)
    assert channels.settings(*place).digest is None


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [
        ("threads", "sometimes", "off, changes or all"),
        ("threads", None, "off, changes or all"),
        ("mentions", "loud", "dm, mention or off"),
        ("comments", "on", "on or off"),
        ("broadcasts", None, "on or off"),
        ("digest", "9", "09:00"),
        ("digest", "24:00", "09:00"),
        ("digest", "\u0660\u0669:\u0660\u0660", "09:00"),
        ("time_zone", "Mars/Olympus", "Europe/Lisbon"),
        ("time_zone", "../etc/passwd", "Europe/Lisbon"),
        ("colour", "red", "threads, comments, mentions, broadcasts, digest, time_zone"),
    ],
)
def test_what_it_cannot_be_is_refused_with_an_example(world: World, name: str, value: str | None, example: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.core.channels.change(world.organization_id, "slack", "C1", **{name: value})
    assert refused.value.field == name
    assert example in str(refused.value)


@pytest.mark.parametrize("channel", ["", "C" * 301])
def test_a_channel_has_a_name_of_a_sensible_length(world: World, channel: str) -> None:
    with pytest.raises(Invalid, match="Example: C0123456789"):
        world.core.channels.change(world.organization_id, "slack", channel, threads="off")


def test_another_organization_neither_sees_nor_changes_them(world: World, other_world: World) -> None:
    world.core.channels.change(world.organization_id, "slack", "C1", threads="off")
    assert world.core.channels.settings(other_world.organization_id, "slack", "C1").threads == "changes"
    with pytest.raises(AnothersChannel):
        world.core.channels.change(other_world.organization_id, "slack", "C1", threads="all")
    assert world.core.channels.settings(world.organization_id, "slack", "C1").threads == "off"
