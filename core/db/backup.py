"""Copies a SQLite file beside itself, while it is in use, before something is done to it that cannot be undone."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine

from core.errors import BackupFailed

_OWNER_ONLY = 0o600


def file_of(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for one in memory or on a server."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name and name != ":memory:" else None


def back_up(engine: Engine, name: str) -> Path:
    """Copy the file to ``FILE.NAME``, as its last commit left it, and return the copy's path.

    An older copy is never overwritten: the next free of ``FILE.NAME``, ``FILE.NAME.2``, … is taken. The copy has its name only when it is
    complete. Only its owner can read it. Raises BackupFailed.
    """
    file = file_of(engine)
    if file is None:
        raise ValueError("only a SQLite file can be copied beside itself")
    partial = file.with_name(f"{file.name}.{name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
        _copy(file, partial)
        copy = _free(file.with_name(f"{file.name}.{name}"))
        partial.rename(copy)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BackupFailed(file=file, reason=reason) from error
    return copy


def _copy(file: Path, copy: Path) -> None:
    source, target = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()


def _free(path: Path) -> Path:
    taken, number = path, 1
    while taken.exists():
        number += 1
        taken = path.with_name(f"{path.name}.{number}")
    return taken
