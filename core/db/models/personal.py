"""What users keep on issues for themselves, and share links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base, names, owned_by


class Bookmark(Base):
    """A bookmark of a user on an issue."""

    __tablename__ = "bookmarks"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    user_id: Mapped[int] = owned_by("users", key=True, index=True)
    added_at: Mapped[datetime]


class Seen(Base):
    """When a user last looked at an issue."""

    __tablename__ = "seen"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    user_id: Mapped[int] = owned_by("users", key=True, index=True)
    seen_at: Mapped[datetime]


class Share(Base):
    """The share link of an issue."""

    __tablename__ = "shares"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    uuid: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int | None] = names("users")
    added_at: Mapped[datetime]
