"""Read and write the rows of a batch of events, with one statement per table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from core.db.columns import Base, DuplicateRow, upsert
from core.db.commits import add_unless_there
from core.db.messages import MessageStore
from core.db.models import (
    Event,
    Hash,
    Issue,
    IssueDay,
    IssueHour,
    IssueRelease,
    IssueTag,
    IssueUser,
    Project,
    Release,
    ReleaseProject,
    Resolution,
    Tombstone,
)
from core.db.releases import fix_in, is_answered, is_version, pending_in
from core.rules import versions
from core.rules.event_counts import EventCounts, within_limits
from core.types import JSON

_STATE_COLUMNS = (
    "status",
    "substatus",
    "priority",
    "version",
    "times_seen",
    "users_seen",
    "first_seen_at",
    "last_seen_at",
    "active_at",
    "only_source",
)
_TITLE_COLUMNS = ("title", "culprit", "message", "level", "details")
MAX_NEW_RELEASES_PER_DAY = 250
"""Number of releases that events may add to a project per day. Enough for one per commit of a large team; limits versions that differ in every
event, such as a time.
"""
_DAY = timedelta(days=1)


class BatchStore:
    """The rows of a batch. Lock the project first: it numbers its issues one after another."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection()
        self._dialect = self._connection.dialect.name

    def stored_events(self, project_id: int, event_ids: Collection[str]) -> dict[str, int]:
        """Return the issue ids of those events that are stored already, by event id."""
        query = select(Event.event_id, Event.issue_id).where(Event.project_id == project_id, Event.event_id.in_(event_ids))
        return {row.event_id: row.issue_id for row in self._session.execute(query)}

    def lock_issues(self, project_id: int, hashes: Collection[str]) -> list[Issue]:
        """Return the issues with these fingerprints, locked in the order of their ids like everywhere."""
        owners = select(Hash.issue_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes))
        query = select(Issue).where(Issue.id.in_(owners)).order_by(Issue.id).with_for_update().execution_options(populate_existing=True)
        return list(self._session.scalars(query))

    def fingerprints(self, project_id: int, hashes: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
        """Return the issue id and the tombstone id of each fingerprint.

        Call it after locking the issues: a discard or a merge may have come first.
        """
        rows = self._session.execute(
            select(Hash.hash, Hash.issue_id, Hash.tombstone_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes))
        ).all()
        return {row.hash: row.issue_id for row in rows if row.issue_id}, {row.hash: row.tombstone_id for row in rows if row.tombstone_id}

    def insert_issues(self, rows: Sequence[JSON]) -> list[Issue]:
        """Insert new issues."""
        return list(self._session.scalars(insert(Issue).returning(Issue), rows)) if rows else []

    def assign_hashes(self, project_id: int, owners: Mapping[str, int]) -> None:
        """Assign unowned fingerprints to issues. Raises DuplicateRow if another process was faster."""
        if not owners:
            return
        rows = [{"project_id": project_id, "hash": hash_, "issue_id": issue_id} for hash_, issue_id in sorted(owners.items())]
        if len(self._connection.execute(_free_hashes(self._dialect), rows).all()) < len(rows):
            raise DuplicateRow("hashes")

    def add_people(self, people: Mapping[tuple[int, str], datetime]) -> set[tuple[int, str]]:
        """Store which issues affected which people, with the time of the first event; return the pairs that are new."""
        if not people:
            return set()
        rows = [{"issue_id": issue_id, "person": person, "first_seen_at": at} for (issue_id, person), at in people.items()]
        return {(row.issue_id, row.person) for row in self._connection.execute(_new_people(self._dialect), rows)}

    def insert_events(self, events: Sequence[JSON]) -> None:
        """Insert the events. Raises DuplicateRow if another process has just stored one of them."""
        try:
            self._execute(insert(_table(Event)), events)
        except IntegrityError:
            raise DuplicateRow("events") from None

    def add_counts(self, counts: EventCounts) -> None:
        """Add the counts by hour, day and tag."""
        self._upsert_sums(IssueHour, [{"issue_id": id_, "hour_at": at, "events": events} for (id_, at), events in counts.hours.items()])
        self._upsert_sums(IssueDay, [{"issue_id": id_, "day_at": at, "events": events} for (id_, at), events in counts.days.items()])
        free = within_limits(counts.tags, self._count_values({id_ for id_, _, _ in counts.tags}))
        rows = {
            tag: {"issue_id": tag[0], "key": tag[1], "value": tag[2], "times_seen": times, "last_seen_at": counts.tags_seen[tag]}
            for tag, times in counts.tags.items()
        }
        self._upsert_sums(IssueTag, [row for tag, row in rows.items() if tag in free])
        self._count_known([row for tag, row in rows.items() if tag not in free])

    def _count_values(self, issue_ids: Collection[int]) -> dict[tuple[int, str], int]:
        """Return the number of counted values of each tag of these issues."""
        tags = _table(IssueTag).c
        query = select(tags.issue_id, tags.key, func.count()).where(tags.issue_id.in_(issue_ids)).group_by(tags.issue_id, tags.key)
        return {(id_, key): values for id_, key, values in self._connection.execute(query)}

    def _count_known(self, rows: Sequence[JSON]) -> None:
        """Add to the rows of those tags that have one; other tags are not counted."""
        if not rows:
            return
        table = _table(IssueTag)
        mine = [column == bindparam(f"tag_{column.name}") for column in table.primary_key]
        seen = bindparam("tag_last_seen_at", type_=table.c.last_seen_at.type)
        last = case((seen > table.c.last_seen_at, seen), else_=table.c.last_seen_at)
        more = update(table).where(*mine).values(times_seen=table.c.times_seen + bindparam("tag_times_seen"), last_seen_at=last)
        self._execute(more, [{f"tag_{name}": value for name, value in row.items()} for row in rows])

    def count_discarded(self, dropped: Mapping[int, int], at: datetime) -> None:
        """Add to the event counts of the tombstones."""
        if not dropped:
            return
        table = _table(Tombstone)
        more = update(table).where(table.c.id == bindparam("met")).values(times_seen=table.c.times_seen + bindparam("times"), last_seen_at=at)
        self._execute(more, [{"met": id_, "times": times} for id_, times in sorted(dropped.items())])

    def mark_modified(self, issues: Iterable[Issue]) -> None:
        """Write the same columns of all these issues, changed or not. Otherwise each set of changed columns would need its own statement."""
        for issue in issues:
            for name in (*_STATE_COLUMNS, *_TITLE_COLUMNS):
                flag_modified(issue, name)

    def _upsert_sums(self, model: type[Base], rows: Sequence[JSON]) -> None:
        self._execute(_sums(self._dialect, model), rows)

    def _execute(self, statement: Any, rows: Sequence[JSON]) -> None:
        # Bypass the session, which would inspect each row. The statement is prepared once for all rows.
        if rows:
            self._connection.execute(statement, rows)


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


# Statements that are the same for every batch. Making one takes longer than executing it, so each is made once.


def _insert(dialect: str, table: Table) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@cache
def _free_hashes(dialect: str) -> Any:
    """Assign fingerprints that belong to no issue yet; return those that were assigned."""
    table, statement = _table(Hash), _insert(dialect, _table(Hash))
    change = {"issue_id": statement.excluded.issue_id}
    free = statement.on_conflict_do_update(index_elements=table.primary_key, set_=change, where=table.c.issue_id.is_(None))
    return free.returning(table.c.hash)


@cache
def _new_people(dialect: str) -> Any:
    """Insert the people of issues that are new; return them."""
    table = _table(IssueUser)
    return _insert(dialect, table).on_conflict_do_nothing().returning(table.c.issue_id, table.c.person)


@cache
def _sums(dialect: str, model: type[Base]) -> Any:
    """Insert rows; add to existing amounts, and keep the later times."""
    table, statement = _table(model), _insert(dialect, _table(model))
    change: dict[str, Any] = {}
    for column in table.columns:
        new = statement.excluded[column.name]
        if not column.primary_key:
            change[column.name] = case((new > column, new), else_=column) if column.name.endswith("_at") else column + new
    return statement.on_conflict_do_update(index_elements=table.primary_key, set_=change)


@cache
def _seen_in_releases(dialect: str) -> Any:
    """Insert the versions that issues were seen in; widen the time between the first and the last event of those that are known."""
    table, statement = _table(IssueRelease), _insert(dialect, _table(IssueRelease))
    old, new = table.c, statement.excluded
    first = case((new.first_seen_at < old.first_seen_at, new.first_seen_at), else_=old.first_seen_at)
    last = case((new.last_seen_at > old.last_seen_at, new.last_seen_at), else_=old.last_seen_at)
    return statement.on_conflict_do_update(index_elements=table.primary_key, set_={"first_seen_at": first, "last_seen_at": last})


class ReleaseBatchStore:
    """Creates the releases that a batch of events names, adds them to the project, and resolves issues that wait for the next release.

    Creates at most ``MAX_NEW_RELEASES_PER_DAY``. Beyond that an event still keeps its version, and an issue resolved in a release regresses by the
    same rules as with an unknown release date.

    Lock the project and the issues first. If all releases exist, this takes one SELECT and one upsert.
    """

    def __init__(self, session: Session, project: Project, at: datetime) -> None:
        self._session = session
        self._project = project
        self._at = at
        self._known: dict[str, Release] = {}
        self._new: dict[str, Release] = {}
        """Releases that are new to the project and whose first event is still to come."""
        self._pending: list[Resolution] = []
        self._resolved_ids: list[int] = []

    def add_missing(self, names: Collection[str]) -> None:
        """Load these versions and create the missing ones. Ignores invalid versions."""
        wanted = {version for version in names if is_version(version)}
        if not wanted:
            return
        linked = and_(ReleaseProject.release_id == Release.id, ReleaseProject.project_id == self._project.id)
        rows = self._session.execute(self._of(wanted).outerjoin(ReleaseProject, linked).add_columns(ReleaseProject.project_id)).all()
        self._known = {row[0].version: row[0] for row in rows if row[1] is not None}
        if missing := wanted - self._known.keys():
            self._link(sorted(missing)[: self._remaining_today()])

    def of(self, version: str | None) -> versions.DatedVersion | None:
        """Return the version with its date, for ``covers``; an invalid version has no date."""
        if not version:
            return None
        known = self._known.get(version)
        return versions.DatedVersion(version, known.added_at if known else None)

    def resolve_pending(self, version: str | None) -> None:
        """Resolve the issues that waited for this release, at its first event."""
        release = self._new.pop(version, None) if version else None
        if release is None or not release.is_open:
            return
        for row in [row for row in self._pending if is_answered(row, release)]:
            for name, value in fix_in(release).items():
                setattr(row, name, value)
            self._pending.remove(row)
            self._resolved_ids.append(row.issue_id)

    def record_seen(self, seen: Collection[tuple[int, str]]) -> None:
        """Store that these issues were seen in these versions. Redraws the copies of issues whose wait has ended."""
        at = {"first_seen_at": self._at, "last_seen_at": self._at}
        if rows := [{"issue_id": issue_id, "version": version, **at} for issue_id, version in seen if version in self._known]:
            self._session.connection().execute(_seen_in_releases(self._session.get_bind().dialect.name), rows)
        if self._resolved_ids:
            MessageStore(self._session).refresh_counts(self._resolved_ids, self._at)

    def _remaining_today(self) -> int:
        """Return how many releases the project may still get today. The newest have the highest ids."""
        newest = select(Release.added_at).join(ReleaseProject, ReleaseProject.release_id == Release.id)
        newest = (
            newest.where(ReleaseProject.project_id == self._project.id).order_by(ReleaseProject.release_id.desc()).limit(MAX_NEW_RELEASES_PER_DAY)
        )
        return MAX_NEW_RELEASES_PER_DAY - sum(added_at > self._at - _DAY for added_at in self._session.scalars(newest))

    def _link(self, missing: list[str]) -> None:
        if not missing:
            return
        rows = [{"organization_id": self._project.organization_id, "version": version, "is_open": True, "added_at": self._at} for version in missing]
        # Insert in the order of the versions, so that two batches of one organization cannot deadlock.
        add_unless_there(self._session, Release, rows)
        query = self._of(missing).order_by(Release.version).with_for_update(key_share=True)
        self._new = {release.version: release for release in self._session.scalars(query)}
        self._known |= self._new
        upsert(self._session, ReleaseProject, [{"release_id": new_release.id, "project_id": self._project.id} for new_release in self._new.values()])
        self._pending = pending_in(self._session, [self._project.id])

    def _of(self, names: Collection[str]) -> Select[Release]:
        return select(Release).where(Release.organization_id == self._project.organization_id, Release.version.in_(names))
