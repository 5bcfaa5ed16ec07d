"""The chunks of uploads, and the contents of files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from core.db.columns import MAX_STATEMENT_ROWS, upsert
from core.db.models import ArtifactChunk, ArtifactContent, ArtifactFile

_WITHOUT_SYNC = {"synchronize_session": False}


@dataclass(frozen=True)
class ChunkRow:
    """A stored chunk without its content; sizes are bytes."""

    id: int
    sha1: str
    size: int


class ArtifactChunkStore:
    """Chunks of one organization's uploads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stored(self, organization_id: int, sha1s: Collection[str]) -> Mapping[str, ChunkRow]:
        """Return those of the chunks that are stored."""
        query = select(ArtifactChunk.id, ArtifactChunk.sha1, ArtifactChunk.size)
        rows = self._session.execute(query.where(ArtifactChunk.organization_id == organization_id, ArtifactChunk.sha1.in_(sha1s)))
        return {row.sha1: ChunkRow(row.id, row.sha1, row.size) for row in rows}

    def content(self, chunk_id: int) -> bytes | None:
        """Return the content of a chunk."""
        return self._session.scalar(select(ArtifactChunk.content).where(ArtifactChunk.id == chunk_id))

    def held_bytes(self, organization_id: int) -> int:
        """Return the size of all chunks of an organization."""
        query = select(func.coalesce(func.sum(ArtifactChunk.size), 0)).where(ArtifactChunk.organization_id == organization_id)
        return int(self._session.scalar(query) or 0)

    def add(self, organization_id: int, chunks: Mapping[str, bytes], expires_at: datetime) -> None:
        """Store chunks by their SHA-1. A chunk that is stored already is kept longer."""
        for sha1, content in chunks.items():
            row = {"organization_id": organization_id, "sha1": sha1, "size": len(content), "content": content, "expires_at": expires_at}
            upsert(self._session, ArtifactChunk, [row], {"expires_at": expires_at}, ("organisation_id", "sha1"))

    def expire_early(self, organization_id: int, sha1s: Collection[str], expires_at: datetime) -> None:
        """Keep these chunks no longer than until then."""
        mine = (ArtifactChunk.organization_id == organization_id, ArtifactChunk.sha1.in_(sha1s), ArtifactChunk.expires_at > expires_at)
        self._session.execute(update(ArtifactChunk).where(*mine).values(expires_at=expires_at), execution_options=_WITHOUT_SYNC)

    def remove_expiring(self, organization_id: int, before: datetime) -> None:
        """Delete the organization's chunks that expire before that time."""
        gone = delete(ArtifactChunk).where(ArtifactChunk.organization_id == organization_id, ArtifactChunk.expires_at <= before)
        self._session.execute(gone, execution_options=_WITHOUT_SYNC)

    def remove_expired(self, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` expired chunks of all organizations; return how many."""
        ids = self._session.scalars(select(ArtifactChunk.id).where(ArtifactChunk.expires_at <= now).limit(limit)).all()
        if ids:
            self._session.execute(delete(ArtifactChunk).where(ArtifactChunk.id.in_(ids)), execution_options=_WITHOUT_SYNC)
        return len(ids)


@dataclass(frozen=True)
class PackedContent:
    """A content to store. ``size`` is its unpacked size in bytes."""

    sha256: str
    sha1: str
    size: int
    packed: bytes


class ArtifactContentStore:
    """Contents of files, one row for each content of an organization."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, organization_id: int, sha256s: Sequence[str], now: datetime) -> set[str]:
        """Keep those of these contents that are stored for a day more at least, and return which they are."""
        mine = update(ArtifactContent).where(ArtifactContent.organization_id == organization_id, ArtifactContent.sha256.in_(sha256s))
        query = mine.values(stored_at=now).returning(ArtifactContent.sha256)
        return set(self._session.scalars(query, execution_options=_WITHOUT_SYNC))

    def add(self, organization_id: int, contents: Sequence[PackedContent], now: datetime) -> None:
        """Store contents."""
        for content in contents:
            row = {
                "organization_id": organization_id,
                "sha256": content.sha256,
                "sha1": content.sha1,
                "size": content.size,
                "packed": content.packed,
                "packed_size": len(content.packed),
                "stored_at": now,
            }
            upsert(self._session, ArtifactContent, [row], {"stored_at": now}, ("organisation_id", "sha256"))

    def ids(self, organization_id: int, sha256s: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return the id and the packed size in bytes of each of these contents."""
        found: dict[str, tuple[int, int]] = {}
        columns = (ArtifactContent.sha256, ArtifactContent.id, ArtifactContent.packed_size)
        for first in range(0, len(sha256s), MAX_STATEMENT_ROWS):
            few = sha256s[first : first + MAX_STATEMENT_ROWS]
            query = select(*columns).where(ArtifactContent.organization_id == organization_id, ArtifactContent.sha256.in_(few))
            found.update({sha256: (id_, size) for sha256, id_, size in self._session.execute(query)})
        return found

    def unused(self, before: datetime, limit: int) -> list[int]:
        """Return at most ``limit`` contents that no file has and that no upload had since then."""
        return list(self._session.scalars(select(ArtifactContent.id).where(*_unused(before)).limit(limit)))

    def remove_unused(self, ids: Sequence[int], before: datetime) -> int:
        """Delete those of these contents that are still unused; return how many."""
        gone = delete(ArtifactContent).where(ArtifactContent.id.in_(ids), *_unused(before)).returning(ArtifactContent.id)
        return len(self._session.execute(gone, execution_options=_WITHOUT_SYNC).all())


def _unused(before: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ArtifactContent.stored_at < before, ~exists().where(ArtifactFile.content_id == ArtifactContent.id)
