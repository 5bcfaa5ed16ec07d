"""Uploaded source maps on the command line: what is listed of them."""

from __future__ import annotations

from typing import Any

from bot.security.invisible import one_line
from core.artifacts.keeping import BundleRow
from core.errors import Invalid

_KIB = 1024
ALL = "all"


def bundle_of(text: str) -> int | None:
    """Return the id of the upload to delete; None for all of them. Raises Invalid."""
    if text == ALL:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Invalid("--delete", f"--delete: {text!r} is neither the number of an upload nor {ALL}. Nothing was deleted. Example: --delete 7")
    return int(text)


def as_json(row: BundleRow) -> dict[str, Any]:
    """Return an upload for programs."""
    return {
        "id": str(row.id),
        "release": row.release,
        "dist": row.dist,
        "debug_ids": row.debug_ids,
        "files": row.files,
        "bytes": row.size,
        "uploaded_at": row.uploaded_at.isoformat(),
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
    }


def table(rows: list[BundleRow]) -> str:
    """Return the uploads for people, one a line under a headline."""
    cells = [("ID", "RELEASE", "DIST", "DEBUG IDS", "FILES", "SIZE", "UPLOADED", "LAST USED"), *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells)


def _cells(row: BundleRow) -> tuple[str, ...]:
    used = f"{row.last_used_at:%Y-%m-%d}" if row.last_used_at else "never"
    release, dist = one_line(row.release or "-"), one_line(row.dist or "-")
    counts = (f"{row.debug_ids:,}", f"{row.files:,}", _in_words(row.size))
    return (str(row.id), release, dist, *counts, f"{row.uploaded_at:%Y-%m-%d %H:%M}", used)


def _in_words(size: int) -> str:
    return f"{size / _KIB / _KIB:,.1f} MiB" if size >= _KIB * _KIB else f"{size / _KIB:,.1f} KiB"
