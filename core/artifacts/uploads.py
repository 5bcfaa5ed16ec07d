"""Take uploads in: chunks first, then the request to make a bundle of them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.artifacts.bundles import MIB, BadBundle, Bundle, SingleFile, map_of
from core.artifacts.chunked import ChunkedFile
from core.artifacts.names import MAX_DIST_CHARS, is_release
from core.artifacts.source_maps import ProjectsWithMaps
from core.db.artifacts.files import ReleaseFilter
from core.db.artifacts.uploads import ChunkRow, PackedContent
from core.db.columns import DuplicateRow
from core.db.database import Database
from core.db.models import ArtifactBundle, ArtifactFile
from core.errors import TriageError
from core.types import JSON

CHUNK_BYTES = MIB
"""Size of the chunks that clients should send, and of the largest accepted chunk."""
MAX_BUNDLE_BYTES = 128 * MIB
MAX_CHUNKS = MAX_BUNDLE_BYTES // CHUNK_BYTES
"""Chunks of one bundle."""
MAX_HELD_BYTES = 1024 * MIB
"""Chunks of one organization that are stored at a time."""
_CHUNK_LIFE = timedelta(days=1)
_USED_CHUNK_LIFE = timedelta(hours=1)
"""How long a chunk stays after a bundle was made of it: another upload that runs at the same time may have counted on it."""
_BATCH_BYTES = 8 * MIB
"""Unpacked contents that are stored in one transaction, so that other writers need not wait long."""
_BATCH_FILES = 500
_LEVEL = 6
_NO_PROJECT = "The release has no project, so no event would find the source maps. Name one: --project SLUG."


class TooManyChunks(TriageError):
    """This organization has {held} MiB of uploads that are not complete, and the limit is {most} MiB. Nothing was stored. Try again in an hour."""


class WrongChecksum(TriageError):
    """A chunk has another SHA-1 than its file name says. Send it again."""


@dataclass(frozen=True)
class BundleRequest:
    """The request to make a bundle of chunks. ``checksum`` and ``chunks`` are SHA-1 in hexadecimal."""

    checksum: str
    chunks: tuple[str, ...]
    project_ids: frozenset[int]
    release: str | None = None
    dist: str | None = None

    @property
    def upload_key(self) -> str:
        """Return what makes two uploads the same."""
        return hashlib.sha256(repr((self.checksum, self.release, self.dist)).encode()).hexdigest()


@dataclass(frozen=True)
class Assembled:
    """The result: stored if nothing is missing and there is no problem."""

    missing: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class ArtifactUploads:
    """Stores uploads. ``max_mib`` is what the bundles of a project may take, in MiB; its oldest ones give way to new ones."""

    database: Database
    clock: Callable[[], datetime]
    projects: ProjectsWithMaps
    max_mib: int

    def add_chunks(self, organization_id: int, chunks: Mapping[str, bytes]) -> None:
        """Store chunks by their SHA-1. Raises WrongChecksum or TooManyChunks; then none of them is stored."""
        if any(hashlib.sha1(content, usedforsecurity=False).hexdigest() != sha1 for sha1, content in chunks.items()):
            raise WrongChecksum
        now = self.clock()
        with self.database.write() as work:
            most = MAX_HELD_BYTES - sum(map(len, chunks.values()))
            if work.artifact_chunks.held_bytes(organization_id) > most:
                work.artifact_chunks.remove_expiring(organization_id, now + _USED_CHUNK_LIFE)
                held = work.artifact_chunks.held_bytes(organization_id)
                if held > most:
                    raise TooManyChunks(held=held // MIB, most=MAX_HELD_BYTES // MIB)
            work.artifact_chunks.add(organization_id, chunks, now + _CHUNK_LIFE)

    def assemble(self, organization_id: int, request: BundleRequest) -> Assembled:
        """Make a bundle of chunks that were sent, for these projects of the organization; the same upload again only adds projects.

        Takes seconds for a large bundle. Holds one file at a time in memory, and writes in short transactions. A bundle is there as a whole or not
        at all.
        """
        if not request.project_ids:
            return Assembled(problem=str(BadBundle(_NO_PROJECT)))
        if self._is_known(organization_id, request):
            return Assembled()
        with self.database.read() as work:
            stored = work.artifact_chunks.stored(organization_id, set(request.chunks))
        missing = tuple(dict.fromkeys(sha1 for sha1 in request.chunks if sha1 not in stored))
        if missing:
            return Assembled(missing)
        try:
            self._store(organization_id, request, [stored[sha1] for sha1 in request.chunks])
            problem = None
        except BadBundle as error:
            problem = str(error)
        with self.database.write() as work:
            work.artifact_chunks.expire_early(organization_id, set(request.chunks), self.clock() + _USED_CHUNK_LIFE)
        return Assembled(problem=problem)

    def add_file(self, organization_id: int, request: BundleRequest, file: SingleFile) -> int | None:
        """Store a single file for a release, as clients of old send it; return its id, or None if the release has a file of this name for one of the
        projects already. Raises BadBundle.
        """
        if not request.project_ids:
            raise BadBundle(_NO_PROJECT)
        with self.database.read() as work:
            names = (file.files[0].url,)
            if any(
                work.artifact_files.page(organization_id, ReleaseFilter(request.release or "", id_, request.dist, names), 1, 0)
                for id_ in request.project_ids
            ):
                return None
        self._store_files(organization_id, request.upload_key, request, file)
        with self.database.read() as work:
            bundle = work.artifact_bundles.uploaded(organization_id, request.upload_key)
            return work.artifact_files.first_of(bundle.id) if bundle else None

    def _is_known(self, organization_id: int, request: BundleRequest) -> bool:
        """Link an earlier upload of the same to the projects; return whether there is one."""
        with self.database.read() as work:
            if work.artifact_bundles.uploaded(organization_id, request.upload_key) is None:
                return False
        with self.database.write() as work:
            bundle = work.artifact_bundles.uploaded(organization_id, request.upload_key)
            if bundle is None:
                return False
            bundle.uploaded_at = self.clock()
            work.session.flush()
            work.artifact_bundles.link(bundle.id, request.project_ids)
            work.artifact_bundles.shrink(request.project_ids, self.max_mib * MIB)
        self.projects.put(request.project_ids, has_any=True)
        return True

    def _store(self, organization_id: int, request: BundleRequest, chunks: Sequence[ChunkRow]) -> None:
        key = request.upload_key
        file = ChunkedFile([chunk.size for chunk in chunks], lambda number: self._chunk(chunks[number]))
        if file.size > MAX_BUNDLE_BYTES:
            raise BadBundle(f"The bundle is larger than {MAX_BUNDLE_BYTES // MIB} MiB.")
        if _sha1(file) != request.checksum:
            raise BadBundle("The bundle has another checksum than the request says.")
        bundle = Bundle(file)
        request = replace(request, release=request.release or bundle.release, dist=request.dist or bundle.dist)
        self._store_files(organization_id, key, request, bundle)

    def _store_files(self, organization_id: int, key: str, request: BundleRequest, bundle: Bundle | SingleFile) -> None:
        _check_names(request)
        contents = ContentWriter(self.database, organization_id, self.clock())
        files = list(_files(bundle, contents))
        stored = contents.finish()
        if sum(size for _, size in stored.values()) > self.max_mib * MIB:
            raise BadBundle(f"The bundle is larger than all bundles of a project may be, {self.max_mib:,} MiB.")
        row = ArtifactBundle(organization_id=organization_id, upload_key=key, release=request.release, dist=request.dist)
        row.files, row.size = len(files), sum(size for _, size in stored.values())
        try:
            self._add(row, [file | {"content_id": stored[sha256][0]} for sha256, file in files], request.project_ids)
        except DuplicateRow:
            # Another process has just stored the same upload.
            self._is_known(organization_id, request)

    def _add(self, bundle: ArtifactBundle, files: Sequence[JSON], project_ids: Collection[int]) -> None:
        """Store the bundle and make room for it, in one transaction."""
        bundle.uploaded_at = self.clock()
        with self.database.write() as work:
            work.add(bundle)
            of_bundle = {"bundle_id": bundle.id, "organization_id": bundle.organization_id}
            work.add_all(ArtifactFile, [file | of_bundle for file in files])
            work.artifact_bundles.link(bundle.id, project_ids)
            work.artifact_bundles.shrink(project_ids, self.max_mib * MIB)
        self.projects.put(project_ids, has_any=True)

    def _chunk(self, chunk: ChunkRow) -> bytes:
        with self.database.read() as work:
            content = work.artifact_chunks.content(chunk.id)
        if content is None or len(content) != chunk.size:
            raise BadBundle("The upload took longer than a day, and a part of it is gone.")
        return content


class ContentWriter:
    """Stores the contents of a bundle, each once, many in one transaction. What is not used in the end is removed after a day."""

    def __init__(self, database: Database, organization_id: int, now: datetime) -> None:
        self._database = database
        self._organization_id = organization_id
        self._now = now
        self._waiting: dict[str, bytes] = {}
        self._written: set[str] = set()

    def put(self, content: bytes) -> str:
        """Store a content, now or with later ones; return its SHA-256 in hexadecimal."""
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self._written:
            self._waiting[sha256] = content
        if sum(map(len, self._waiting.values())) >= _BATCH_BYTES or len(self._waiting) >= _BATCH_FILES:
            self._write()
        return sha256

    def finish(self) -> dict[str, tuple[int, int]]:
        """Store the rest, and return the id and the packed size in bytes of each content."""
        self._write()
        with self._database.read() as work:
            return work.artifact_contents.ids(self._organization_id, sorted(self._written))

    def _write(self) -> None:
        if not self._waiting:
            return
        with self._database.write() as work:
            known = work.artifact_contents.keep(self._organization_id, list(self._waiting), self._now)
        fresh = [_packed(sha256, content) for sha256, content in self._waiting.items() if sha256 not in known]
        with self._database.write() as work:
            work.artifact_contents.add(self._organization_id, fresh, self._now)
        self._written |= self._waiting.keys()
        self._waiting.clear()


def _files(bundle: Bundle | SingleFile, contents: ContentWriter) -> Iterator[tuple[str, JSON]]:
    """Store the content of each file; yield its SHA-256 and the columns of the file. A map inside a script becomes a file of its own."""
    for file in bundle.files:
        content = bundle.content(file)
        map_url, inline = (None, None) if file.is_map else map_of(file, content)
        about: JSON = {"url": file.url, "is_map": file.is_map, "debug_id": file.debug_id, "map_url": map_url}
        yield contents.put(content), about
        if inline is not None:
            yield contents.put(inline), {"url": map_url, "is_map": True, "debug_id": file.debug_id, "map_url": None}


def _packed(sha256: str, content: bytes) -> PackedContent:
    return PackedContent(sha256, hashlib.sha1(content, usedforsecurity=False).hexdigest(), len(content), zlib.compress(content, _LEVEL))


def _check_names(request: BundleRequest) -> None:
    if request.release is not None and not is_release(request.release):
        raise BadBundle("The release of the bundle is no version.")
    if request.dist is not None and not (len(request.dist) <= MAX_DIST_CHARS and request.dist.isprintable()):
        raise BadBundle(f"The dist of the bundle is not printable, or longer than {MAX_DIST_CHARS} characters.")


def _sha1(file: ChunkedFile) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    file.seek(0)
    while piece := file.read(CHUNK_BYTES):
        digest.update(piece)
    return digest.hexdigest()
