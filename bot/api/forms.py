"""Read the body of a form as JSON would be read. Pure.

A name that is given several times is a list, and so is one whose field is a list. ``statusDetails.inRelease`` is the field ``inRelease`` of the
object ``statusDetails``. All values are texts; the readers of fields take numbers and booleans in quotes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from bot.api.fields import shown
from core.errors import Invalid
from core.types import JSON

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MAX_FORM_FIELDS = 10_100
"""The most fields of a form: the ids of a bulk change, and some more."""
_MAX_HEAD_BYTES = 2_000
_BOUNDARY = re.compile(r'(?i)\bboundary=(?:"([^"\r\n]{1,200})"|([^\s;",]{1,200}))')
_NAME = re.compile(r'(?i)^content-disposition\s*:\s*form-data\b[^\r\n]*?;\s*name="([^"\r\n]*)"', re.MULTILINE)
_FILE = re.compile(r"(?i)^content-disposition\s*:[^\r\n]*;\s*filename\*?=", re.MULTILINE)


class UnreadableForm(ValueError):
    """The body is not a form that can be read."""


def read_form(raw: bytes, content_type: str, schema: JSON) -> JSON:
    """Return the fields of a form of this content type, shaped as the schema of the route's body has them. Raises UnreadableForm or Invalid."""
    is_multipart = content_type.strip().lower().startswith(MULTIPART)
    try:
        pairs = list(_parts(raw, _boundary(content_type))) if is_multipart else _pairs(raw)
    except ValueError as error:
        raise UnreadableForm from error
    return _object(pairs, schema)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    text = raw.decode("ascii")
    return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MAX_FORM_FIELDS)


def _boundary(content_type: str) -> bytes:
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise UnreadableForm
    return (match[1] or match[2]).encode()


def _parts(raw: bytes, boundary: bytes) -> Iterator[tuple[str, str]]:
    """Return the names and values of the parts."""
    pieces = (b"\r\n" + raw).split(b"\r\n--" + boundary, MAX_FORM_FIELDS + 2)
    if len(pieces) > MAX_FORM_FIELDS + 2 or not pieces[-1].startswith(b"--"):
        raise UnreadableForm
    for piece in pieces[1:-1]:
        head, blank, value = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head.decode()) if blank and len(head) <= _MAX_HEAD_BYTES else None
        if name is None:
            raise UnreadableForm
        if _FILE.search(head.decode()):
            raise Invalid(name[1], "It is a file, and here a value is wanted. Nothing was changed.")
        yield name[1], value.decode()


def _object(pairs: Iterable[tuple[str, str]], schema: JSON) -> JSON:
    properties = schema.get("properties", {})
    own: dict[str, list[str]] = {}
    below: dict[str, list[tuple[str, str]]] = {}
    for name, value in pairs:
        outer, dot, inner = name.partition(".")
        if dot and (shape := properties.get(outer)) and "properties" in shape:
            below.setdefault(outer, []).append((inner, value))
        else:
            own.setdefault(name, []).append(value)
    for name in below:
        if name in own:
            raise Invalid(name, f"It is given as {shown(own[name][0])} and by its fields; give it once. Nothing was changed.")
    flat = {name: _value(values, properties.get(name, {})) for name, values in own.items()}
    return flat | {name: _object(inner, properties[name]) for name, inner in below.items()}


def _value(values: list[str], schema: JSON) -> str | list[str]:
    return values if len(values) > 1 or schema.get("type") == "array" else values[0]
