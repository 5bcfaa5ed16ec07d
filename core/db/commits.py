"""Repositories, their commits, which release has them and which issues they resolve."""

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
    """Adds rows, but for those that a unique constraint knows already; of a single row says whether it was added, as 1 or 0."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = cast("Table", model.__table__)
    if not rows:
        return 0
    # One statement that is prepared once: thousands of rows in one VALUES take a second to put together.
    return session.connection().execute(insert(table).on_conflict_do_nothing(), rows).rowcount


class CommitStore:
    """The commits of all organizations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def repositories(self, organization_id: int) -> list[Repository]:
        """The repositories of an organization, by name."""
        query = select(Repository).where(Repository.organization_id == organization_id).order_by(Repository.name)
        return list(self._session.scalars(query))

    def repositories_named(self, organization_id: int, names: Collection[str], now: datetime) -> dict[str, Repository]:
        """These repositories by name; those that are not known are made."""
        rows = [{"organization_id": organization_id, "name": name, "added_at": now} for name in sorted(names)]
        add_unless_there(self._session, Repository, rows)
        query = select(Repository).where(Repository.organization_id == organization_id, Repository.name.in_(names))
        return {row.name: row for row in self._session.scalars(query)}

    def known(self, repository_ids: Collection[int], shas: Collection[str]) -> dict[tuple[int, str], Commit]:
        """Of these commits those that are there, by repository and sha."""
        query = select(Commit).where(Commit.repository_id.in_(repository_ids), Commit.sha.in_(shas))
        return {(row.repository_id, row.sha): row for row in self._session.scalars(query)}

    def add(self, rows: Sequence[JSON]) -> None:
        """Adds commits that are not there yet."""
        add_unless_there(self._session, Commit, rows)

    def ids_in(self, release_id: int) -> list[int]:
        """The commits of a release, newest first."""
        query = select(ReleaseCommit.commit_id).where(ReleaseCommit.release_id == release_id)
        return list(self._session.scalars(query.order_by(ReleaseCommit.position)))

    def set_release_commits(self, release_id: int, commit_ids: Sequence[int]) -> None:
        """These are the commits of the release, newest first, in place of those it had. The release must be locked."""
        gone = delete(ReleaseCommit).where(ReleaseCommit.release_id == release_id)
        self._session.execute(gone, execution_options={"synchronize_session": False})
        rows = [{"release_id": release_id, "commit_id": commit_id, "position": position} for position, commit_id in enumerate(commit_ids)]
        add_unless_there(self._session, ReleaseCommit, rows)

    def of_release(self, release_id: int, limit: int, offset: int) -> list[tuple[Commit, Repository]]:
        """The commits of a release with their repositories, newest first."""
        query = (
            select(Commit, Repository)
            .join(Repository, Repository.id == Commit.repository_id)
            .join(ReleaseCommit, ReleaseCommit.commit_id == Commit.id)
            .where(ReleaseCommit.release_id == release_id)
        )
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(ReleaseCommit.position).limit(limit).offset(offset))]

    def once_resolved(self, issue_ids: Sequence[int]) -> set[tuple[int, int]]:
        """Which commits have ever resolved these issues: pairs of issue and commit."""
        query = select(Activity.issue_id, Activity.data).where(Activity.type == ActivityType.SET_RESOLVED_IN_COMMIT)
        chunks = (issue_ids[first : first + MAX_STATEMENT_ROWS] for first in range(0, len(issue_ids), MAX_STATEMENT_ROWS))
        rows = (row for ids in chunks for row in self._session.execute(query.where(Activity.issue_id.in_(ids))))
        return {(issue_id, commit_id) for issue_id, data in rows if (commit_id := activities.resolved_in_commit(data).commit_id)}

    def links(self, commit_ids: Collection[int]) -> set[tuple[int, int]]:
        """Which issues these commits resolve just now: pairs of issue and commit."""
        query = select(CommitLink.issue_id, CommitLink.commit_id).where(CommitLink.commit_id.in_(commit_ids))
        return {(row.issue_id, row.commit_id) for row in self._session.execute(query)}

    def subscribe(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Subscribes users to issues, where they have never said what they want. Nothing is locked, so it may be just happening elsewhere."""
        values = {"is_active": True, "reason": SubscriptionReason.STATUS_CHANGE}
        upsert(self._session, Subscription, [{"issue_id": issue_id, "user_id": user_id, **values} for issue_id, user_id in pairs])

    def authors(self, organization_id: int, emails: Iterable[str]) -> dict[str, list[int]]:
        """The users of these e-mails in lower case, by e-mail."""
        wanted = {email.lower() for email in emails}
        query = select(User.id, func.lower(User.email)).where(User.organization_id == organization_id, func.lower(User.email).in_(wanted))
        found: dict[str, list[int]] = {}
        for user_id, email in self._session.execute(query):
            found.setdefault(email, []).append(user_id)
        return found


class CommitLinkStore:
    """The links between issues and the commits that resolve them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def commit(self, organization_id: int, repository: str, sha: str) -> tuple[Repository | None, Commit | None]:
        """The repository of that name and its commit, as far as they exist."""
        query = select(Repository).where(Repository.organization_id == organization_id, Repository.name == repository)
        place = self._session.scalars(query).first()
        if place is None:
            return None, None
        return place, self._session.scalars(select(Commit).where(Commit.repository_id == place.id, Commit.sha == sha)).first()

    def commits_like(self, organization_id: int, sha: str) -> list[Commit]:
        """Some of the commits of an organization whose names begin so; two are enough to see that it could be several."""
        query = select(Commit).where(Commit.organization_id == organization_id, Commit.sha.startswith(sha, autoescape=True))
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
