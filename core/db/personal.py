"""What single people keep on issues, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import Bookmark, Issue, Project, Seen, Share, Subscription


class Personal:
    """Looks, bookmarks and shares."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def see(self, issue_ids: Sequence[int], user_id: int, at: datetime) -> None:
        """The user has looked at these issues now."""
        rows = [{"issue_id": issue_id, "user_id": user_id, "seen_at": at} for issue_id in issue_ids]
        upsert(self._session, Seen, rows, {"seen_at": at})

    def unsee(self, issue_ids: Sequence[int], user_id: int) -> None:
        """The user has not looked at these issues."""
        self._session.execute(delete(Seen).where(Seen.issue_id.in_(issue_ids), Seen.user_id == user_id))

    def bookmark(self, issue_ids: Sequence[int], user_id: int, at: datetime) -> None:
        """The user wants to find these issues again; an older bookmark stands."""
        upsert(self._session, Bookmark, [{"issue_id": issue_id, "user_id": user_id, "added_at": at} for issue_id in issue_ids])

    def unbookmark(self, issue_ids: Sequence[int], user_id: int) -> None:
        """The user's bookmarks on these issues go."""
        self._session.execute(delete(Bookmark).where(Bookmark.issue_id.in_(issue_ids), Bookmark.user_id == user_id))

    def of(self, issue_ids: Sequence[int], user_id: int) -> dict[int, tuple[bool, bool, Subscription | None]]:
        """Whether the user has seen and bookmarked each of these issues, and their subscription."""
        seen = set(self._session.scalars(select(Seen.issue_id).where(Seen.issue_id.in_(issue_ids), Seen.user_id == user_id)))
        marked = set(self._session.scalars(select(Bookmark.issue_id).where(Bookmark.issue_id.in_(issue_ids), Bookmark.user_id == user_id)))
        query = select(Subscription).where(Subscription.issue_id.in_(issue_ids), Subscription.user_id == user_id)
        subscribed = {row.issue_id: row for row in self._session.scalars(query)}
        return {issue_id: (issue_id in seen, issue_id in marked, subscribed.get(issue_id)) for issue_id in issue_ids}

    def shared_as(self, share_id: str) -> tuple[int, int] | None:
        """The organisation and the issue behind a share link."""
        query = select(Project.organisation_id, Issue.id).join(Issue, Issue.project_id == Project.id).join(Share, Share.issue_id == Issue.id)
        row = self._session.execute(query.where(Share.uuid == share_id)).first()
        return (row[0], row[1]) if row else None
