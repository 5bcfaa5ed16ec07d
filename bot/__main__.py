"""The command line and the composition root: here, and only here, everything is put together."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bot import settings as quell_settings
from bot import watching
from bot.settings import BadSettings, Settings
from bot.watching import On
from core.bootstrap import Core, CoreSettings, open_core
from core.directory import Newcomer
from core.errors import DatabaseAway, Invalid, TriageError
from core.types import Role
from core.watches import ChannelName, Terms

app = typer.Typer(
    name="quell",
    help="Triage errors from Slack and Microsoft Teams. Start with: [bold]quell serve --playground[/bold]",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
org = typer.Typer(help="Organisations: whoever owns projects and people.", no_args_is_help=True)
project = typer.Typer(help="Projects: programs whose errors come in.", no_args_is_help=True)
team = typer.Typer(help="Teams: people who are assigned together.", no_args_is_help=True)
user = typer.Typer(help="Users.", no_args_is_help=True)
token = typer.Typer(help="Tokens: keys to the HTTP API.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
for name, group in (("org", org), ("project", project), ("team", team), ("user", user), ("token", token), ("db", db)):
    app.add_typer(group, name=name)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
_RESOLVE_AFTER = typer.Option("--resolve-after", metavar="HOURS|never", help="Issues without an event for so many hours count as resolved.")
ResolveAfter = Annotated[str | None, _RESOLVE_AFTER]
SetResolveAfter = Annotated[str, _RESOLVE_AFTER]
OfProject = Annotated[str, typer.Argument(metavar="PROJECT", help="Its slug, or ORG/SLUG.")]
InSlack = Annotated[str | None, typer.Option("--slack", metavar="CHANNEL_ID", help="A Slack channel's id, such as C0123456789.")]
InTeams = Annotated[str | None, typer.Option("--teams", metavar="CONVERSATION_ID", help="A Teams conversation's id, such as 19:…@thread.tacv2.")]
OfOrg = Annotated[str | None, typer.Option("--org", metavar="SLUG", help="The organisation; by default the one made first.")]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; by default QUELL_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; by default QUELL_PORT or 8080.")] = None,
    playground: Annotated[
        bool, typer.Option("--playground", help="With a Slack workspace and a Teams channel to play with, on this machine.")
    ] = False,
    roles: Annotated[str, typer.Option(help="What this process does, of: web, scheduler, sender.")] = "web,scheduler,sender",
) -> None:
    """Run Quell: take events in, answer the chats, keep every message true."""
    from bot import serving

    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    with _opened(**given) as (settings, core):
        serving.run(settings, core, serving.Wishes(playground, serving.parse_roles(roles)))


@org.command("create")
def org_create(slug: str, as_json: AsJson = False) -> None:
    """Make an organisation."""
    with _opened() as (_, core):
        made = core.directory.create_organisation(slug)
    _print({"id": str(made.id), "slug": made.slug}, as_json)


@project.command("create")
def project_create(
    slug: str,
    organisation: OfOrg = None,
    platform: Annotated[str | None, typer.Option(help="What it is written in, such as python.")] = None,
    resolve_after: ResolveAfter = None,
    as_json: AsJson = False,
) -> None:
    """Make a project and print the DSN that its Sentry SDK wants."""
    hours = _hours(resolve_after)
    with _opened() as (settings, core):
        made = core.directory.create_project(slug, organisation, platform)
        if hours:
            core.directory.set_resolve_age(made, hours)
    answer = {"id": str(made.id), "slug": made.slug, "dsn": made.dsn(settings.links_begin_with), "public_key": made.public_key}
    _print(answer, as_json)


@project.command("set")
def project_set(project_slug: OfProject, resolve_after: SetResolveAfter, as_json: AsJson = False) -> None:
    """Change what is set for a project."""
    hours = _hours(resolve_after)
    with _opened() as (_, core):
        changed = core.directory.project(project_slug)
        core.directory.set_resolve_age(changed, hours)
    _print({"id": str(changed.id), "slug": changed.slug, "resolve_after": hours}, as_json)


@team.command("create")
def team_create(
    slug: str,
    projects: Annotated[list[str] | None, typer.Option("--project", metavar="SLUG", help="A project it looks after; may be repeated.")] = None,
    organisation: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Make a team."""
    with _opened() as (_, core):
        named = [core.directory.project(_in(organisation, name)) for name in projects or []]
        owner = named[0].organisation_id if named and not organisation else core.directory.organisation(organisation).id
        if any(one.organisation_id != owner for one in named):
            raise Invalid("--project", "A team and its projects belong to one organisation. Example: --org acme --project shop")
        made = core.directory.create_team(slug, owner, [one.id for one in named])
    _print({"id": str(made.id), "slug": made.slug}, as_json)


@user.command("create")
def user_create(
    email: str,
    name: Annotated[str | None, typer.Option(help="As people call them; by default the part before the @.")] = None,
    role: Annotated[str, typer.Option(help="viewer, member or admin.")] = "member",
    teams: Annotated[list[str] | None, typer.Option("--team", metavar="SLUG", help="A team they are in; may be repeated.")] = None,
    organisation: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Make a user. Their chat accounts join by this e-mail."""
    with _opened() as (_, core):
        newcomer = Newcomer(name or email.partition("@")[0], email, None)
        named = [core.directory.team(_in(organisation, team_name)) for team_name in teams or []]
        owner_id = named[0].organisation_id if named and not organisation else core.directory.organisation(organisation).id
        made = core.directory.create_user(owner_id, newcomer, _role(role), named)
    _print({"id": str(made.id), "email": made.email, "name": made.name, "role": made.role.name.lower()}, as_json)


@token.command("create")
def token_create(
    email: Annotated[str | None, typer.Option("--user", metavar="EMAIL", help="Who it acts as; without, it acts as nobody.")] = None,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", metavar="S", help="event:read event:write event:admin project:releases org:read")
    ] = None,
    organisation: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Make a token of the HTTP API. It is shown this once and stored as a hash."""
    with _opened() as (_, core):
        named = core.directory.organisation(organisation) if organisation or not email else None
        owner = core.directory.user_of_email(email, named.id if named else None) if email else None
        organisation_id = owner.organisation_id if owner else core.directory.organisation(organisation).id
        made = core.directory.create_token(organisation_id, owner, scopes or [])
    _print({"token": made}, as_json)


@app.command()
def watch(
    project_slug: OfProject,
    *,
    slack: InSlack = None,
    teams: InTeams = None,
    query: Annotated[str, typer.Option(metavar="Q", help='Only issues that this search finds, such as "level:error environment:production".')] = "",
    on: Annotated[list[On] | None, typer.Option(help="On what to tell; may be repeated. By default new, regression and escalation.")] = None,
    every: Annotated[int | None, typer.Option(metavar="N", min=1, help="Also at each so many events of an unresolved issue.")] = None,
    min_interval: Annotated[int | None, typer.Option(metavar="MINUTES", min=1, help="So long the same issue is not told of again.")] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would have told in the last seven days.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell a channel of a project's issues from now on. Said again, it replaces the terms."""
    place = None if is_dry_run and not (slack or teams) else _place(slack, teams)
    terms = watching.terms(on, Terms(query, every=every, min_interval=min_interval))
    with _opened() as (_, core):
        watched = core.directory.project(project_slug)
        run = core.watches.dry_run(watched, terms) if is_dry_run else None
        is_new = core.watches.set(watched, place, terms) if place and not run else False
    said = watching.about(watched.slug, place, terms)
    if run and not as_json:
        typer.echo(watching.in_words(run))
    else:
        _print(said | (watching.as_json(run) if run else {"new": is_new}), as_json)


@app.command()
def unwatch(
    project_slug: OfProject,
    slack: InSlack = None,
    teams: InTeams = None,
    as_json: AsJson = False,
) -> None:
    """Tell a channel of a project's issues no more. What it shows already stays up to date."""
    place = _place(slack, teams)
    with _opened() as (_, core):
        watched = core.directory.project(project_slug)
        was_there = core.watches.remove(watched, place)
    _print({"project": watched.slug, "platform": place.platform, "channel": place.external_id, "removed": was_there}, as_json)


@app.command()
def watches(organisation: OfOrg = None, as_json: AsJson = False) -> None:
    """List which channels are told of which issues."""
    with _opened() as (_, core):
        listed = core.watches.listed(core.directory.organisation(organisation).id)
    if as_json:
        typer.echo(json.dumps({"watches": [watching.about(one.project_slug, one.place, one.terms) | {"trouble": one.trouble} for one in listed]}))
    else:
        typer.echo("\n".join(map(watching.line, listed)) or "No channel watches anything. Example: quell watch shop --slack C0123456789")


@app.command()
def do(
    command: Annotated[str, typer.Argument(help='As in chat, such as "archive SHOP-1F for 2h". Try: help')],
    email: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Who does it; by default nobody in particular, as an admin.")] = None,
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do what can be typed in chat, from the shell."""
    from bot import shell

    with _opened() as (settings, core):
        told = shell.do(
            core, shell.Order(command, email, settings.org, settings.links_begin_with), None if is_sure or not sys.stdin.isatty() else typer.confirm
        )
    if as_json:
        typer.echo(json.dumps({"text": told.text, "done": not told.is_refusal}))
    else:
        typer.echo(told.text, err=told.is_refusal)
    if told.is_refusal:
        raise typer.Exit(1)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's schema up to date."""
    with _opened() as (_, core):
        core.upgrade()
    typer.echo("The database is up to date.")


def main() -> None:
    """Runs the command line: exit code 0 done, 1 refused or failed with the reason on standard error, 2 wrong usage."""
    try:
        app()
    except (TriageError, BadSettings, DatabaseAway) as error:
        typer.echo(f"quell: {error}", err=True)
        sys.exit(1)


@contextmanager
def _opened(**given: Any) -> Iterator[tuple[Settings, Core]]:
    """The settings and the core. A SQLite database is brought up to date on the way; PostgreSQL waits for ``quell db upgrade``."""
    settings = quell_settings.load(**given)
    core = open_core(CoreSettings(settings.database_url, settings.deletion_grace, settings.events_per_issue, settings.event_days))
    try:
        if settings.database_url.startswith("sqlite"):
            core.upgrade()
        yield settings, core
    finally:
        core.close()


def _print(answer: dict[str, Any], as_json: bool) -> None:  # noqa: FBT001  it is what the caller was given
    if as_json:
        typer.echo(json.dumps(answer))
        return
    for key, value in answer.items():
        typer.echo(f"{key:<12}{value}")


def _place(slack: str | None, teams: str | None) -> ChannelName:
    if bool(slack) == bool(teams):
        raise typer.BadParameter("name one channel: --slack CHANNEL_ID or --teams CONVERSATION_ID")
    return ChannelName("slack", slack) if slack else ChannelName("msteams", teams or "")


def _hours(text: str | None) -> int | None:
    if text is None or text == "never":
        return None
    if not re.fullmatch("[1-9][0-9]{0,4}", text):
        raise typer.BadParameter(f"{text!r} is neither never nor a number of hours from 1 to 99999. Example: --resolve-after 720")
    return int(text)


def _role(name: str) -> Role:
    try:
        return Role[name.upper()]
    except KeyError:
        raise Invalid("--role", f"{name!r} is not a role. Say viewer, member or admin.") from None


def _in(organisation: str | None, slug: str) -> str:
    return f"{organisation}/{slug}" if organisation and "/" not in slug else slug


if __name__ == "__main__":
    main()
