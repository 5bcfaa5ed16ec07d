"""What a frame of a stack says of the fault, and which frames count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.rules.grouping.files import lasting_path
from core.rules.grouping.names import lasting_name
from core.rules.grouping.reading import is_in_app, text_of
from core.types import JSON

STALE_CHUNK_PART = "a part of the program could not be loaded"
"""What an exception counts as for which `is_stale_chunk` holds, whatever its type, value and stack are."""

_MAX_CODE_CHARS = 200
"""A longer line of code is minified, and changes with every build."""
_MAX_VALUE_CHARS = 1_024
_STALE_CHUNK = re.compile(
    r"Failed to fetch dynamically imported module|error loading dynamically imported module|Importing a module script failed"
    r"|Unable to preload CSS for|Loading (?:CSS )?chunk [^\n]{1,200}? failed"
)
_IMAGE_FOLDER = re.compile(r"[/\\!]")
_NUMBER = re.compile(r"^(?:0[xX][0-9a-fA-F]{1,16}|\d{1,20})$")


def is_stale_chunk(type_: str, value: str) -> bool:
    """Whether a page could not load a part of its program, mostly because a newer build has replaced it."""
    return type_ == "ChunkLoadError" or bool(_STALE_CHUNK.search(value[:_MAX_VALUE_CHARS]))


def counted_frames(frames: Sequence[JSON], platform: str) -> Sequence[JSON]:  # noqa: ARG001  the rules for each platform follow
    """Return the program's own frames; all of them where none is."""
    return [frame for frame in frames if is_in_app(frame)] or frames


def frame_part(frame: JSON, platform: str) -> str:
    """Return what a frame says: its module or file, function and line of code; nothing where it has none."""
    place = lasting_name(text_of(frame.get("module")), platform)
    place = place or lasting_path(text_of(frame.get("filename")) or text_of(frame.get("abs_path")), platform)
    function = lasting_name(text_of(frame.get("function")), platform)
    code = " ".join(text_of(frame.get("context_line"))[: _MAX_CODE_CHARS * 2].split())
    if len(code) > _MAX_CODE_CHARS:
        code = ""
    return f"frame {place} {function} {code}" if place or function or code else _address(frame)


def _address(frame: JSON) -> str:
    image = _IMAGE_FOLDER.split(text_of(frame.get("package"))[-256:])[-1]
    address, start = _number(frame.get("instruction_addr")), _number(frame.get("image_addr"))
    if address is None or start is None or address < start:
        return f"frame {image}" if image else ""
    return f"frame {image} +{address - start:x}"


def _number(value: object) -> int | None:
    text = text_of(value)
    return int(text, 16 if text[:2] in ("0x", "0X") else 10) if _NUMBER.match(text) else None
