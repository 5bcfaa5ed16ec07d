"""Shared by all commands: options, opening the database, printing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bot import settings as quell_settings
from bot.security.invisible import one_line, visible
from bot.settings import Settings
from core.bootstrap import Core, CoreSettings, open_core
from core.errors import Invalid
from core.types import Role
from core.views import UserView

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OfOrg = Annotated[str | None, typer.Option("--org", metavar="SLUG", help="The organization's slug; by default the first organization.")]


@contextmanager
def open_database(**given: Any) -> Iterator[tuple[Settings, Core]]:
    """Yield the settings and the core of a database that has this program's schema. A missing SQLite file is created.

    Raises DatabaseBehind, which names the command to upgrade, DatabaseTooNew or DatabaseAway.
    """
    with open_unmigrated_database(**given) as (settings, core):
        core.require_schema(may_create=is_sqlite(settings))
        yield settings, core


@contextmanager
def open_unmigrated_database(**given: Any) -> Iterator[tuple[Settings, Core]]:
    """Yield the settings and the core without checking the database's schema."""
    settings = quell_settings.load(**given)
    limits = (settings.events_per_issue, settings.event_days, settings.source_map_mib, settings.source_map_days)
    core = open_core(CoreSettings(settings.database_url, settings.deletion_grace, *limits))
    try:
        yield settings, core
    finally:
        core.close()


def is_sqlite(settings: Settings) -> bool:
    """Return whether the database is a SQLite file."""
    return settings.database_url.startswith("sqlite")


def show(text: str, *, err: bool = False) -> None:
    """Print a text with control and invisible characters escaped, because it may contain foreign text."""
    typer.echo(visible(text), err=err)


def show_json(value: Any, indent: int | None = None) -> None:
    """Print JSON in ASCII. All other characters are escaped, so they cannot control a terminal."""
    typer.echo(json.dumps(value, indent=indent).replace("\x7f", "\\u007f"))


def say(answer: dict[str, Any], as_json: bool) -> None:  # noqa: FBT001  it is what the caller was given
    """Print the result of a command: JSON, or one line for each value."""
    if as_json:
        show_json(answer)
        return
    width = max([12, *(len(key) + 1 for key in answer)])
    for key, value in answer.items():
        show(f"{key:<{width}}{one_line(str(value))}")


def user_of(core: Core, email: str, organization: str | None) -> UserView:
    """Return the user with this e-mail, in one organization or in all. Raises UnknownUser."""
    return core.directory.user_of_email(email, core.directory.organization(organization).id if organization else None)


def role_of(name: str, field: str = "--role") -> Role:
    """Return the role with this name. Raises Invalid, which names the field."""
    try:
        return Role[name.upper()]
    except KeyError:
        raise Invalid(field, f"{name!r} is not a role. Say viewer, member or admin.") from None


def in_organization(organization: str | None, slug: str) -> str:
    """Return the slug in the form ``ORG/SLUG`` if an organization is given and the slug names none."""
    return f"{organization}/{slug}" if organization and "/" not in slug else slug
