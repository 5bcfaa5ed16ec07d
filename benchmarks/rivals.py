"""Two processes that change the same issues for a minute, on SQLite and on PostgreSQL: what they did, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.places import postgres, sqlite
from core.bootstrap import CoreSettings, open_core, system_clock
from tests.model.writers import Arena, faults, fight

SECONDS = 60.0
MAX_SHOWN = 5


def figures() -> Iterator[str]:
    """Requests and changes of both processes, and the faults of the audit, which should be none."""
    for name, place in (("sqlite", sqlite), ("postgresql", postgres)):
        with place() as url:
            core = open_core(CoreSettings(url), system_clock)
            core.upgrade()
            tally = fight(Arena.build(core), SECONDS)
            found = list(faults(core, tally))
            core.close()
        changes, events = sum(tally.changes.values()), sum(tally.seen.values())
        did = f"{tally.asked:>6,} requests, {changes:>7,} changes, {events:>6,} events in {SECONDS:.0f} s"
        yield f"{name:<11} {did}    {len(found)} faults   (target: none)"
        yield from (f"    {fault}" for fault in found[:MAX_SHOWN])
