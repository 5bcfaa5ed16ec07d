"""The names of uploaded files, and the names under which an event's frame finds them. Pure."""

from __future__ import annotations

import re
import uuid
from urllib.parse import unquote, urljoin

from core.db.releases import is_version

MAX_NAME_CHARS = 500
"""The maximum length of a file's name."""
MAX_DIST_CHARS = 64
ANY_HOST = "~"
"""Stands for any scheme and host in a name."""
_WITH_HOST = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*+://[^/]*(/.*)?", re.DOTALL)
_BASE = "http://any-host.invalid"
"""Stands in for ``~`` where a reference is resolved."""


def is_name(text: object) -> bool:
    """Return whether the text can be stored as a name: on one line, and not too long."""
    return isinstance(text, str) and 0 < len(text) <= MAX_NAME_CHARS and text.isprintable()


def is_release(text: str) -> bool:
    """Return whether the text can be stored as a release: JSON may hold halves of characters, which no database takes."""
    return is_version(text) and text.encode("utf-8", "ignore").decode() == text


def without_query(url: str) -> str:
    """Return the URL without its query and fragment, with escaped characters written out: the form in which names are stored and compared."""
    return unquote(url.partition("#")[0].partition("?")[0])


def names_of(url: str) -> list[str]:
    """Return the names that a file with this URL may have been uploaded with, the most exact first."""
    name = without_query(url)
    if name.startswith(f"{ANY_HOST}/"):
        names = [name]
    elif found := _WITH_HOST.fullmatch(name):
        names = [name, f"{ANY_HOST}{found[1]}"] if found[1] else [name]
    else:
        names = [name, f"{ANY_HOST}/{name.lstrip('/')}"]
    return [name for name in names if is_name(name)]


def resolved(script: str, reference: str) -> str | None:
    """Return the name of the map that a script names, which may be relative to the script; None if that is no name."""
    base = _BASE + script.removeprefix(ANY_HOST) if script.startswith(f"{ANY_HOST}/") else script
    try:
        found = without_query(urljoin(base, reference.replace(f"{ANY_HOST}/", f"{_BASE}/", 1) if reference.startswith(f"{ANY_HOST}/") else reference))
    except ValueError:
        return None
    name = ANY_HOST + found.removeprefix(_BASE) if found.startswith(f"{_BASE}/") else found
    return name if is_name(name) else None


def debug_id_of(text: object) -> str | None:
    """Return a debug id in its usual spelling; None if the value is none."""
    if not isinstance(text, str) or len(text) > MAX_NAME_CHARS:
        return None
    try:
        return str(uuid.UUID(text[:36]))
    except ValueError:
        return None
