"""Read uploads of source maps: the chunks in a form, and the request to make a bundle of them. Pure."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

from bot.api.fields import Problems, shown
from bot.api.writing.parameters import unknown_part
from bot.http.multipart import FormPart
from core.artifacts.bundles import SingleFile
from core.artifacts.names import MAX_DIST_CHARS
from core.artifacts.uploads import CHUNK_BYTES, MAX_CHUNKS
from core.errors import Invalid
from core.types import JSON

PLAIN, GZIP = "file", "file_gzip"
"""The names of the parts that chunks are sent in."""
MAX_PACKED_BYTES = CHUNK_BYTES + 64 * 1024
"""The largest part: gzip makes a chunk of random bytes a little larger."""
MAX_SINGLE_FILE_BYTES = 32 * CHUNK_BYTES
"""A file that is sent alone is held in memory as a whole."""
_MAX_FIELD_BYTES = 4096
_REPEATED = "header"
_FIELDS = ("name", "dist", _REPEATED)
_MAX_CHECKSUMS = 1000
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_GZIP_WBITS = 31


def allowed(name: str, filename: str | None) -> int:
    """Return how many bytes a chunk in the form may have. Raises Problems for a part that is none."""
    if name in (PLAIN, GZIP) and filename is not None:
        return MAX_PACKED_BYTES
    raise _impossible(name, filename, (PLAIN, GZIP))


def chunks(parts: Iterable[FormPart]) -> dict[str, bytes]:
    """Return the chunks in the parts of a form, unpacked, by their SHA-1. Raises Invalid."""
    return {_sha1(PLAIN, part.filename): _unpacked(part) for part in parts}


def checksum(body: JSON) -> str:
    """Return the SHA-1 of the whole upload. Raises Invalid."""
    return _sha1("checksum", body.get("checksum"))


def chunk_names(body: JSON) -> tuple[str, ...]:
    """Return the SHA-1 of each chunk, in order. Raises Invalid."""
    named = body.get("chunks")
    if not isinstance(named, list):
        raise Invalid("chunks", "It is a list of the SHA-1 of each chunk, in order.")
    if len(named) > MAX_CHUNKS:
        raise Invalid("chunks", f"An upload has at most {MAX_CHUNKS} chunks of {CHUNK_BYTES:,} bytes; this one has {len(named):,}.")
    return tuple(_sha1("chunks", name) for name in named)


def checksums(values: Sequence[str]) -> list[str]:
    """Return the SHA-1 that a list is limited to. Raises Invalid."""
    if len(values) > _MAX_CHECKSUMS:
        raise Invalid("checksum", f"Name at most {_MAX_CHECKSUMS:,}.")
    return [_sha1("checksum", value) for value in values]


def dist(body: JSON) -> str | None:
    """Return the dist of the upload. Raises Invalid."""
    value = body.get("dist")
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_DIST_CHARS or not value.isprintable():
        raise Invalid("dist", f"{shown(value)} is not a dist: printable, and at most {MAX_DIST_CHARS} characters. Example: 42")
    return value


def release(body: JSON) -> str | None:
    """Return the release of the upload. Raises Invalid."""
    value = body.get("version")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Invalid("version", f"{shown(value)} is not a version. Example: shop@1.2.3")
    return value.strip()


def _sha1(field: str, value: object) -> str:
    if not isinstance(value, str) or not _SHA1.fullmatch(value):
        raise Invalid(field, f"{shown(value)} is not a SHA-1 in hexadecimal.")
    return value.lower()


def _unpacked(part: FormPart) -> bytes:
    if part.name != GZIP:
        content = part.content
    else:
        inflater = zlib.decompressobj(_GZIP_WBITS)
        try:
            content = inflater.decompress(part.content, CHUNK_BYTES + 1)
        except zlib.error:
            content = b""
        if len(content) <= CHUNK_BYTES and (not inflater.eof or inflater.unused_data):
            raise Invalid(GZIP, "A chunk is not one piece of gzip that can be read.")
    if len(content) > CHUNK_BYTES:
        raise Invalid(part.name, f"A chunk is larger than {CHUNK_BYTES:,} bytes.")
    return content


def allowed_of_file(name: str, filename: str | None) -> int:
    """Return how many bytes a part of a form with a single file may have. Raises Problems for a part that it cannot have."""
    if name == PLAIN and filename is not None:
        return MAX_SINGLE_FILE_BYTES
    if name in _FIELDS and filename is None:
        return _MAX_FIELD_BYTES
    raise _impossible(name, filename, (PLAIN, *_FIELDS))


def _impossible(name: str, filename: str | None, known: Sequence[str]) -> Problems:
    """Return the error for a part that a form cannot have, or not in this way."""
    if name not in known:
        return unknown_part(name, known)
    way = "without a file name" if filename is None else "with a file name"
    return Problems({name: [f'There is no part "{name}" here {way}. Nothing was changed.']})


def single_file(parts: Sequence[FormPart]) -> tuple[SingleFile, str, str | None]:
    """Return the file in a form, what makes two of them the same, and its dist. Raises Invalid and BadBundle."""
    found = {part.name: part for part in parts}
    for once, times in Counter(part.name for part in parts if part.name != _REPEATED).items():
        if times > 1:
            raise Invalid(once, f"It is given {times} times; give it once. Nothing was stored.")
    file, fields = found[PLAIN], {name: part.content.decode("utf-8", "replace") for name, part in found.items() if name != PLAIN}
    name = fields.get("name") or file.filename or ""
    headers = dict(_header(part) for part in parts if part.name == _REPEATED)
    digest = hashlib.sha1(file.content, usedforsecurity=False).hexdigest()
    return SingleFile(name, headers, file.content), f"{digest} {name} {headers}", dist(fields)


def _header(part: FormPart) -> tuple[str, str]:
    name, colon, value = part.content.decode("utf-8", "replace").partition(":")
    if not colon:
        raise Invalid("header", 'A header is "name: value". Example: Sourcemap: app.js.map')
    return name.strip(), value.strip()
