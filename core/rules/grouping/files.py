"""Paths of files without what differs from one deployment or build to the next."""

from __future__ import annotations

import re

_MAX_PATH_CHARS = 1_024
_SEPARATOR = re.compile(r"[\\/]")
_QUERY = re.compile(r"[?#]")
_SCHEME_AND_HOST = re.compile(r"^[A-Za-z][\w+.-]*://[^/]*")
_ROOTED = re.compile(r"^(?:/|\\|[A-Za-z]:[\\/])")
_BUILD_HASH = re.compile(r"\b(?=[a-f]*[0-9])[0-9a-f]{8,}\b|(?<=[-.])(?=[\w-]{0,9}[0-9A-Z])[\w-]{8,10}(?=\.(?:m?js|css)$)")


def lasting_path(path: str, platform: str) -> str:  # noqa: ARG001  the rules for each platform follow
    """Return the file without the directory it was deployed to, and without the hash of its build."""
    path = path[:_MAX_PATH_CHARS]
    bare = _SCHEME_AND_HOST.sub("", path)
    if bare == path and _ROOTED.match(bare):
        bare = _SEPARATOR.split(bare)[-1]
    bare = _QUERY.split(bare)[0].replace("\\", "/").lstrip("./")
    return _BUILD_HASH.sub("", bare)
