"""Turn the frames of an event from minified JavaScript into those of the original code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.rules.grouping.reading import exceptions, frames, object_of, text_of
from core.rules.source_maps.index import ANONYMOUS, MapIndex, Original
from core.rules.source_maps.paths import original_path
from core.rules.source_maps.source_text import LinePart
from core.types import JSON

MAX_PROBLEMS = 10
CONTEXT_LINES = 5
"""Lines of source kept before and after the line of a frame."""
MAX_LINE_CHARS = 200
_SNIP = "{snip}"
_MAX_FRAMES = 250
"""Of one stack."""
MAX_MAPPED_FRAMES = 500
"""Of one event. A frame with the source around it takes a hundred times as much room as a frame without."""
_MAX_RAW_FRAMES = 50
"""Fewer than of the original: both share the room that an event has."""
_MAX_TEXT_CHARS = 500
_MAX_URL_CHARS = 200
_MAX_POSITION = 2**31 - 1
_PLATFORMS = frozenset({"javascript", "node"})
_NO_SCRIPTS = ("<", "[", "node:", "native", "data:", "blob:", "about:", "internal/")
"""What JavaScript engines write in place of a script's address."""
_RAW = ("filename", "abs_path", "module", "function", "lineno", "colno", "in_app")
_REPLACED = frozenset({"module", "pre_context", "context_line", "post_context", "source_link"})
"""Parts of a frame that tell of the minified script."""
_MINIFIED_COLUMN = 300


class Script(NamedTuple):
    """A minified script as an event names it."""

    debug_id: str | None
    url: str
    release: str | None
    dist: str | None


Maps = Mapping[Script, MapIndex | str]
"""The source map of each script, or why it cannot be used, as the end of a sentence that begins with *The source map of …*."""


@dataclass(frozen=True)
class MappedEvent:
    """An event with original frames as far as maps are known, and sentences that say why other frames have none."""

    event: JSON
    problems: tuple[str, ...] = ()


def scripts(event: JSON) -> list[Script]:
    """Return the scripts whose maps the event needs."""
    reader = _EventReader(event)
    return list(dict.fromkeys(script for stack in reader.stacks for frame in frames(stack) if (script := reader.script(frame))))


def mapped(event: JSON, maps: Maps) -> MappedEvent:
    """Return the event with the frames of the original code. The event itself stays as it is; what its frames were is kept beside them."""
    reader = _EventReader(event)
    problems: dict[str, None] = {}

    left = MAX_MAPPED_FRAMES

    def changed(holder: JSON) -> JSON:
        nonlocal left
        stack = _Stack(frames(holder)[-_MAX_FRAMES:], reader, maps, left)
        problems.update(dict.fromkeys(stack.problems))
        if not stack.count:
            return holder
        left -= stack.count
        trace = holder["stacktrace"] | {"frames": stack.mapped()}
        return holder | {"stacktrace": trace, "raw_stacktrace": {"frames": stack.raw()}}

    copy = _with_stacks(event, changed)
    return MappedEvent(copy if left < MAX_MAPPED_FRAMES else event, tuple(problems)[:MAX_PROBLEMS])


class _EventReader:
    """Reads which scripts the frames of an event are of."""

    def __init__(self, event: JSON) -> None:
        self.platform = text_of(event.get("platform"))
        self.release, self.dist = text_of(event.get("release")) or None, text_of(event.get("dist")) or None
        self.stacks = [*exceptions(event), event, *_threads(event)]
        self._debug_ids = dict(_debug_ids(event))

    def script(self, frame: JSON) -> Script | None:
        """Return the script of a frame; None if the frame is of no script, has no position in it, or was mapped before."""
        if (text_of(frame.get("platform")) or self.platform) not in _PLATFORMS or object_of(frame.get("data")).get("symbolicated") is True:
            return None
        url = text_of(frame.get("abs_path")) or text_of(frame.get("filename"))
        if not url or url.startswith(_NO_SCRIPTS) or not (_is_position(frame.get("lineno")) and _is_position(frame.get("colno"))):
            return None
        debug_id = self._debug_ids.get(url) or self._debug_ids.get(text_of(frame.get("filename")))
        return Script(debug_id, url, self.release, self.dist)


class _Stack:
    """The frames of one stack with their originals, of the newest ``most`` of them. The newest call comes last."""

    def __init__(self, stack: Sequence[JSON], reader: _EventReader, maps: Maps, most: int) -> None:
        self._frames = stack
        older = len(stack) - most
        self._scripts = [reader.script(frame) if number >= older else None for number, frame in enumerate(stack)]
        self._maps = [maps.get(script) if script else None for script in self._scripts]
        self._originals = [_original(frame, found) for frame, found in zip(stack, self._maps, strict=True)]

    @property
    def count(self) -> int:
        """How many frames have an original."""
        return len(self._originals) - self._originals.count(None)

    @property
    def problems(self) -> Iterator[str]:
        """Say of each frame that needs an original and has none why that is.

        What a bundler puts around all modules has no original; it is no problem where the map explains other frames of the script.
        """
        explained = {script for script, original in zip(self._scripts, self._originals, strict=True) if original}
        for frame, script, found in zip(self._frames, self._scripts, self._maps, strict=True):
            if script and script not in explained and (problem := _problem(frame, script, found)):
                yield problem

    def raw(self) -> list[JSON]:
        """Return where the frames were before, without their source."""
        return [
            {key: value[:_MAX_TEXT_CHARS] if isinstance(value, str) else value for key in _RAW if isinstance(value := frame.get(key), str | int)}
            for frame in self._frames[-_MAX_RAW_FRAMES:]
        ]

    def mapped(self) -> list[JSON]:
        """Return the frames of the original code; a frame without an original stays as it is."""
        return [
            frame if original is None or script is None else self._mapped_frame(number, frame, original, script)
            for number, (frame, original, script) in enumerate(zip(self._frames, self._originals, self._scripts, strict=True))
        ]

    def _mapped_frame(self, number: int, frame: JSON, original: Original, script: Script) -> JSON:
        path = original_path(original.source, script.url)
        kept = {key: value for key, value in frame.items() if key not in _REPLACED}
        is_own = False if path.is_library or original.is_ignored else frame.get("in_app")
        found = self._maps[number]
        data = object_of(frame.get("data")) | {"symbolicated": True, "script": script.url[:_MAX_TEXT_CHARS]}
        return {
            **kept,
            "filename": path.filename,
            "abs_path": path.abs_path,
            "function": self._function(number),
            "lineno": original.line + 1,
            "colno": original.column + 1,
            "in_app": is_own,
            "data": data,
            **(_source(found, original) if isinstance(found, MapIndex) else {}),
        }

    def _function(self, number: int) -> str | None:
        """Return the name of the function that a frame is in: as the script says, or else as the calling frame names what it calls."""
        frame, found = self._frames[number], self._maps[number]
        raw = text_of(frame.get("function")) or None
        caller = self._originals[number - 1] if number else None
        called = caller.name if caller else ""
        if not isinstance(found, MapIndex) or not found.knows_functions:
            return called or raw
        around = found.function_at(frame["lineno"] - 1, frame["colno"] - 1)
        if around is None:
            return raw
        return called or around if around == ANONYMOUS else around


def _original(frame: JSON, found: MapIndex | str | None) -> Original | None:
    original = found.at(frame["lineno"] - 1, frame["colno"] - 1) if isinstance(found, MapIndex) else None
    return original if original and original.source else None


def _problem(frame: JSON, script: Script, found: MapIndex | str | None) -> str:
    """Return why a frame has no original; empty if it probably needs none, because nobody minified it."""
    url = script.url if len(script.url) <= _MAX_URL_CHARS else f"{script.url[: _MAX_URL_CHARS - 1]}…"
    if isinstance(found, str):
        return f"The source map of {url} {found}."
    if isinstance(found, MapIndex):
        return f"The source map of {url} has nothing for line {frame['lineno']}, column {frame['colno']}."
    if script.debug_id:
        return f"No source map for {url} (debug id {script.debug_id[:64]})."
    if not _looks_minified(frame, url):
        return ""
    if script.release:
        return f"No source map for {url} in release {script.release[:64]}."
    return f"No source map for {url}: the event has neither a debug id nor a release."


def _looks_minified(frame: JSON, url: str) -> bool:
    code = text_of(frame.get("context_line"))
    return frame["colno"] >= _MINIFIED_COLUMN or ".min." in url or len(code) > MAX_LINE_CHARS or _SNIP in code[:MAX_LINE_CHARS]


def _source(found: MapIndex, original: Original) -> JSON:
    """Return the line of a frame and those around it; nothing if the map does not contain the source."""
    text, line = found.source_text(original.number), original.line
    own = text.part(line, original.column, MAX_LINE_CHARS) if text else None
    if text is None or own is None:
        return {}

    def around(numbers: range) -> list[str]:
        return [_snipped(part) for number in numbers if (part := text.part(number, 0, MAX_LINE_CHARS))]

    return {
        "pre_context": around(range(max(line - CONTEXT_LINES, 0), line)),
        "context_line": _snipped(own),
        "post_context": around(range(line + 1, line + 1 + CONTEXT_LINES)),
    }


def _snipped(part: LinePart) -> str:
    return f"{_SNIP + ' ' if part.start else ''}{part.text}{' ' + _SNIP if part.goes_on else ''}"


def _is_position(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_POSITION


def _debug_ids(event: JSON) -> Iterator[tuple[str, str]]:
    images = object_of(event.get("debug_meta")).get("images")
    for image in images if isinstance(images, list) else []:
        read = object_of(image)
        file, debug_id = text_of(read.get("code_file")), text_of(read.get("debug_id"))
        if read.get("type") == "sourcemap" and file and debug_id:
            yield file, debug_id


def _threads(event: JSON) -> list[JSON]:
    values = object_of(event.get("threads")).get("values")
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _with_stacks(event: JSON, changed: Callable[[JSON], JSON]) -> JSON:
    """Return a copy of the event in which each holder of a stack is changed, the exception that was raised last before the others.

    Parts without stacks are shared with the event.
    """

    def each(values: object) -> object:
        if not isinstance(values, list):
            return values
        return [changed(value) if isinstance(value, dict) else value for value in reversed(values)][::-1]

    copy, chain, threads = event, event.get("exception"), event.get("threads")
    if isinstance(chain, dict):
        copy = copy | {"exception": chain | {"values": each(chain["values"])} if "values" in chain else changed(chain)}
    elif isinstance(chain, list):
        copy = copy | {"exception": each(chain)}
    if isinstance(threads, dict):
        copy = copy | {"threads": threads | {"values": each(threads.get("values"))}}
    return changed(copy)
