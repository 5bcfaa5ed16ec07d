"""Commands that upgrade and copy the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from bot.cli.shared import AsJson, open_unmigrated_database, show, show_json
from bot.settings import Settings, names_a_database
from core.bootstrap import Upgrade

db = typer.Typer(help="The database: upgrade it or copy it.", no_args_is_help=True)


@db.command("upgrade")
def db_upgrade(as_json: AsJson = False) -> None:
    """Upgrade the database's schema and print what was done.

    Before tables are rebuilt, a SQLite file is copied to a file beside it. An interrupted upgrade changes nothing and can be repeated.
    """
    with open_unmigrated_database() as (_, core):
        done = core.upgrade()
    if as_json:
        steps = [{"revision": step.revision, "title": step.title} for step in done.migrations]
        show_json({"before": done.before, "after": done.after, "migrations": steps, "backup": str(done.backup) if done.backup else None})
        return
    show("\n".join(_upgraded(done)))


@db.command("copy")
def db_copy(
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="An empty database, such as postgresql+psycopg://quell@localhost/quell or sqlite:///new.db.")
    ],
    as_json: AsJson = False,
) -> None:
    """Copy the whole database into an empty one, SQLite to PostgreSQL or back, and compare the counts.

    Quell may keep running. The copy holds the state at the beginning: later changes are not in it.
    """
    if not names_a_database(to):
        raise typer.BadParameter("--to is no SQLite and no PostgreSQL URL. Example: --to postgresql+psycopg://quell@localhost/quell")
    with open_unmigrated_database() as (settings, core):
        began = core.clock()
        rows = core.copy_to(to)
    if as_json:
        show_json({"began": began.isoformat(), "tables": rows, "rows": sum(rows.values())})
        return
    show("\n".join(_in_words(rows)))
    show(f"Copied as of {began:%Y-%m-%d %H:%M:%S} UTC, and both sides count the same. What came in later is not in the copy.")
    show(_what_comes_next(settings, to))


def _upgraded(done: Upgrade) -> Iterator[str]:
    if not done.migrations:
        yield f"Nothing to do: the database is at migration {done.after}, the newest."
        return
    yield (
        f"Upgraded the database from migration {done.before} to {done.after}:" if done.before else f"Made a new database, at migration {done.after}."
    )
    if done.before:
        yield from (f"  {step.revision}  {step.title}" for step in done.migrations)
    if done.backup:
        yield f"The database as it was before is in {done.backup}. Delete it when you do not need it any longer."


def _in_words(rows: Mapping[str, int]) -> Iterator[str]:
    yield from (f"{table:<18}{count:>12,}" for table, count in rows.items())
    yield f"{'in all':<18}{sum(rows.values()):>12,}"


def _what_comes_next(settings: Settings, to: str) -> str:
    """Return the next steps. The secret key must move too: it signs people in, and lies beside a SQLite file unless it is set."""
    move = "To move, stop Quell before you copy, then set QUELL_DATABASE_URL and start it again."
    if settings.secret_key or not settings.database_url.startswith("sqlite"):
        return f"{move} QUELL_SECRET_KEY stays as it is."
    take = "Copy it beside the new database, under that one's name" if to.startswith("sqlite") else "Set QUELL_SECRET_KEY to what it holds"
    return f"{move} The secret key, in the .key file beside the old database, was not copied. {take}."
