"""A project's own grouping rules on the command line: read their file, and print a dry run."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import typer

from bot.cli.shared import show, show_json
from bot.security.invisible import one_line
from core.events.grouping_rules import MAX_DRY_RUN_EVENTS, GroupingDryRun, Regrouping
from core.rules.grouping.own_rules import parse
from core.rules.grouping.own_syntax import MAX_TEXT_CHARS

_MAX_FILE_BYTES = 4 * MAX_TEXT_CHARS
"""UTF-8 takes at most four bytes for a character."""


def text_of_file(file: Path) -> str:
    """Return the text of a file of rules; ``-`` is the standard input. Raises BadParameter."""
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            content = stream.read(_MAX_FILE_BYTES + 1)
        if len(content) > _MAX_FILE_BYTES:
            raise typer.BadParameter(f"{file} is too large; rules have at most {MAX_TEXT_CHARS:,} characters")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is not a text in UTF-8") from None


def number_of_rules(text: str) -> int:
    """Return how many rules the text has."""
    return parse(text).count


def show_dry_run(run: GroupingDryRun, *, as_json: bool) -> None:
    """Print how rules would have grouped the events of the last week."""
    if as_json:
        show_json(asdict(run) | {"since": run.since.isoformat()})
        return
    newest = "the newest " if run.events == MAX_DRY_RUN_EVENTS else ""
    show(
        f"Since {run.since:%Y-%m-%d %H:%M} UTC {newest}{run.events:,} events are stored. They make {run.issues_now:,} issues now; "
        f"with these rules {run.issues_then:,}. Nothing was changed."
    )
    for change in run.joins:
        show(f"join   {_names(change)}  {one_line(change.title)}  {change.count} issues become one, {change.events} events")
    for change in run.splits:
        show(f"split  {_names(change)}  {one_line(change.title)}  one issue becomes {change.count}, {change.events} events")


def _names(change: Regrouping) -> str:
    more = " …" if 1 < len(change.issues) < change.count else ""
    return ", ".join(change.issues) + more
