"""A copy that fails in the middle leaves the target empty and says why; one that succeeds is complete."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, delete, event, insert, select, text, update

from core.db.maintenance import copying
from core.db.models import Issue, SeenRequest, Token
from core.errors import CopyFailed, CountsDiffer
from tests.support.core import NOON, World
from tests.support.db.copies import held

pytestmark = pytest.mark.slow


def issues(world: World) -> list[Issue]:
    with world.core.database.read() as work:
        return list(work.session.scalars(select(Issue)))


@contextmanager
def meddling(monkeypatch: pytest.MonkeyPatch, meddle: Any) -> Iterator[None]:
    """Calls ``meddle`` with each table whose rows have just been copied, and the connection to the target."""
    real = copying._copy_rows

    def move(there: Connection, here: Connection, table: Any) -> None:
        real(there, here, table)
        meddle(here, table.name)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_copy_rows", move)
        yield


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, MemoryError])
def test_whatever_ends_it_in_the_middle_leaves_the_target_empty(
    small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException]
) -> None:
    def interrupt(_: Connection, table: str) -> None:
        if table == "lines":
            raise trouble

    with meddling(monkeypatch, interrupt), pytest.raises(trouble):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0
    small.core.copy_to(empty_url)
    assert held(empty_url) == held(small.core.settings.database_url)


def test_what_the_target_will_not_have_is_named_with_its_table(small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def steal(here: Connection, table: str) -> None:
        if table == "issues":
            here.execute(text("DROP TABLE lines"))

    with meddling(monkeypatch, steal), pytest.raises(CopyFailed, match=r"The copy failed at lines: .*lines.* All of it was taken back") as failed:
        small.core.copy_to(empty_url)
    assert "\n" not in str(failed.value)
    assert held(empty_url) == 0
    small.core.copy_to(empty_url)


@pytest.mark.postgres
@pytest.mark.parametrize(("database_url", "empty_url"), [("sqlite", "to_postgres")], indirect=True)
def test_a_value_that_only_sqlite_takes_is_named_by_its_table_and_reason(small: World, empty_url: str) -> None:
    with small.core.database.write() as work:
        work.session.execute(update(Issue).values(platform="x" * 65))
    with pytest.raises(CopyFailed, match=r"at issues: value too long for type character varying\(64\)\."):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0


def test_a_row_too_few_is_noticed_and_nothing_kept(small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(here: Connection, table: str) -> None:
        if table == "seen_requests":
            here.execute(delete(SeenRequest).where(SeenRequest.id.like("%r1")))

    with meddling(monkeypatch, lose), pytest.raises(CountsDiffer, match=r"seen_requests has 1 rows in .* but 0 in "):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0


def test_a_row_too_many_is_noticed_and_nothing_kept(small: World, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(here: Connection, table: str) -> None:
        if table == "tokens":
            here.execute(insert(Token).values(id=99, organization_id=1, sha256="0" * 64, scopes=[], created_at=NOON))

    with meddling(monkeypatch, add), pytest.raises(CountsDiffer):
        small.core.copy_to(empty_url)
    assert held(empty_url) == 0


def test_memory_does_not_grow_with_what_is_copied(world: World, empty_url: str) -> None:
    large = {"message": "x" * 50_000}
    for _ in range(6):
        world.core.occurrences.record(world.project.id, [replace(world.occurrence("a"), payload=large) for _ in range(copying._CHUNK)])
    tracemalloc.start()
    try:
        world.core.copy_to(empty_url)
        assert tracemalloc.get_traced_memory()[1] < 4 * copying._CHUNK * 50_000
    finally:
        tracemalloc.stop()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_postgres_has_is_fetched_in_pieces_too(small: World, tmp_path: Path) -> None:
    cursors: list[object] = []

    def note(_: Connection, cursor: object, statement: str, *__: object) -> None:
        if "events.payload" in statement:
            cursors.append(cursor)

    event.listen(small.core.database.engine, "before_cursor_execute", note)
    small.core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert [isinstance(cursor, psycopg.ServerCursor) for cursor in cursors] == [True]
