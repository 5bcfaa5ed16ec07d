"""Releases as build servers announce them, and what they resolve."""

from __future__ import annotations

from core.db.models import Resolution
from core.releases.releases import Announced, ReleaseView
from core.rules.commit_messages import NewCommit
from tests.support.core import NOON, World

SHA = "ed218003b6f7c9dbb485328c403654111fa9ebfe"


FIX = NewCommit(SHA, "acme/shop", "Fix the cellar (fixes SHOP-1)\n", "Grace", "GRACE@acme.example", NOON)


def announce(world: World, version: str, **said: object) -> ReleaseView:
    world.clock.pass_by(seconds=1)
    said = {"project_ids": (world.project.id,), **said}
    return world.core.releases.announce(world.organization_id, version, Announced(**said))[0]  # type: ignore[arg-type]


def resolution(world: World, issue_id: int = 1) -> Resolution | None:
    with world.core.database.read() as work:
        return work.session.get(Resolution, issue_id)
