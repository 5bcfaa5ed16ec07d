"""What a full description of issues says beside their views: shares, commits, who decided, and what one person keeps on them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db.models import Commit, CommitLink, IssueTag, Repository, Resolution, Share, Snooze
from core.db.people import People
from core.db.personal import Personal
from core.types import SubscriptionReason
from core.views import CommitView, IssueDetails, PersonView, SubscriptionView, TagView


class Details:
    """Asks the database once for each kind of row, never once for each issue."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, ids: Sequence[int], user_id: int | None) -> dict[int, IssueDetails]:
        """The details of these issues for a user, or for nobody."""
        shares = {row.issue_id: row.uuid for row in self._session.scalars(select(Share).where(Share.issue_id.in_(ids)))}
        decided, commits = self._decided_by(ids), self._commits(ids)
        mine = Personal(self._session).of(ids, user_id) if user_id is not None else {}
        found: dict[int, IssueDetails] = {}
        for id_ in ids:
            has_seen, is_bookmarked, row = mine.get(id_, (False, False, None))
            subscription = SubscriptionView(row.is_active, SubscriptionReason(row.reason)) if row else None
            found[id_] = IssueDetails(shares.get(id_), decided.get(id_), commits.get(id_), has_seen, is_bookmarked, subscription)
        return found

    def tags(self, issue_id: int, limit: int) -> list[TagView]:
        """An issue's most frequent tags."""
        query = select(IssueTag).where(IssueTag.issue_id == issue_id).order_by(IssueTag.times_seen.desc(), IssueTag.key, IssueTag.value)
        return [TagView(row.key, row.value, row.times_seen) for row in self._session.scalars(query.limit(limit))]

    def _decided_by(self, ids: Sequence[int]) -> dict[int, PersonView]:
        """Who archived each issue under a condition or resolved it in a release."""
        actors: dict[int, int] = {}
        for model in (Snooze, Resolution):
            rows = self._session.execute(select(model.issue_id, model.actor_id).where(model.issue_id.in_(ids), model.actor_id.is_not(None)))
            actors |= {row.issue_id: row.actor_id for row in rows}
        people = People(self._session).named(set(actors.values()))
        return {issue_id: people[user_id] for issue_id, user_id in actors.items() if user_id in people}

    def _commits(self, ids: Sequence[int]) -> dict[int, CommitView]:
        query = select(CommitLink.issue_id, Commit, Repository.name).join(Commit, Commit.id == CommitLink.commit_id)
        query = query.join(Repository, Repository.id == Commit.repository_id).where(CommitLink.issue_id.in_(ids))
        rows = self._session.execute(query.order_by(CommitLink.linked_at, CommitLink.commit_id))
        return {row[0]: CommitView(row[1].sha, row[2], row[1].message, row[1].committed_at) for row in rows}
