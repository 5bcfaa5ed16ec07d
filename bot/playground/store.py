"""A document store in one SQLite file. A write is durable when it returns, and notifies the listeners."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, id TEXT NOT NULL, place TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS documents_by_place ON documents (kind, place, seq);
"""


class Store:
    """JSON documents by kind and id, in the order in which they were first written.

    `place` groups documents of a kind, such as the messages of one channel. All calls come from the event loop's
    thread and touch one row, so they are made directly, without a thread of their own.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # in WAL mode this survives a killed process
        self._db.executescript(_SCHEMA)
        self._waiting: set[asyncio.Future[None]] = set()
        self._is_open = True
        self.version = 0

    def get(self, kind: str, key: str) -> Json | None:
        """Return the document, or None."""
        row = self._db.execute("SELECT body FROM documents WHERE kind=? AND id=?", (kind, key)).fetchone()
        return None if row is None else _document(row[0])

    def put(self, kind: str, key: str, body: Json, place: str = "") -> Json:
        """Write a document and return it. An existing document keeps its place in the order."""
        self._db.execute(
            "INSERT INTO documents (kind, id, place, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body=excluded.body, place=excluded.place",
            (kind, key, place, json.dumps(body)),
        )
        self._changed()
        return body

    def drop(self, kind: str, key: str) -> None:
        """Delete a document if it exists."""
        self._db.execute("DELETE FROM documents WHERE kind=? AND id=?", (kind, key))
        self._changed()

    def clear(self, *kinds: str) -> None:
        """Delete all documents of these kinds."""
        self._db.executemany("DELETE FROM documents WHERE kind=?", [(kind,) for kind in kinds])
        self._changed()

    def every(self, kind: str, place: str | None = None, last: int = -1) -> list[Json]:
        """Return the documents of a kind, oldest first: those of one place if given, and only the `last` ones if given."""
        where, values = ("", [kind]) if place is None else (" AND place=?", [kind, place])
        rows = self._db.execute(
            f"SELECT body FROM documents WHERE kind=?{where} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - one of two fixed texts
            (*values, last),
        ).fetchall()
        return [_document(row[0]) for row in reversed(rows)]

    async def changes(self) -> AsyncIterator[int]:
        """Yield the current version, and the new version after every change, until the store is closed."""
        while self._is_open:
            seen = self.version
            yield seen
            while self._is_open and self.version == seen:
                waiter = asyncio.get_running_loop().create_future()
                self._waiting.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiting.discard(waiter)

    def close(self) -> None:
        """End all listeners and close the file."""
        self._is_open = False
        self._changed()
        self._db.close()

    def _changed(self) -> None:
        self.version += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


def _document(text: str) -> Json:
    body: Json = json.loads(text)
    return body
