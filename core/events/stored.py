"""Find stored events: of an issue, of projects, by a query, by their ids and by their fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from core.db.database import Database
from core.db.events import EventScope
from core.db.unit_of_work import UnitOfWork
from core.errors import UnknownName
from core.search import SEARCH_SECONDS, Query, Searcher
from core.search.event_filter import EventFilter, SearchedEvent, named_issues, without_event_keys
from core.types import short_id
from core.views import EventView

__all__ = ["MAX_SCANNED_EVENTS", "EventScope", "EventSearch", "EventsFound", "StoredEvents"]

MAX_SCANNED_EVENTS = 1_000
"""The most events that a query looks at for one page. Such a page may be short or even empty; the next one goes on from there."""
_CHUNK_EVENTS = 100


@dataclass(frozen=True)
class EventSearch:
    """Which events somebody of an organization looks for. The ids in ``scope`` must come from a question that named the organization."""

    organization_id: int
    scope: EventScope
    query: Query = field(default_factory=Query)
    is_oldest_first: bool = False


@dataclass(frozen=True)
class EventsFound:
    """A page of events, and the offset of the next page; None on the last page."""

    events: list[EventView]
    next_offset: int | None


@dataclass(frozen=True)
class StoredEvents:
    """Read-only questions about events, as long as they are kept."""

    database: Database
    clock: Callable[[], datetime]
    search_seconds: float = SEARCH_SECONDS
    """The time limit of the statements of one search, in seconds."""

    def find(self, search: EventSearch, limit: int, offset: int = 0) -> EventsFound:
        """Return a page of events. Raises BadQuery, UnknownName or TooSlow."""
        with self.database.read(self.search_seconds) as work:
            if not search.query.terms:
                rows = work.events.page(search.scope, limit + 1, offset, is_oldest_first=search.is_oldest_first)
                return EventsFound(rows[:limit], offset + limit if len(rows) > limit else None)
            return _Scan(work, search, self.clock()).page(limit, offset)

    def one(self, project_id: int, event_id: str) -> EventView:
        """Return an event of a project. Raises UnknownName."""
        with self.database.read() as work:
            return _require_event(work.events.one(project_id, event_id), event_id)

    def in_organization(self, organization_id: int, event_id: str) -> EventView:
        """Return the newest event with this id in any project of the organization. Raises UnknownName."""
        with self.database.read() as work:
            return _require_event(work.events.in_organization(organization_id, event_id), event_id)

    def newest_by_hash(self, issue_id: int, hashes: Collection[str]) -> dict[str, EventView]:
        """Return the newest stored event of each of an issue's fingerprints. The id must come from a question that named the organization."""
        with self.database.read() as work:
            return work.events.newest_by_hash(issue_id, hashes)


@dataclass(frozen=True)
class _Scan:
    """A look through the events of a scope for those that fit a query."""

    work: UnitOfWork
    search: EventSearch
    now: datetime

    def page(self, limit: int, offset: int) -> EventsFound:
        found: list[EventView] = []
        self._refuse_unknown()
        for position, event in self._ahead(offset):
            if self._filter.fits(SearchedEvent(event, self._slugs[event.project_id])):
                found.append(event)
            if len(found) == limit or position == offset + MAX_SCANNED_EVENTS - 1:
                return EventsFound(found, position + 1)
        return EventsFound(found, None)

    def _ahead(self, offset: int) -> Iterator[tuple[int, EventView]]:
        for first in range(offset, offset + MAX_SCANNED_EVENTS, _CHUNK_EVENTS):
            rows = self.work.events.page(self.search.scope, _CHUNK_EVENTS, first, is_oldest_first=self.search.is_oldest_first)
            yield from enumerate(rows, first)
            if len(rows) < _CHUNK_EVENTS:
                return

    def _refuse_unknown(self) -> None:
        """Refuse terms about issues first, then keys and names that do not exist."""
        if self._filter.tests:
            searcher = Searcher(self.search.organization_id, self.now, None, self.search.scope.project_ids or None)
            self.work.search.refuse_unknown(without_event_keys(self.search.query), searcher)

    @cached_property
    def _slugs(self) -> dict[int, str]:
        return {row.id: row.slug for row in self.work.accounts.projects_of(self.search.organization_id)}

    @cached_property
    def _filter(self) -> EventFilter:
        found = {name: self._issue_id(*name) for name in named_issues(self.search.query)}
        return EventFilter(self.search.query, {name: issue_id for name, issue_id in found.items() if issue_id})

    def _issue_id(self, slug: str, number: int) -> int | None:
        found = self.work.issues.one(self.search.organization_id, short_id(slug, number))
        return found[0].id if found else None


def _require_event(event: EventView | None, event_id: str) -> EventView:
    if event is None:
        raise UnknownName(kind="event", name=event_id)
    return event
