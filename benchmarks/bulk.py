"""One request for many issues: seconds for each thousand, activities and messages included."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from core.accounts.directory import Newcomer
from core.bootstrap import Core, CoreSettings, open_core, system_clock
from core.issues.actions import Action, Archive, Assign, Resolve, To
from core.issues.requests import UpdateRequest
from core.notify.watches import ChannelName
from core.rules.snooze import Condition
from core.types import ByIds, ByQuery, Role, Source
from tests.support.core import Clock, World
from tests.support.db.databases import counted

SIZES = (1_000, 10_000)
MANY = 100_000


def figures() -> Iterator[str]:
    """Resolve, archive and assign, on SQLite, each issue shown in one channel."""
    with tempfile.TemporaryDirectory() as folder:
        core = open_core(CoreSettings(f"sqlite:///{Path(folder)}/quell.db"), system_clock)
        core.upgrade()
        organization = core.directory.create_organization("acme")
        project = core.directory.create_project("shop", "acme", None)
        ada = core.directory.create_user(organization.id, Newcomer("Ada", "ada@acme.example", None), Role.ADMIN)
        core.watches.set(project, ChannelName("slack", "C1"))
        world = World(core, Clock(system_clock()), project, ada)
        made = 0
        for size in SIZES:
            ids = tuple(range(made + 1, made + size + 1))
            for first in range(made, made + size, 500):
                core.occurrences.record(project.id, [world.occurrence(f"issue {number}") for number in range(first, first + 500)])
            made += size
            actions: tuple[Action, ...] = (Archive(Condition(events=5)), Assign(To("user", ada.id)), Resolve())
            for action in actions:
                request = UpdateRequest(organization.id, ByIds(ids), (action,), Source.API)
                began = time.monotonic()
                assert len(core.engine.apply(request).changed) == size
                seconds = (time.monotonic() - began) / size * 1000
                yield f"{type(action).__name__.lower():<10} {size:>7,} issues    {seconds:8.3f} s for each 1,000   (target: under 0.25)"
        yield from _by_query(core, world, made)
        core.close()


def _by_query(core: Core, world: World, made: int) -> Iterator[str]:
    """Everything that a search finds, in chunks, and how many statements a request by ids takes."""
    for first in range(made, MANY, 500):
        core.occurrences.record(world.project.id, [world.occurrence(f"issue {number}") for number in range(first, first + 500)])
    began = time.monotonic()
    request = UpdateRequest(world.organization_id, ByQuery("is:unresolved"), (Resolve(),), Source.API)
    changed = len(core.engine.apply(request).changed)
    yield f"resolve by query {changed:>9,} issues    {time.monotonic() - began:8.1f} s   (target: under 30 for 100,000)"
    for size in (10, 1_000):
        with counted(core) as statements:
            core.engine.apply(UpdateRequest(world.organization_id, ByIds(tuple(range(1, size + 1))), (Archive(Condition(events=size)),), Source.API))
        yield f"statements of a request for {size:>6,} issues  {len(statements):>4}"
