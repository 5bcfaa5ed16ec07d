"""Bundles of source maps, as sentry-cli makes them and as nobody should."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from core.artifacts.uploads import CHUNK_BYTES, Assembled, BundleRequest
from core.bootstrap import Core
from core.db.columns import Base
from core.views import ProjectView

DEBUG_ID = "ae51b2ec-6661-56fe-b57b-dd9df5759214"
OTHER_DEBUG_ID = "c8bbc9ed-277e-57df-aa38-a2f5dcf36995"
SCRIPT = b"function boom(){throw 1}boom();\n//# sourceMappingURL=app.js.map\n"
JSON = dict[str, Any]


def source_map(name: str = "app.ts") -> bytes:
    return json.dumps({"version": 3, "sources": [name], "names": [], "mappings": "AAAA"}).encode()


def script_file(url: str = "~/static/app.js", debug_id: str | None = None, map_name: str | None = None) -> JSON:
    return _about("minified_source", url, {"debug-id": debug_id, "Sourcemap": map_name})


def map_file(url: str = "~/static/app.js.map", debug_id: str | None = None) -> JSON:
    return _about("source_map", url, {"debug-id": debug_id})


def _about(kind: str, url: str, headers: Mapping[str, str | None]) -> JSON:
    return {"type": kind, "url": url, "headers": {name: value for name, value in headers.items() if value}}


def archive(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """A zip archive with these entries, behind the mark that sentry-cli writes before it."""
    packed = io.BytesIO()
    packed.write(b"SYSB\x02\x00\x00\x00")
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return packed.getvalue()


def bundle(files: Sequence[tuple[JSON, bytes]] | None = None, **manifest: Any) -> bytes:
    """A bundle of these files; without any, of a script and its map. The manifest says what else is given."""
    if files is None:
        files = [(script_file(), SCRIPT), (map_file(), source_map())]
    named = {f"_/_/{number}": (about, content) for number, (about, content) in enumerate(files)}
    about = {"files": {name: said for name, (said, _) in named.items()}, **manifest}
    return archive([*((name, content) for name, (_, content) in named.items()), ("manifest.json", json.dumps(about).encode())])


def chunks_of(upload: bytes) -> list[bytes]:
    return [upload[start : start + CHUNK_BYTES] for start in range(0, len(upload), CHUNK_BYTES)]


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def request_for(upload: bytes, *projects: ProjectView, release: str | None = None, dist: str | None = None) -> BundleRequest:
    names = tuple(sha1(chunk) for chunk in chunks_of(upload))
    return BundleRequest(sha1(upload), names, frozenset(project.id for project in projects), release, dist)


def upload_to(core: Core, upload: bytes, *projects: ProjectView, release: str | None = None, dist: str | None = None) -> Assembled:
    """Sends the chunks of an upload and has a bundle made of them."""
    organization_id = projects[0].organization_id
    core.artifact_uploads.add_chunks(organization_id, {sha1(chunk): chunk for chunk in chunks_of(upload)})
    return core.artifact_uploads.assemble(organization_id, request_for(upload, *projects, release=release, dist=dist))


def assert_uploaded(core: Core, upload: bytes, *projects: ProjectView, release: str | None = None, dist: str | None = None) -> None:
    assert upload_to(core, upload, *projects, release=release, dist=dist) == Assembled()


def count(core: Core, *tables: type[Base]) -> list[int]:
    """The number of rows of each table."""
    with core.database.read() as work:
        return [work.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
