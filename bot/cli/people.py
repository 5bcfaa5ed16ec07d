"""Organizations, teams, users and tokens on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.shared import AsJson, OfOrg, in_organization, open_database, role_of, say, user_of
from core.accounts.directory import Newcomer
from core.errors import Invalid

org = typer.Typer(help="Organizations: whoever owns projects and people.", no_args_is_help=True)
team = typer.Typer(help="Teams: people who are assigned together.", no_args_is_help=True)
user = typer.Typer(help="Users.", no_args_is_help=True)
token = typer.Typer(help="Tokens: keys to the HTTP API.", no_args_is_help=True)


@org.command("create")
def org_create(slug: str, as_json: AsJson = False) -> None:
    """Make an organization."""
    with open_database() as (_, core):
        made = core.directory.create_organization(slug)
    say({"id": str(made.id), "slug": made.slug}, as_json)


@team.command("create")
def team_create(
    slug: str,
    projects: Annotated[list[str] | None, typer.Option("--project", metavar="SLUG", help="A project it looks after; may be repeated.")] = None,
    organization: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Make a team."""
    with open_database() as (_, core):
        named = [core.directory.project(in_organization(organization, name)) for name in projects or []]
        owner = named[0].organization_id if named and not organization else core.directory.organization(organization).id
        if any(project.organization_id != owner for project in named):
            raise Invalid("--project", "A team and its projects belong to one organization. Example: --org acme --project shop")
        made = core.directory.create_team(slug, owner, [project.id for project in named])
    say({"id": str(made.id), "slug": made.slug}, as_json)


@user.command("create")
def user_create(
    email: str,
    name: Annotated[str | None, typer.Option(help="As people call them; by default the part before the @.")] = None,
    role: Annotated[str, typer.Option(help="viewer, member or admin.")] = "member",
    teams: Annotated[list[str] | None, typer.Option("--team", metavar="SLUG", help="A team they are in; may be repeated.")] = None,
    organization: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Make a user. Their chat accounts join by this e-mail."""
    with open_database() as (_, core):
        newcomer = Newcomer(name or email.partition("@")[0], email, None)
        named = [core.directory.team(in_organization(organization, team_name)) for team_name in teams or []]
        owner_id = named[0].organization_id if named and not organization else core.directory.organization(organization).id
        made = core.directory.create_user(owner_id, newcomer, role_of(role), named)
    say({"id": str(made.id), "email": made.email, "name": made.name, "role": made.role.name.lower()}, as_json)


@user.command("role")
def user_role(
    email: str,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="viewer, member or admin.")],
    organization: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Change what a user may do; it counts at once, in chat, for tokens and on pages."""
    with open_database() as (_, core):
        changed = core.directory.set_role(user_of(core, email, organization), role_of(role, "ROLE"))
    say({"id": str(changed.id), "email": changed.email, "name": changed.name, "role": changed.role.name.lower()}, as_json)


@user.command("link-code")
def user_link_code(email: str, organization: OfOrg = None, as_json: AsJson = False) -> None:
    """Make a one-time code, good for ten minutes: whoever types "link CODE" in chat is that user from then on."""
    with open_database() as (_, core):
        code = core.link_codes.make(user_of(core, email, organization))
    say({"code": code}, as_json)


@token.command("create")
def token_create(
    email: Annotated[str | None, typer.Option("--user", metavar="EMAIL", help="Who it acts as; without, it acts as nobody.")] = None,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", metavar="S", help="event:read event:write event:admin project:releases org:read")
    ] = None,
    organization: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Make a token of the HTTP API. It is shown this once and stored as a hash."""
    with open_database() as (_, core):
        owner = user_of(core, email, organization) if email else None
        organization_id = owner.organization_id if owner else core.directory.organization(organization).id
        made = core.directory.create_token(organization_id, owner, scopes or [])
    say({"token": made}, as_json)
