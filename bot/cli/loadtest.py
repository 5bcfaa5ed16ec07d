"""The command that sends made-up events, to try and to measure Quell."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.shared import AsJson, open_database, say, show
from bot.loadtest.events import Load, Size
from bot.loadtest.sending import REFUSED, TAKEN, EventEndpoint, LoadResult, send
from core.bootstrap import system_clock
from core.errors import TriageError
from core.types import JSON

commands = typer.Typer()

_OWN = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  nothing is bound here
"""Where a program is found that listens everywhere."""


class NobodyThere(TriageError):
    """Nothing answers at {address}. Start Quell there (quell serve), or say on which port it is. Example: --port 9000"""


@commands.command()
def loadtest(
    project_slug: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's slug, or ORG/SLUG; preferably a project only for this.")],
    *,
    events: Annotated[int, typer.Option(metavar="N", min=1, max=10_000_000, help="The number of events.")] = 1000,
    issues: Annotated[int, typer.Option(metavar="N", min=1, help="The number of issues that the events belong to, in turn.")] = 50,
    rate: Annotated[int, typer.Option(metavar="N", min=0, help="The most events per second; 0 sends as fast as Quell accepts them.")] = 100,
    size: Annotated[Size, typer.Option(help="The size of an event: about 1.5 KB or 50 KB.")] = Size.SMALL,
    port: Annotated[int | None, typer.Option(help="The port of Quell on this machine; by default QUELL_PORT or 8080.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send made-up events to Quell on this machine, and print how many it accepted and how fast.

    The events become real issues. Channels that watch the project get alerts about them.
    """
    with open_database(**({} if port is None else {"port": port})) as (settings, core):
        project = core.directory.project(project_slug)
    door = EventEndpoint(_OWN.get(settings.host, settings.host), (settings.port,), project.id, project.public_key)
    sent = asyncio.run(send(door, Load(events, issues, size).envelopes(system_clock), rate))
    if not sent.is_answered:
        raise NobodyThere(address=f"http://{door.address}:{settings.port}")
    say(_figures(sent), as_json)
    if sent.failed:
        show(f"quell: {_failures(sent)}", err=True)
        raise typer.Exit(1)


def _figures(sent: LoadResult) -> JSON:
    speed = {"seconds": round(sent.seconds, 1), "per_second": round(sent.taken / sent.seconds, 1)}
    return {"sent": sum(sent.answers.values()), "taken": sent.taken, "refused": sent.refused, "failed": sent.failed, **speed}


def _failures(sent: LoadResult) -> str:
    how = ", ".join(f"{count} {status}" for status, count in sorted(sent.answers.items()) if status not in (TAKEN, REFUSED))
    return f"not all events were taken: {how}. After 401 or 403 that Quell has another database than this command; else its log says why."
