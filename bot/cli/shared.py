"""What all commands share: their options, the core they open, how they print."""

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

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
OfOrg = Annotated[str | None, typer.Option("--org", metavar="SLUG", help="The organization; by default the one made first.")]


@contextmanager
def open_database(**given: Any) -> Iterator[tuple[Settings, Core]]:
    """The settings and the core, if the database has this program's schema. A SQLite file that is not there yet is made.

    Raises DatabaseBehind, which names the command that upgrades, DatabaseTooNew or DatabaseAway.
    """
    with open_unmigrated_database(**given) as (settings, core):
        core.require_schema(may_create=is_sqlite(settings))
        yield settings, core


@contextmanager
def open_unmigrated_database(**given: Any) -> Iterator[tuple[Settings, Core]]:
    """The settings and the core, whatever the database is like."""
    settings = quell_settings.load(**given)
    core = open_core(CoreSettings(settings.database_url, settings.deletion_grace, settings.events_per_issue, settings.event_days))
    try:
        yield settings, core
    finally:
        core.close()


def is_sqlite(settings: Settings) -> bool:
    """Whether the database is a SQLite file, which no other program prepares for us."""
    return settings.database_url.startswith("sqlite")


def show(text: str, *, err: bool = False) -> None:
    """Print a text without the controls and invisible characters that somebody else's words in it may hold."""
    typer.echo(visible(text), err=err)


def show_json(value: Any, indent: int | None = None) -> None:
    """Print JSON in ASCII: whatever a text holds is escaped and does nothing to a terminal."""
    typer.echo(json.dumps(value, indent=indent).replace("\x7f", "\\u007f"))


def say(answer: dict[str, Any], as_json: bool) -> None:  # noqa: FBT001  it is what the caller was given
    """Prints what a command made: JSON for programs, a line for each value for people."""
    if as_json:
        show_json(answer)
        return
    for key, value in answer.items():
        show(f"{key:<12}{one_line(str(value))}")


def user_of(core: Core, email: str, organization: str | None) -> UserView:
    """The user of that e-mail, in one organization or in all."""
    return core.directory.user_of_email(email, core.directory.organization(organization).id if organization else None)


def role_of(name: str, field: str = "--role") -> Role:
    """The role of that name. Raises Invalid."""
    try:
        return Role[name.upper()]
    except KeyError:
        raise Invalid(field, f"{name!r} is not a role. Say viewer, member or admin.") from None


def in_organization(organization: str | None, slug: str) -> str:
    """The slug with the organization that the command names, unless it names one itself."""
    return f"{organization}/{slug}" if organization and "/" not in slug else slug
