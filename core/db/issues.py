"""Query issues, and lock them in the order of their ids; their fingerprints, tombstones, bookmarks and shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.columns import upsert
from core.db.models import Activity, Bookmark, Hash, Issue, Project, Purged, Redirect, Seen, Share, Subscription, Tombstone
from core.types import ByIds, Facet, Source, Status, parse_short_id, short_id

Column = InstrumentedAttribute[int]
_MAX_ID_DIGITS = 18


class IssueStore:
    """Issues of all organizations. Every query is limited to one organization."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def locked(self, organization_id: int, selection: ByIds, statuses: Sequence[Status]) -> list[Issue]:
        """Return the selected issues with these statuses, locked in the order of their ids: no two requests can deadlock."""
        query = _selected(organization_id, selection.ids).where(Issue.status.in_(statuses))
        if selection.project_id is not None:
            query = query.where(Issue.project_id == selection.project_id)
        return list(self._session.scalars(query.order_by(Issue.id).with_for_update(of=Issue)))

    def with_statuses(self, ids: Sequence[int], statuses: Sequence[Status]) -> list[Issue]:
        """Return these of the issues that have these statuses, without locking them."""
        return list(self._session.scalars(select(Issue).where(Issue.id.in_(ids), Issue.status.in_(statuses)).order_by(Issue.id)))

    def relock(self, ids: Sequence[int]) -> list[Issue]:
        """Lock these issues and return their current rows."""
        query = select(Issue).where(Issue.id.in_(ids)).order_by(Issue.id).with_for_update().execution_options(populate_existing=True)
        return list(self._session.scalars(query))

    def one(self, organization_id: int, name: int | str) -> tuple[Issue, Project] | None:
        """Return the issue with this id or short id, in any status, with its project; for a merged issue its primary."""
        name = self.primaries(organization_id, (name,)).get(str(name).upper(), name)
        row = self._session.execute(_selected(organization_id, (name,)).with_only_columns(Issue, Project)).first()
        return (row[0], row[1]) if row else None

    def primaries(self, organization_id: int, ids: Sequence[int | str]) -> dict[str, int]:
        """Return the primary's id by each name of the merged issues, in capitals."""
        query = select(Redirect, Project.slug).join(Project, Project.id == Redirect.project_id).where(Project.organization_id == organization_id)
        rows = self._session.execute(query.where(_named(ids, Redirect.previous_id, Redirect.number)))
        return {name: row.issue_id for row, slug in rows for name in (str(row.previous_id), short_id(slug, row.number))}

    def is_purged(self, organization_id: int, name: int | str) -> bool:
        """Return whether the issue with this id or short id existed and was purged."""
        query = select(Purged.issue_id).join(Project, Project.id == Purged.project_id).where(Project.organization_id == organization_id)
        return self._session.scalars(query.where(_named((name,), Purged.issue_id, Purged.number))).first() is not None

    def named(self, organization_id: int, ids: Sequence[int | str]) -> list[tuple[Issue, str]]:
        """Return the named issues, in any status, each with its project's slug."""
        rows = self._session.execute(_selected(organization_id, ids).with_only_columns(Issue, Project.slug))
        return [(row[0], row[1]) for row in rows]

    def short_id(self, issue_id: int) -> str:
        """Return the short id, such as ``SHOP-1F``."""
        query = select(Project.slug, Issue.number).join(Issue, Issue.project_id == Project.id).where(Issue.id == issue_id)
        slug, number = self._session.execute(query).one()
        return short_id(slug, number)

    def hashes(self, ids: Sequence[int]) -> dict[int, list[Hash]]:
        """Return the fingerprints of these issues, by issue id."""
        found: dict[int, list[Hash]] = {}
        for row in self._session.scalars(select(Hash).where(Hash.issue_id.in_(ids))):
            found.setdefault(row.issue_id or 0, []).append(row)
        return found

    def free_hashes(self, wanted: dict[int, set[str]]) -> list[Hash]:
        """Return those of the fingerprints, given by project id, that belong to no issue."""
        if not wanted:
            return []
        ours = or_(*(and_(Hash.project_id == project_id, Hash.hash.in_(hashes)) for project_id, hashes in wanted.items()))
        return list(self._session.scalars(select(Hash).where(ours, Hash.issue_id.is_(None), Hash.tombstone_id.is_(None)).with_for_update()))


def _selected(organization_id: int, ids: Sequence[int | str]) -> Select[Issue]:
    return select(Issue).join(Project, Project.id == Issue.project_id).where(Project.organization_id == organization_id, _named(ids))


def _named(ids: Sequence[int | str], issue_id: Column = Issue.id, number: Column = Issue.number) -> ColumnElement[bool]:
    numbers = [int(name) for name in ids if _is_number(str(name))]
    by_slug: dict[str, list[int]] = {}
    for name in ids:
        if not _is_number(str(name)) and (parsed := parse_short_id(str(name))):
            by_slug.setdefault(parsed[0], []).append(parsed[1])
    by_short_id = (and_(Project.slug == slug, number.in_(wanted)) for slug, wanted in by_slug.items())
    return or_(issue_id.in_(numbers), *by_short_id)


def _is_number(name: str) -> bool:
    # No id has more than 18 digits. The text may still be a short id that consists of digits.
    return name.isascii() and name.isdecimal() and len(name) <= _MAX_ID_DIGITS


class FingerprintStore:
    """Queries about many fingerprints in one statement."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def owners(self, project_id: int, hashes: Collection[str]) -> dict[str, int]:
        """Return the issue id of each fingerprint that has one."""
        query = select(Hash.hash, Hash.issue_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes), Hash.issue_id.is_not(None))
        return {row.hash: row.issue_id for row in self._session.execute(query)}

    def open_from_elsewhere(self, issue_ids: Collection[int], door: str) -> set[int]:
        """Return the open issues that had events by another or an unknown door."""
        elsewhere = or_(Issue.only_source.is_(None), Issue.only_source != door)
        return set(self._session.scalars(select(Issue.id).where(Issue.id.in_(issue_ids), Issue.status == Status.UNRESOLVED, elsewhere)))

    def last_moved_by(self, issue_ids: Collection[int], source: Source) -> set[int]:
        """Return the issues whose last status change came from this source."""
        moves = select(func.max(Activity.id)).where(Activity.issue_id.in_(issue_ids), Activity.facet == Facet.STATUS).group_by(Activity.issue_id)
        return set(self._session.scalars(select(Activity.issue_id).where(Activity.id.in_(moves), Activity.source == source)))


class TombstoneStore:
    """Tombstones: discarded fingerprints, and how often they were hit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, tombstones: Sequence[Tombstone]) -> None:
        """Insert tombstones and assign their ids."""
        self._session.add_all(tombstones)
        self._session.flush()

    def of_project(self, project_id: int, limit: int, offset: int) -> list[Tombstone]:
        """Return a project's tombstones, newest first."""
        query = select(Tombstone).where(Tombstone.project_id == project_id).order_by(Tombstone.id.desc()).limit(limit).offset(offset)
        return list(self._session.scalars(query))

    def one(self, organization_id: int, project_id: int, tombstone_id: int) -> Tombstone | None:
        """Return the tombstone with this id if it belongs to the project and organization."""
        query = select(Tombstone).join(Project, Project.id == Tombstone.project_id)
        query = query.where(Project.organization_id == organization_id, Project.id == project_id, Tombstone.id == tombstone_id)
        return self._session.scalars(query).first()

    def remove(self, ids: Sequence[int]) -> None:
        """Delete tombstones: events with their fingerprints are accepted again."""
        if ids:
            free = update(Hash).where(Hash.tombstone_id.in_(ids)).values(tombstone_id=None)
            self._session.execute(free, execution_options={"synchronize_session": False})
            self._session.execute(delete(Tombstone).where(Tombstone.id.in_(ids)), execution_options={"synchronize_session": False})

    def remove_of_issues(self, issue_ids: Sequence[int]) -> None:
        """Delete the tombstones of these issues."""
        self._session.flush()
        self.remove(list(self._session.scalars(select(Tombstone.id).where(Tombstone.previous_issue_id.in_(issue_ids)))))


class PersonalStore:
    """Seen marks, bookmarks and shares."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def mark_seen(self, issue_ids: Sequence[int], user_id: int, at: datetime) -> None:
        """Store that the user has seen these issues."""
        rows = [{"issue_id": issue_id, "user_id": user_id, "seen_at": at} for issue_id in issue_ids]
        upsert(self._session, Seen, rows, {"seen_at": at})

    def mark_unseen(self, issue_ids: Sequence[int], user_id: int) -> None:
        """Store that the user has not seen these issues."""
        self._session.execute(delete(Seen).where(Seen.issue_id.in_(issue_ids), Seen.user_id == user_id))

    def bookmark(self, issue_ids: Sequence[int], user_id: int, at: datetime) -> None:
        """Bookmark the issues for the user; existing bookmarks stay."""
        upsert(self._session, Bookmark, [{"issue_id": issue_id, "user_id": user_id, "added_at": at} for issue_id in issue_ids])

    def unbookmark(self, issue_ids: Sequence[int], user_id: int) -> None:
        """Remove the user's bookmarks on these issues."""
        self._session.execute(delete(Bookmark).where(Bookmark.issue_id.in_(issue_ids), Bookmark.user_id == user_id))

    def of(self, issue_ids: Sequence[int], user_id: int) -> dict[int, tuple[bool, bool, Subscription | None]]:
        """Return the seen mark, bookmark and subscription of the user for each of these issues."""
        seen = set(self._session.scalars(select(Seen.issue_id).where(Seen.issue_id.in_(issue_ids), Seen.user_id == user_id)))
        marked = set(self._session.scalars(select(Bookmark.issue_id).where(Bookmark.issue_id.in_(issue_ids), Bookmark.user_id == user_id)))
        query = select(Subscription).where(Subscription.issue_id.in_(issue_ids), Subscription.user_id == user_id)
        subscribed = {row.issue_id: row for row in self._session.scalars(query)}
        return {issue_id: (issue_id in seen, issue_id in marked, subscribed.get(issue_id)) for issue_id in issue_ids}

    def shared_as(self, share_id: str) -> tuple[int, int] | None:
        """Return the organization and the issue of a share link."""
        query = select(Project.organization_id, Issue.id).join(Issue, Issue.project_id == Project.id).join(Share, Share.issue_id == Issue.id)
        row = self._session.execute(query.where(Share.uuid == share_id)).first()
        return (row[0], row[1]) if row else None
