"""Alarms: each admin is told alone, once, and where the trouble is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.accounts.directory import ChatAccount, Newcomer
from core.notify.admin_alerts import AdminAlert
from core.notify.outbox import LINE_RETENTION
from core.types import Role
from core.views import UserView
from tests.support.core import World
from tests.support.notify.outbox import Mail

BROKEN = AdminAlert("slack C1", "Quell cannot post to #C1.", "slack")


def reach(world: World, user: UserView, platform: str, subject: str) -> None:
    world.core.link_codes.redeem(world.core.link_codes.make(user), ChatAccount(platform, "T1", subject), world.organization_id)


@pytest.fixture
def mail(world: World) -> Mail:
    """Ada is reached in Slack."""
    reach(world, world.ada, "slack", "UADA")
    return Mail(world)


def told(mail: Mail) -> list[tuple[str, str, str]]:
    return [(one.kind, one.channel, one.said.text) for one in mail.run() if one.said]


def test_an_admin_is_told_once_until_it_is_over(world: World, mail: Mail) -> None:
    for _ in range(3):
        world.core.admin_alerts.alert(world.organization_id, BROKEN)
    assert told(mail) == [("direct", "UADA", BROKEN.text)]
    world.core.admin_alerts.alert(world.organization_id, BROKEN)
    assert told(mail) == []
    world.core.admin_alerts.end(BROKEN.key)
    world.core.admin_alerts.alert(world.organization_id, BROKEN)
    assert told(mail) == [("direct", "UADA", BROKEN.text)]


def test_every_admin_is_told_and_nobody_else(world: World, mail: Mail) -> None:
    ben = world.core.directory.create_user(world.organization_id, Newcomer("Ben", "ben@acme.example", None), Role.ADMIN)
    eve = world.core.directory.create_user(world.organization_id, Newcomer("Eve", "eve@acme.example", None), Role.MEMBER)
    reach(world, ben, "msteams", "29:ben")
    reach(world, eve, "slack", "UEVE")
    world.core.admin_alerts.alert(world.organization_id, BROKEN)
    assert sorted(channel for _, channel, _ in told(mail)) == ["29:ben", "UADA"]


def test_they_are_told_on_the_platform_that_works(world: World, mail: Mail) -> None:
    reach(world, world.ada, "msteams", "29:ada")
    world.core.admin_alerts.alert(world.organization_id, BROKEN)
    assert [channel for _, channel, _ in told(mail)] == ["29:ada"]


def test_what_was_not_told_before_it_is_over_is_not_told(world: World, mail: Mail) -> None:
    world.core.admin_alerts.alert(world.organization_id, BROKEN)
    world.core.admin_alerts.end(BROKEN.key, {world.organization_id})
    assert mail.world.core.outbox.claim(), "it goes on there"
    world.clock.pass_by(minutes=1)
    world.core.admin_alerts.end(BROKEN.key)
    assert told(mail) == []


def test_where_no_admin_is_reached_nothing_happens(world: World) -> None:
    world.core.admin_alerts.alert(world.organization_id, BROKEN)
    assert Mail(world).run() == []


def test_what_was_told_is_forgotten_after_a_month(world: World, mail: Mail) -> None:
    world.core.admin_alerts.alert(world.organization_id, BROKEN)
    mail.run()
    world.clock.now += LINE_RETENTION
    assert world.core.outbox.forget_lines() == 0
    world.clock.now += timedelta(seconds=1)
    assert world.core.outbox.forget_lines() == 1
