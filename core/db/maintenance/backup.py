"""Back up a SQLite file while it is in use, before an irreversible step."""

from __future__ import annotations

import filecmp
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine

from core.errors import BackupFailed

_OWNER_ONLY = 0o600


def file_of(engine: Engine) -> Path | None:
    """Return the file of a SQLite database; None for one in memory or on a server."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name and name != ":memory:" else None


def back_up(engine: Engine, name: str) -> Path:
    """Copy the file to ``FILE.NAME``, as its last commit left it, and return the copy's path.

    An older copy is never overwritten: the next free of ``FILE.NAME``, ``FILE.NAME.2``, … is taken, unless one of them has the same content,
    as after an upgrade that was interrupted. The copy has its name only when it is complete and on the disk. Only its owner can read it. The
    caller holds the write lock of the database. Raises BackupFailed.
    """
    file = file_of(engine)
    if file is None:
        raise ValueError("only a SQLite file can be copied beside itself")
    partial = file.with_name(f"{file.name}.{name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
        _copy(file, partial)
        return _named(partial, file.with_name(f"{file.name}.{name}"))
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BackupFailed(file=file, reason=reason) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _copy(file: Path, copy: Path) -> None:
    source, target = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(copy)
    try:
        # A failed copy is thrown away, so it needs no journal. Flush it once, at the end.
        target.execute("PRAGMA journal_mode=OFF")
        target.execute("PRAGMA synchronous=OFF")
        source.backup(target)
    finally:
        target.close()
        source.close()
    _flush(copy)


def _named(partial: Path, path: Path) -> Path:
    """Rename the finished copy, unless an identical copy exists, and return its path."""
    copy, number = path, 1
    while copy.exists():
        if filecmp.cmp(copy, partial, shallow=False):
            return copy
        number += 1
        copy = path.with_name(f"{path.name}.{number}")
    partial.rename(copy)
    _flush(copy.parent)
    return copy


def _flush(path: Path) -> None:
    """Flush a file to the disk; flush a folder for the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
