"""The command line, ``quell``: every command opens the core, does one thing and says what came of it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from bot.cli import databases, hooks, loadtest, people, projects, running
from bot.cli.shared import show
from bot.settings import BadSettings
from core.errors import DatabaseAway, TriageError

app = typer.Typer(
    name="quell",
    help="Triage errors from Slack and Microsoft Teams. Start with: [bold]quell serve --playground[/bold]",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (running.commands, projects.commands, loadtest.commands):
    app.add_typer(commands)
for name, group in {
    "project": projects.project,
    "hook": hooks.hook,
    "org": people.org,
    "team": people.team,
    "user": people.user,
    "token": people.token,
    "db": databases.db,
    "slack": running.slack,
    "teams": running.teams,
}.items():
    app.add_typer(group, name=name)


def _version(is_wanted: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if is_wanted:
        typer.echo(running.version())
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and the migration of the program and the database."),
    ] = False,
) -> None:
    """Declare the options of the program itself."""


def main() -> None:
    """Run the command line. Exit code 0: done; 1: refused or failed, with the reason on standard error; 2: wrong usage."""
    # Let only the owner read databases, copies and keys.
    os.umask(0o077)
    try:
        app()
    except (TriageError, BadSettings, DatabaseAway) as error:
        show(f"quell: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
