"""Uploaded source maps and minified scripts, and the chunks that uploads come in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import NO_ID_REUSE, Base, BigInt, Key, of_organization, owned_by


class ArtifactChunk(Base):
    """A piece of an upload, kept until the upload is whole or a day has passed."""

    __tablename__ = "artifact_chunks"
    __table_args__ = (UniqueConstraint("organization_id", "sha1"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    sha1: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    """In bytes."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ArtifactBundle(Base):
    """One upload: files that were built together."""

    __tablename__ = "artifact_bundles"
    __table_args__ = (UniqueConstraint("organization_id", "upload_key"), Index("ix_artifact_bundles_release", "organization_id", "release"))
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    upload_key: Mapped[str] = mapped_column(String(64))
    """Hash of the content, the release and the dist: the same upload again is the same bundle."""
    release: Mapped[str | None] = mapped_column(String(250))
    dist: Mapped[str | None] = mapped_column(String(64))
    files: Mapped[int]
    size: Mapped[int] = mapped_column(BigInt)
    """Bytes that its files take when they are stored."""
    uploaded_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """When an event last found a map in it, to the day."""


class ArtifactBundleProject(Base):
    """A project that a bundle was uploaded for. No other project finds it."""

    __tablename__ = "artifact_bundle_projects"
    bundle_id: Mapped[int] = owned_by("artifact_bundles", key=True)
    project_id: Mapped[int] = owned_by("projects", key=True, index=True)


class ArtifactContent(Base):
    """The content of a file, stored once in an organization. Ids are not reused: they are the keys of caches."""

    __tablename__ = "artifact_contents"
    __table_args__ = (UniqueConstraint("organization_id", "sha256"), NO_ID_REUSE)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    sha256: Mapped[str] = mapped_column(String(64))
    sha1: Mapped[str] = mapped_column(String(40))
    """What clients of old name a content by."""
    size: Mapped[int]
    """In bytes, unpacked."""
    packed: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed by zlib."""
    packed_size: Mapped[int]
    stored_at: Mapped[datetime] = mapped_column(index=True)
    """When an upload last had this content."""


class ArtifactFile(Base):
    """A file of a bundle: a minified script or a source map."""

    __tablename__ = "artifact_files"
    __table_args__ = (
        Index("ix_artifact_files_named", "bundle_id", "url"),
        Index("ix_artifact_files_debug_id", "organization_id", "debug_id", "id"),
    )
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    bundle_id: Mapped[int] = owned_by("artifact_bundles")
    content_id: Mapped[int] = owned_by("artifact_contents", index=True)
    is_map: Mapped[bool]
    url: Mapped[str] = mapped_column(String(500))
    debug_id: Mapped[str | None] = mapped_column(String(36))
    map_url: Mapped[str | None] = mapped_column(String(500))
    """The map that a script names, as an absolute name in its bundle."""
