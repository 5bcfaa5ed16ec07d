"""What a search asks of releases beside “was it seen in this one”: the newest of each project, and the first of each issue."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from core.db.models import Issue, IssueRelease, Release, ReleaseProject

Condition = ColumnElement[bool]


def seen_in_latest(session: Session, project_ids: Collection[int]) -> Condition:
    """Issues seen in the newest release of their project."""
    seen = select(IssueRelease.issue_id).where(IssueRelease.issue_id == Issue.id)
    latest = _latest(session, project_ids).items()
    return or_(
        false(), *(and_(Issue.project_id == id_, seen.where(IssueRelease.version == version).correlate(Issue).exists()) for id_, version in latest)
    )


def first_in_latest(session: Session, project_ids: Collection[int]) -> Condition:
    """Issues whose first release is the newest one of their project."""
    latest = _latest(session, project_ids).items()
    return or_(false(), *(and_(Issue.project_id == id_, _first() == version) for id_, version in latest))


def first_fits(fits: Callable[[ColumnElement[str]], Condition] | None) -> Condition:
    """Issues whose first release fits; those that have one at all where None."""
    has_one = select(IssueRelease.issue_id).where(IssueRelease.issue_id == Issue.id).correlate(Issue).exists()
    # Without a release the first one is no text, and its negation would be neither true nor false.
    return has_one if fits is None else fits(_first())


def _first() -> ColumnElement[str]:
    oldest = select(IssueRelease.version).where(IssueRelease.issue_id == Issue.id).order_by(IssueRelease.first_seen_at, IssueRelease.version)
    return func.coalesce(oldest.limit(1).correlate(Issue).scalar_subquery(), "")


def _latest(session: Session, project_ids: Collection[int]) -> dict[int, str]:
    """The version of each project's newest open release, by the date of release, else by the date it was added."""
    date = func.coalesce(Release.released_at, Release.added_at)
    place = func.row_number().over(partition_by=ReleaseProject.project_id, order_by=(date.desc(), Release.id.desc())).label("place")
    ranked = select(ReleaseProject.project_id, Release.version, place).join(Release, Release.id == ReleaseProject.release_id)
    found = ranked.where(ReleaseProject.project_id.in_(project_ids), Release.is_open).subquery()
    return {row.project_id: row.version for row in session.execute(select(found.c.project_id, found.c.version).where(found.c.place == 1))}
