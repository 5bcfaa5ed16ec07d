"""Find the source map that a minified script names: in a header, in a comment at its end, or written into that comment as a whole."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

_COMMENT = b"sourceMappingURL="
_MARKS = (b"//# ", b"//@ ", b"/*# ", b"/*@ ")
_ENDS = (b"\n", b"\r", b" ", b"\t", b"*/")
_DATA = "data:"
_MAX_REFERENCE_CHARS = 2_000


def mentioned_map(header: str | None, script: bytes) -> tuple[str | None, bytes | None]:
    """Return the reference to the map of a script, or the map itself if the reference contains it. The header wins over the comment."""
    reference = header.encode("utf-8", "replace") if header else _comment(script)
    if reference is None:
        return None, None
    if reference[: len(_DATA)].lower() == _DATA.encode():
        return None, _inline(reference)
    text = reference.decode("utf-8", "replace")
    return (text if len(text) <= _MAX_REFERENCE_CHARS else None), None


def _comment(script: bytes) -> bytes | None:
    """Return what the last comment of this kind names."""
    at = script.rfind(_COMMENT)
    if at < 0 or script[max(at - 4, 0) : at] not in _MARKS:
        return None
    start = at + len(_COMMENT)
    ends = [end for mark in _ENDS if (end := script.find(mark, start)) >= 0]
    return script[start : min(ends, default=len(script))] or None


def _inline(reference: bytes) -> bytes | None:
    kind, comma, content = reference.partition(b",")
    if not comma:
        return None
    if not kind.rstrip().lower().endswith(b";base64"):
        return unquote_to_bytes(content)
    try:
        return base64.b64decode(unquote_to_bytes(content), validate=True)
    except binascii.Error:
        return None
