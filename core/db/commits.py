"""Query repositories, commits, the releases that contain them and the issues that they resolve."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.db.columns import MAX_STATEMENT_ROWS, Base, upsert
from core.db.models import Activity, Commit, CommitLink, ReleaseCommit, Repository, Subscription, User
from core.db.stored import activities
from core.types import JSON, ActivityType, SubscriptionReason


def add_unless_there(session: Session, model: type[Base], rows: Sequence[JSON]) -> int:
    """Insert rows, skipping those that violate a unique constraint. For a single row return 1 if it was inserted, else 0."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = cast("Table", model.__table__)
    if not rows:
        return 0
    # Prepare the statement once: building one VALUES with thousands of rows takes a second.
    return session.connection().execute(insert(table).on_conflict_do_nothing(), rows).rowcount


class CommitStore:
    """The commits of all organizations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def repositories(self, organization_id: int) -> list[Repository]:
        """Return the repositories of an organization, by name."""
        query = select(Repository).where(Repository.organization_id == organization_id).order_by(Repository.name)
        return list(self._session.scalars(query))

    def repositories_named(self, organization_id: int, names: Collection[str], now: datetime) -> dict[str, Repository]:
        """Return these repositories by name; insert those that are unknown."""
        rows = [{"organization_id": organization_id, "name": name, "added_at": now} for name in sorted(names)]
        add_unless_there(self._session, Repository, rows)
        query = select(Repository).where(Repository.organization_id == organization_id, Repository.name.in_(names))
        return {row.name: row for row in self._session.scalars(query)}

    def known(self, repository_ids: Collection[int], shas: Collection[str]) -> dict[tuple[int, str], Commit]:
        """Return those of the commits that exist, by repository and sha."""
        query = select(Commit).where(Commit.repository_id.in_(repository_ids), Commit.sha.in_(shas))
        return {(row.repository_id, row.sha): row for row in self._session.scalars(query)}

    def add(self, rows: Sequence[JSON]) -> None:
        """Insert the commits that do not exist yet."""
        add_unless_there(self._session, Commit, rows)

    def ids_in(self, release_id: int) -> list[int]:
        """Return the commit ids of a release, newest first."""
        query = select(ReleaseCommit.commit_id).where(ReleaseCommit.release_id == release_id)
        return list(self._session.scalars(query.order_by(ReleaseCommit.position)))

    def set_release_commits(self, release_id: int, commit_ids: Sequence[int]) -> None:
        """Replace the commits of the release; ``commit_ids`` are newest first. The release must be locked."""
        gone = delete(ReleaseCommit).where(ReleaseCommit.release_id == release_id)
        self._session.execute(gone, execution_options={"synchronize_session": False})
        rows = [{"release_id": release_id, "commit_id": commit_id, "position": position} for position, commit_id in enumerate(commit_ids)]
        add_unless_there(self._session, ReleaseCommit, rows)

    def of_release(self, release_id: int, limit: int, offset: int) -> list[tuple[Commit, Repository]]:
        """Return the commits of a release with their repositories, newest first."""
        query = (
            select(Commit, Repository)
            .join(Repository, Repository.id == Commit.repository_id)
            .join(ReleaseCommit, ReleaseCommit.commit_id == Commit.id)
            .where(ReleaseCommit.release_id == release_id)
        )
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(ReleaseCommit.position).limit(limit).offset(offset))]

    def once_resolved(self, issue_ids: Sequence[int]) -> set[tuple[int, int]]:
        """Return the commits that have ever resolved these issues, as pairs of issue and commit."""
        query = select(Activity.issue_id, Activity.data).where(Activity.type == ActivityType.SET_RESOLVED_IN_COMMIT)
        chunks = (issue_ids[first : first + MAX_STATEMENT_ROWS] for first in range(0, len(issue_ids), MAX_STATEMENT_ROWS))
        rows = (row for ids in chunks for row in self._session.execute(query.where(Activity.issue_id.in_(ids))))
        return {(issue_id, commit_id) for issue_id, data in rows if (commit_id := activities.resolved_in_commit(data).commit_id)}

    def links(self, commit_ids: Collection[int]) -> set[tuple[int, int]]:
        """Return the issues that these commits resolve now, as pairs of issue and commit."""
        query = select(CommitLink.issue_id, CommitLink.commit_id).where(CommitLink.commit_id.in_(commit_ids))
        return {(row.issue_id, row.commit_id) for row in self._session.execute(query)}

    def subscribe(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Subscribe users to issues unless they have chosen otherwise. Takes no lock, so a choice may be made at the same time."""
        values = {"is_active": True, "reason": SubscriptionReason.STATUS_CHANGE}
        upsert(self._session, Subscription, [{"issue_id": issue_id, "user_id": user_id, **values} for issue_id, user_id in pairs])

    def authors(self, organization_id: int, emails: Iterable[str]) -> dict[str, list[int]]:
        """Return the users with these lower-case e-mails, by e-mail."""
        wanted = {email.lower() for email in emails}
        query = select(User.id, func.lower(User.email)).where(User.organization_id == organization_id, func.lower(User.email).in_(wanted))
        found: dict[str, list[int]] = {}
        for user_id, email in self._session.execute(query):
            found.setdefault(email, []).append(user_id)
        return found


class CommitLinkStore:
    """Links between issues and the commits that resolve them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def commit(self, organization_id: int, repository: str, sha: str) -> tuple[Repository | None, Commit | None]:
        """Return the repository with this name and its commit, if they exist."""
        query = select(Repository).where(Repository.organization_id == organization_id, Repository.name == repository)
        place = self._session.scalars(query).first()
        if place is None:
            return None, None
        return place, self._session.scalars(select(Commit).where(Commit.repository_id == place.id, Commit.sha == sha)).first()

    def commits_like(self, organization_id: int, sha: str) -> list[Commit]:
        """Return at most two of the organization's commits whose sha starts like this: enough to detect an ambiguous sha."""
        query = select(Commit).where(Commit.organization_id == organization_id, Commit.sha.startswith(sha, autoescape=True))
        return list(self._session.scalars(query.order_by(Commit.id).limit(2)))

    def add(self, issue_ids: Sequence[int], commit_id: int, now: datetime) -> None:
        """Link these issues to the commit. Linking twice has no effect."""
        upsert(self._session, CommitLink, [{"issue_id": issue_id, "commit_id": commit_id, "linked_at": now} for issue_id in issue_ids])

    def remove(self, issue_ids: Sequence[int]) -> None:
        """Remove all commit links of these issues."""
        if issue_ids:
            gone = delete(CommitLink).where(CommitLink.issue_id.in_(issue_ids))
            self._session.execute(gone, execution_options={"synchronize_session": False})

    def newest(self, issue_ids: Sequence[int]) -> dict[int, int]:
        """Return the commit linked last to each issue, by issue; issues without one are absent."""
        query = select(CommitLink).where(CommitLink.issue_id.in_(issue_ids)).order_by(CommitLink.linked_at, CommitLink.commit_id)
        return {row.issue_id: row.commit_id for row in self._session.scalars(query)}
