"""Commands for organizations, teams, users and tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.shared import AsJson, OfOrg, in_organization, open_database, role_of, say, user_of
from core.accounts.directory import Newcomer
from core.errors import Invalid

org = typer.Typer(help="Organizations: own projects, teams and users.", no_args_is_help=True)
team = typer.Typer(help="Teams: own projects, and can be assigned to issues.", no_args_is_help=True)
user = typer.Typer(help="Users.", no_args_is_help=True)
token = typer.Typer(help="Tokens of the HTTP API.", no_args_is_help=True)


@org.command("create")
def org_create(slug: str, as_json: AsJson = False) -> None:
    """Create an organization."""
    with open_database() as (_, core):
        made = core.directory.create_organization(slug)
    say({"id": str(made.id), "slug": made.slug}, as_json)


@team.command("create")
def team_create(
    slug: str,
    projects: Annotated[list[str] | None, typer.Option("--project", metavar="SLUG", help="A project that the team owns; may be repeated.")] = None,
    organization: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Create a team."""
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
    name: Annotated[str | None, typer.Option(help="The user's name; by default the part of the e-mail before the @.")] = None,
    role: Annotated[str, typer.Option(help="viewer, member or admin.")] = "member",
    teams: Annotated[list[str] | None, typer.Option("--team", metavar="SLUG", help="A team of the user; may be repeated.")] = None,
    organization: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Create a user. Chat accounts with this e-mail join the user."""
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
    """Change a user's role. The change takes effect at once, in chats, for tokens and on pages."""
    with open_database() as (_, core):
        changed = core.directory.set_role(user_of(core, email, organization), role_of(role, "ROLE"))
    say({"id": str(changed.id), "email": changed.email, "name": changed.name, "role": changed.role.name.lower()}, as_json)


@user.command("link-code")
def user_link_code(email: str, organization: OfOrg = None, as_json: AsJson = False) -> None:
    """Create a one-time code, valid for ten minutes. It links the chat account that types "link CODE" to the user."""
    with open_database() as (_, core):
        code = core.link_codes.make(user_of(core, email, organization))
    say({"code": code}, as_json)


@token.command("create")
def token_create(
    email: Annotated[str | None, typer.Option("--user", metavar="EMAIL", help="The user that the token acts as; by default none.")] = None,
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", metavar="S", help="A scope; may be repeated. There are: event:read event:write event:admin project:releases org:read"
        ),
    ] = None,
    organization: OfOrg = None,
    as_json: AsJson = False,
) -> None:
    """Create a token of the HTTP API. It is shown only once; its hash is stored."""
    with open_database() as (_, core):
        owner = user_of(core, email, organization) if email else None
        organization_id = owner.organization_id if owner else core.directory.organization(organization).id
        made = core.directory.create_token(organization_id, owner, scopes or [])
    say({"token": made}, as_json)
