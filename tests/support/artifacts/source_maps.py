"""Small source maps made by hand, those that real bundlers made, and events of minified JavaScript."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecma426.vlq import encode_values

from core.rules.source_maps.decoding import decode
from core.rules.source_maps.index import MapIndex
from core.rules.source_maps.scopes import named_functions

JSON = dict[str, Any]
Row = tuple[int, ...]
"""Line and column in the script; then source, line and column of the original; then the name. All count from 0."""
BUNDLES = Path(__file__).parents[2] / "core/rules/source_maps/bundles"
BUNDLERS = ("esbuild", "vite", "webpack")
URL = "https://shop.example.com/assets/app.min.js"


def mappings(rows: Sequence[Row]) -> str:
    """The rows as the text of a source map, in their order."""
    lines: list[list[str]] = [[] for _ in range(max((row[0] for row in rows), default=0) + 1)]
    before, column, line = [0, 0, 0, 0], 0, -1
    for row in rows:
        column = 0 if row[0] != line else column
        line = row[0]
        fields = [value - old for value, old in zip(row[2:], before, strict=False)]
        lines[line].append(encode_values([row[1] - column, *fields]))
        column, before = row[1], [*row[2:], *before[len(row) - 2 :]]
    return ";".join(",".join(segments) for segments in lines)


def map_json(rows: Sequence[Row] = ((0, 0, 0, 0, 0),), **parts: Any) -> JSON:
    """A source map of these rows with the given parts."""
    return {"version": 3, "sources": ["src/app.ts"], "names": [], "mappings": mappings(rows), **parts}


def index_of(source_map: JSON, script: str | None = None) -> MapIndex:
    """Decodes a map in this process."""
    packed = MapIndex.pack(decode(json.dumps(source_map).encode()))
    return MapIndex(packed, MapIndex.pack_functions(named_functions(script.encode(), MapIndex(packed))) if script is not None else None)


@dataclass(frozen=True)
class Bundle:
    """What a bundler made of the sources in ``bundles/make``."""

    url: str
    script: str
    map: str
    frames: list[JSON]
    """The frames of an error as Node sees them, the newest last."""
    positions: list[list[Any]]
    """Where each position of the script comes from, as trace-mapping says."""


def bundle_of(bundler: str) -> Bundle:
    return Bundle(**json.loads((BUNDLES / f"{bundler}.json").read_text()))


def frame(line: int = 1, column: int = 1, function: str = "t", url: str = URL, **parts: Any) -> JSON:
    """A frame as a browser reports it: it counts from 1."""
    return {"filename": url, "abs_path": url, "function": function, "lineno": line, "colno": column, "in_app": True, **parts}


def js_event(frames: Sequence[JSON], debug_ids: dict[str, str] | None = None, **parts: Any) -> JSON:
    """An event of a browser whose exception has these frames."""
    images = [{"type": "sourcemap", "code_file": url, "debug_id": debug_id} for url, debug_id in (debug_ids or {}).items()]
    exception = {"type": "TypeError", "value": "t is undefined", "stacktrace": {"frames": list(frames)}}
    about = {"debug_meta": {"images": images}} if images else {}
    return {"platform": "javascript", "exception": {"values": [exception]}, **about, **parts}
