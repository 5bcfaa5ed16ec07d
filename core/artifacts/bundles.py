"""Read an artifact bundle: a zip archive with a manifest, as sentry-cli and the plugins of bundlers make it.

What is in it was written by others. Nothing is written to a disk; sizes are checked before anything is unpacked, and again while it is.
"""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from core.artifacts.chunked import ChunkedFile, ReadTooLarge
from core.artifacts.inline_maps import mentioned_map
from core.artifacts.names import MAX_NAME_CHARS, debug_id_of, is_name, resolved, without_query
from core.errors import TriageError
from core.types import JSON

MIB = 1024 * 1024
MAX_FILES = 20_000
MAX_FILE_BYTES = 64 * MIB
"""The largest file in a bundle, unpacked."""
MAX_UNPACKED_BYTES = 512 * MIB
"""All files of a bundle together, unpacked."""
MAX_RATIO = 200
"""How many times its size a bundle may unpack to; source maps reach 20."""
RATIO_CHECKED_FROM_BYTES = 8 * MIB
MAX_MANIFEST_BYTES = 8 * MIB
_MAX_MANIFEST_MARKS = 600_000
"""Commas and opening brackets in a manifest: each may become an object of a hundred bytes."""
_MANIFEST = "manifest.json"
_PIECE_BYTES = 256 * 1024
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SCRIPTS = (".js", ".mjs", ".cjs", ".bundle", ".jsbundle")
# zipfile raises many kinds of errors for damaged archives, and says so nowhere.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, OverflowError, RuntimeError, ValueError)


class BadBundle(TriageError):
    """{problem} Nothing of the upload was stored."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)


@dataclass(frozen=True)
class BundleFile:
    """A script or a map in a bundle. ``entry`` names it in the archive; it is data, never a path."""

    entry: str
    url: str
    is_map: bool
    debug_id: str | None
    reference: str | None
    """The map that the manifest names for a script, as it is written there."""


class Bundle:
    """An opened bundle. Every method raises BadBundle."""

    def __init__(self, file: ChunkedFile) -> None:
        with _readable():
            self._archive = zipfile.ZipFile(file)
        self._check_entries(self._archive.infolist(), file.size)
        manifest = self._manifest()
        self.release, self.dist = (_text(manifest.get(name)) for name in ("release", "dist"))
        self.files = _linked(list(self._files(manifest)))

    def content(self, file: BundleFile) -> bytes:
        """Return the content of a file, unpacked."""
        return self._read(file.entry, MAX_FILE_BYTES)

    def _check_entries(self, entries: list[zipfile.ZipInfo], size: int) -> None:
        if len(entries) > MAX_FILES + 1:
            raise BadBundle(f"The bundle has more than {MAX_FILES:,} files.")
        if len({entry.filename for entry in entries}) < len(entries):
            raise BadBundle("The bundle has two entries of the same name.")
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise BadBundle("The bundle is encrypted.")
        if any(entry.compress_type not in _METHODS for entry in entries):
            raise BadBundle("The bundle is compressed by another method than deflate.")
        if any(entry.file_size > MAX_FILE_BYTES for entry in entries):
            raise BadBundle(f"A file of the bundle is larger than {MAX_FILE_BYTES // MIB} MiB.")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MAX_UNPACKED_BYTES:
            raise BadBundle(f"The bundle unpacks to more than {MAX_UNPACKED_BYTES // MIB} MiB.")
        if unpacked > RATIO_CHECKED_FROM_BYTES and unpacked > size * MAX_RATIO:
            raise BadBundle(f"The bundle unpacks to more than {MAX_RATIO} times its size.")

    def _manifest(self) -> JSON:
        if _MANIFEST not in self._archive.NameToInfo:
            raise BadBundle(f"The bundle has no {_MANIFEST}.")
        text = self._read(_MANIFEST, MAX_MANIFEST_BYTES)
        if sum(text.count(mark) for mark in (b",", b"[", b"{")) > _MAX_MANIFEST_MARKS:
            raise BadBundle("The manifest of the bundle has too many values.")
        try:
            manifest = json.loads(text)
        except (ValueError, RecursionError):
            manifest = None
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
            raise BadBundle("The manifest of the bundle is not JSON with an object of files.")
        if len(manifest["files"]) > MAX_FILES:
            raise BadBundle(f"The manifest of the bundle names more than {MAX_FILES:,} files.")
        return manifest

    def _files(self, manifest: JSON) -> Iterator[BundleFile]:
        for entry, about in manifest["files"].items():
            if not isinstance(about, dict):
                raise BadBundle("The manifest of the bundle says of a file what is no object.")
            is_map = _is_map(about)
            if is_map is None:
                continue
            if entry not in self._archive.NameToInfo:
                raise BadBundle("The manifest of the bundle names a file that the bundle does not have.")
            yield _bundle_file(entry, about, is_map=is_map)

    def _read(self, entry: str, most: int) -> bytes:
        content = bytearray()
        with _readable(), self._archive.open(entry) as stream:
            while piece := stream.read(_PIECE_BYTES):
                content += piece
                if len(content) > most:
                    raise BadBundle(f"A file of the bundle is larger than {most // MIB} MiB.")
        if len(content) != self._archive.NameToInfo[entry].file_size:
            raise BadBundle("A file of the bundle has another size than the bundle says.")
        return bytes(content)


class SingleFile:
    """A file that was sent alone, read as a bundle of one. ``headers`` are those that a manifest would have. Raises BadBundle."""

    def __init__(self, name: str, headers: Mapping[str, str], content: bytes) -> None:
        is_map = without_query(name).lower().endswith((".map", ".json"))
        self.files = [_bundle_file(name, {"url": name, "headers": dict(headers)}, is_map=is_map)]
        self._content = content

    def content(self, _: BundleFile) -> bytes:
        """Return the content of the file."""
        return self._content


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except ReadTooLarge:
        raise BadBundle(f"The directory of the bundle is too large; a bundle has at most {MAX_FILES:,} files.") from None
    except _DAMAGED:
        raise BadBundle("The upload is not a zip archive that can be read.") from None


def _is_map(about: JSON) -> bool | None:
    """Return whether a file is a map; None if it is neither a map nor a script. Old clients call all files sources."""
    kind, url = about.get("type"), about.get("url")
    if kind in ("source_map", "minified_source"):
        return bool(kind == "source_map")
    name = without_query(url).lower() if kind == "source" and isinstance(url, str) else ""
    return True if name.endswith(".map") else False if name.endswith(_SCRIPTS) else None


def _bundle_file(entry: str, about: JSON, *, is_map: bool) -> BundleFile:
    url = about.get("url")
    name = without_query(url) if isinstance(url, str) else None
    if name is None or not is_name(name):
        raise BadBundle(f"A file of the bundle has no name, or one that is not printable or longer than {MAX_NAME_CHARS} characters.")
    given = about.get("headers")
    headers: dict[str, Any] = {key.lower(): value for key, value in given.items()} if isinstance(given, dict) else {}
    reference = headers.get("sourcemap") or headers.get("x-sourcemap")
    return BundleFile(entry, name, is_map, debug_id_of(headers.get("debug-id")), reference if isinstance(reference, str) and not is_map else None)


def _linked(files: list[BundleFile]) -> list[BundleFile]:
    """Name the map with the same debug id for scripts that name none, as some bundlers leave the reference out."""
    maps = {file.debug_id: file.url for file in files if file.is_map and file.debug_id}
    return [file if file.is_map or file.reference or file.debug_id not in maps else replace(file, reference=maps[file.debug_id]) for file in files]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def map_of(file: BundleFile, content: bytes) -> tuple[str | None, bytes | None]:
    """Return the name of the map that a script names, and the map itself if it lies within the script."""
    reference, inline = mentioned_map(file.reference, content)
    if inline is not None:
        return f"{file.url}.inline.map"[-MAX_NAME_CHARS:], inline
    return resolved(file.url, reference) if reference else None, None
