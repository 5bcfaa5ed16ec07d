"""Issues: found, locked in the order of their ids, and counted up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.models import Hash, Issue, Project, Purged, Redirect
from core.requests import ByIds
from core.types import Status, parse_short_id, short_id

Column = InstrumentedAttribute[int]
_MOST_DIGITS = 18


class Issues:
    """The issues of all organisations; every question names the organisation it is asked for (P13)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def locked(self, organisation_id: int, selection: ByIds, statuses: Sequence[Status]) -> list[Issue]:
        """The selected issues of these statuses, in the order of their ids, which is also the order of the locks: no two requests
        can wait for each other.
        """
        query = _selected(organisation_id, selection.ids).where(Issue.status.in_(statuses))
        if selection.project_id is not None:
            query = query.where(Issue.project_id == selection.project_id)
        return list(self._session.scalars(query.order_by(Issue.id).with_for_update(of=Issue)))

    def relock(self, ids: Sequence[int]) -> list[Issue]:
        """These issues, locked, as they are now."""
        query = select(Issue).where(Issue.id.in_(ids)).order_by(Issue.id).with_for_update().execution_options(populate_existing=True)
        return list(self._session.scalars(query))

    def one(self, organisation_id: int, name: int | str) -> tuple[Issue, Project] | None:
        """The issue of that number or short id, whatever its status, with its project; of a merged one its primary."""
        name = self.primaries(organisation_id, (name,)).get(str(name).upper(), name)
        row = self._session.execute(_selected(organisation_id, (name,)).with_only_columns(Issue, Project)).first()
        return (row[0], row[1]) if row else None

    def primaries(self, organisation_id: int, ids: Sequence[int | str]) -> dict[str, int]:
        """Where the names of merged issues lead: the primary's number by each of a merged one's names, in capitals."""
        query = select(Redirect, Project.slug).join(Project, Project.id == Redirect.project_id).where(Project.organisation_id == organisation_id)
        rows = self._session.execute(query.where(_named(ids, Redirect.previous_id, Redirect.number)))
        return {name: row.issue_id for row, slug in rows for name in (str(row.previous_id), short_id(slug, row.number))}

    def is_purged(self, organisation_id: int, name: int | str) -> bool:
        """Whether the issue of that number or short id was here and is gone for good."""
        query = select(Purged.issue_id).join(Project, Project.id == Purged.project_id).where(Project.organisation_id == organisation_id)
        return self._session.scalars(query.where(_named((name,), Purged.issue_id, Purged.number))).first() is not None

    def named(self, organisation_id: int, ids: Sequence[int | str]) -> list[tuple[Issue, str]]:
        """The issues named, whatever their status, each with its project's slug."""
        rows = self._session.execute(_selected(organisation_id, ids).with_only_columns(Issue, Project.slug))
        return [(row[0], row[1]) for row in rows]

    def short_id(self, issue_id: int) -> str:
        """The id people say, such as ``SHOP-1F``."""
        query = select(Project.slug, Issue.number).join(Issue, Issue.project_id == Project.id).where(Issue.id == issue_id)
        slug, number = self._session.execute(query).one()
        return short_id(slug, number)

    def hashes(self, ids: Sequence[int]) -> dict[int, list[Hash]]:
        """The fingerprints of these issues, by issue id."""
        found: dict[int, list[Hash]] = {}
        for row in self._session.scalars(select(Hash).where(Hash.issue_id.in_(ids))):
            found.setdefault(row.issue_id or 0, []).append(row)
        return found

    def free_hashes(self, wanted: dict[int, set[str]]) -> list[Hash]:
        """Of the fingerprints wanted by project id, those that no issue has now."""
        if not wanted:
            return []
        ours = or_(*(and_(Hash.project_id == project_id, Hash.hash.in_(hashes)) for project_id, hashes in wanted.items()))
        return list(self._session.scalars(select(Hash).where(ours, Hash.issue_id.is_(None), Hash.tombstone_id.is_(None)).with_for_update()))


def _selected(organisation_id: int, ids: Sequence[int | str]) -> Select[Issue]:
    return select(Issue).join(Project, Project.id == Issue.project_id).where(Project.organisation_id == organisation_id, _named(ids))


def _named(ids: Sequence[int | str], issue_id: Column = Issue.id, number: Column = Issue.number) -> ColumnElement[bool]:
    numbers = [int(name) for name in ids if _is_number(str(name))]
    by_slug: dict[str, list[int]] = {}
    for name in ids:
        if not _is_number(str(name)) and (parsed := parse_short_id(str(name))):
            by_slug.setdefault(parsed[0], []).append(parsed[1])
    by_short_id = (and_(Project.slug == slug, number.in_(wanted)) for slug, wanted in by_slug.items())
    return or_(issue_id.in_(numbers), *by_short_id)


def _is_number(name: str) -> bool:
    # Beyond 18 digits no database has a number; the text may still be a short id of digits only.
    return name.isascii() and name.isdecimal() and len(name) <= _MOST_DIGITS
