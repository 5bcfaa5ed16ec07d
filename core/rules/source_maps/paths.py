"""Names of original files without what differs from one build or machine to the next.

The names in a source map are data: they are tidied as text and never lead to a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]++):(?://([^/]*)/?|/)")
"""A drive letter is no scheme."""
_AFTER_PATH = re.compile(r"[?#].*", re.DOTALL)
"""What a bundler puts behind a path: a hash, or the part of a component."""
_LAYER = re.compile(r"^(?:\.?/)*+(?:\((?!webpack\))[\w-]+\)|\[project\])/")
"""webpack names the layer of a module, Turbopack the place of the project."""
_PATH_SCHEMES = frozenset({"file"})
"""Schemes of files on a machine, whose paths are absolute."""
_WEB = frozenset({"http", "https"})
_LIBRARIES = frozenset({"node_modules", "~"})
"""Folders of packages; webpack 1 writes the second."""
_OF_BUNDLERS = re.compile(
    r"^(?:webpack/(?:runtime|bootstrap)\b|\(?webpack\)?-|\(webpack\)/|vite/|rolldown/|\[(?:turbopack|next|externals)\b|external |ignored\|)"
)


@dataclass(frozen=True)
class OriginalPath:
    """The name of an original file: for people and grouping, and as a whole; and whether a package or the bundler brought it."""

    filename: str
    abs_path: str
    is_library: bool


def original_path(source: str, script: str) -> OriginalPath:
    """Tidy the name of a source. ``script`` is the URL of the minified script, to which a relative name belongs."""
    from_bundler = source.startswith("\0")
    bare = _AFTER_PATH.sub("", _CONTROLS.sub("", source).replace("\\", "/"))
    scheme, authority, path = _split(bare)
    path = _LAYER.sub("", path)
    steps = _steps(path)
    is_absolute = scheme in _PATH_SCHEMES or (not scheme and path.startswith("/"))
    filename = ("/" if is_absolute else "") + "/".join(steps)
    is_library = from_bundler or not _LIBRARIES.isdisjoint(steps) or bool(_OF_BUNDLERS.match("/".join(steps)))
    if scheme:
        return OriginalPath(filename, f"{scheme}://{authority}/{'/'.join(steps)}", is_library)
    return OriginalPath(filename, filename if is_absolute or _is_drive(steps) else _beside(script, path), is_library)


def _split(name: str) -> tuple[str, str, str]:
    """Return the scheme, the authority and the path of a name; the first two are empty if it is a path only."""
    found = _SCHEME.match(name)
    if found is None:
        return "", "", name
    return found[1].lower(), found[2] or "", name[found.end() :]


def _steps(path: str, start: list[str] | None = None) -> list[str]:
    """Return the parts of a path; ``..`` goes back, but never beyond the beginning."""
    steps = start or []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return steps


def _is_drive(steps: list[str]) -> bool:
    return bool(steps) and len(steps[0]) == 2 and steps[0][1] == ":"


def _beside(script: str, path: str) -> str:
    """Return a relative path as a whole, from where the script lies."""
    scheme, authority, script_path = _split(_AFTER_PATH.sub("", _CONTROLS.sub("", script).replace("\\", "/")))
    steps = "/".join(_steps(path, _steps(script_path)[:-1]))
    return f"{scheme}://{authority}/{steps}" if scheme else f"/{steps}"
