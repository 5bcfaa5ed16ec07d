"""Commands that run Quell, check it, run chat commands, and set up Slack and Teams."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from bot import settings as quell_settings
from bot.cli.shared import AsJson, is_sqlite, open_database, open_unmigrated_database, show, show_json
from bot.security.invisible import one_line
from bot.settings import Settings
from core.bootstrap import NEWEST, Core
from core.errors import DatabaseAway, DatabaseBehind

commands = typer.Typer()
slack = typer.Typer(help="Slack: the app manifest.", no_args_is_help=True)
teams = typer.Typer(help="Microsoft Teams: the app package.", no_args_is_help=True)


def version() -> str:
    """Return the version, the migration that the program needs, and the migration of the database."""
    try:
        with open_unmigrated_database() as (_, core):
            at = f"the database is at {core.revision() or 'none'}"
    except (DatabaseAway, quell_settings.BadSettings) as error:
        at = f"the database cannot be asked: {error}"
    return f"quell {metadata.version('quell')}, made for migration {NEWEST}; {at}"


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; by default QUELL_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; by default QUELL_PORT or 8080.")] = None,
    playground: Annotated[bool, typer.Option("--playground", help="Add a Slack workspace and a Teams channel to try, on this machine.")] = False,
    roles: Annotated[str, typer.Option(help="The roles of this process: web, scheduler, sender.")] = "web,scheduler,sender",
) -> None:
    """Run Quell: receive events, answer the chats, keep all messages up to date.

    A missing SQLite file is created. An older one is upgraded if all missing migrations only add to it. Other upgrades need: quell db upgrade
    """
    from bot import server

    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    with open_unmigrated_database(**given) as (settings, core):
        _prepare(settings, core)
        server.run(settings, core, server.ServeOptions(playground, server.parse_roles(roles)))


def _prepare(settings: Settings, core: Core) -> None:
    """Prepare a SQLite file; on PostgreSQL only check the schema. Raises DatabaseTooNew, for a SQLite file also DatabaseAway and DatabaseBehind."""
    if not is_sqlite(settings):
        # Others may start or upgrade it while this waits: /readyz says so, and the work begins as soon as it is done.
        with suppress(DatabaseAway, DatabaseBehind):
            core.require_schema()
        return
    done = core.require_schema(may_create=True, may_add=True)
    if done and done.before:
        show(f"Upgraded the database from migration {done.before} to {done.after}.")


@commands.command()
def do(
    command: Annotated[str, typer.Argument(help='The command as in chat, such as "archive SHOP-1F for 2h". Try: help')],
    email: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="The acting user; by default none, with the role admin.")] = None,
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a chat command from the shell."""
    from bot.cli import do

    with open_database() as (settings, core):
        answer = do.do(
            core,
            do.ShellCommand(command, email, settings.org, settings.links_begin_with),
            None if is_sure or not sys.stdin.isatty() else typer.confirm,
        )
    if as_json:
        show_json({"text": answer.text, "done": not answer.is_refusal})
    else:
        show(answer.text, err=answer.is_refusal)
    if answer.is_refusal:
        raise typer.Exit(1)


@commands.command()
def doctor(as_json: AsJson = False) -> None:
    """Check configuration, database, clock, Slack and Teams, and print what to do."""
    from bot.cli import doctor as practice

    found = practice.examine()
    if as_json:
        show_json({"checks": [asdict(finding) for finding in found], "ok": all(finding.ok for finding in found)})
    else:
        show("\n".join(f"{finding.name:<14}{'ok' if finding.ok else 'NOT OK'}  {one_line(finding.said)}" for finding in found))
    if not all(finding.ok for finding in found):
        raise typer.Exit(1)


@slack.command("manifest")
def slack_manifest(
    by_socket: Annotated[
        bool, typer.Option("--socket-mode", help="For Socket Mode, which needs no public address. Default if QUELL_SLACK_APP_TOKEN is set.")
    ] = False,
) -> None:
    """Print the app manifest for api.slack.com/apps: Create New App, From a manifest."""
    from bot.slack.manifest import manifest

    settings = quell_settings.load()
    show_json(manifest(settings.links_begin_with, by_socket=by_socket or settings.has_slack_socket), indent=2)


@teams.command("package")
def teams_package(
    file: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.zip", help="The file to write.")],
) -> None:
    """Write the app package for Teams: Apps, Manage your apps, Upload an app."""
    from bot.msteams.package import app_package

    settings = quell_settings.load()
    file.write_bytes(app_package(settings.teams_app_id, settings.links_begin_with))
    show(f"Written: {file}")
