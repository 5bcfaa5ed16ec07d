"""Which commits resolve which issues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import Commit, CommitLink, Repository


class CommitLinks:
    """The links between issues and the commits that resolve them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def commit(self, organisation_id: int, repository: str, sha: str) -> tuple[Repository | None, Commit | None]:
        """The repository of that name and its commit, as far as they exist."""
        query = select(Repository).where(Repository.organisation_id == organisation_id, Repository.name == repository)
        place = self._session.scalars(query).first()
        if place is None:
            return None, None
        return place, self._session.scalars(select(Commit).where(Commit.repository_id == place.id, Commit.sha == sha)).first()

    def commits_like(self, organisation_id: int, sha: str) -> list[Commit]:
        """Some of the commits of an organisation whose names begin so; two are enough to see that it could be several."""
        query = select(Commit).where(Commit.organisation_id == organisation_id, Commit.sha.startswith(sha, autoescape=True))
        return list(self._session.scalars(query.order_by(Commit.id).limit(2)))

    def add(self, issue_ids: Sequence[int], commit_id: int, now: datetime) -> None:
        """This commit resolves these issues; the same one again is no second link."""
        upsert(self._session, CommitLink, [{"issue_id": issue_id, "commit_id": commit_id, "linked_at": now} for issue_id in issue_ids])

    def remove(self, issue_ids: Sequence[int]) -> None:
        """No commit resolves these issues any more."""
        if issue_ids:
            gone = delete(CommitLink).where(CommitLink.issue_id.in_(issue_ids))
            self._session.execute(gone, execution_options={"synchronize_session": False})

    def newest(self, issue_ids: Sequence[int]) -> dict[int, int]:
        """The commit that was linked last to each issue, by issue; those without one are absent."""
        query = select(CommitLink).where(CommitLink.issue_id.in_(issue_ids)).order_by(CommitLink.linked_at, CommitLink.commit_id)
        return {row.issue_id: row.commit_id for row in self._session.scalars(query)}
