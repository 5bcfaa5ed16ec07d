"""Searches as SQL: pages in an order that stays, and ids in chunks for changes of many.

How a page stays fast among a million issues:

* A page is read along an index. Issues of one project and status are sorted in ``ix_issues_listed``; what a search wants of several is
  merged (``lanes``). The index also holds what terms ask most, so passing over an issue that does not fit costs a microsecond or less.
* Where a term finds few issues by an index of its own (my issues, a rare tag), those are looked at instead (``few``).
* Everything else, such as free text, is looked for in at most ``MAX_SCANNED_ISSUES`` issues a page; the next page goes on from there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.models import Issue
from core.db.search.conditions import SearchConditions
from core.db.search.order import SearchOrder
from core.search import Found, PageOf, Query, Searcher, Sort

MAX_SCANNED_ISSUES = 20_000
"""Number of issues scanned per page if a term is expensive."""

Condition = ColumnElement[bool]

_ORDERS: dict[Sort, InstrumentedAttribute[Any]] = {
    Sort.DATE: Issue.last_seen_at,
    Sort.NEW: Issue.first_seen_at,
    Sort.FREQ: Issue.times_seen,
    Sort.USER: Issue.users_seen,
    Sort.PRIORITY: Issue.priority,
}
"""The sort key of each order, descending; on a tie the newer issue comes first."""


class SearchStore:
    """Finds issues that are open to triage.

    Raises UnknownName or UnknownUser for unknown names in a query; BadQuery for ``me`` without a user and for unknown keys.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def where(self, query: Query, searcher: Searcher, *, is_known: bool = False) -> Condition:
        """Return the query as a condition on ``Issue``, limited to the searcher's organization.

        ``is_known`` means that the keys were checked when the query was saved. A tag that has disappeared since matches nothing and is not refused.
        """
        return SearchConditions(self._session, query, searcher, is_known=is_known).where()

    def refuse_unknown(self, query: Query, searcher: Searcher) -> None:
        """Refuse a query with unknown keys and names. Raises as the class says."""
        SearchConditions(self._session, query, searcher)

    def page(self, query: Query, searcher: Searcher, page: PageOf) -> Found:
        """Return a page in the order of the query.

        Pages start at positions, not at offsets. An issue that moves meanwhile may appear twice or not at all; all others appear exactly once.
        """
        reading = SearchConditions(self._session, query, searcher)
        order = SearchOrder(_ORDERS[query.sort], page.place)
        if not reading.lanes:
            return order.found([], page.limit)
        rows = self._session.execute(self._candidates(reading, order, page.limit + 1)).all()
        return order.found([(row.key, row.id) for row in rows], page.limit)

    def ids_after(self, query: Query, searcher: Searcher, after_id: int, limit: int) -> list[int]:
        """Return matching ids above ``after_id``, ascending: chunks for bulk changes.

        Scans all issues if the query is not selective, once over all chunks. Checks the keys only for the first chunk, because that chunk may
        delete the last issue with a tag.
        """
        reading = SearchConditions(self._session, query, searcher, is_known=after_id > 0)
        found = select(Issue.id).where(*reading.reach_beside(), *reading.few(), *reading.conditions, Issue.id > after_id)
        return list(self._session.scalars(found.order_by(Issue.id).limit(limit)))

    def _candidates(self, reading: SearchConditions, order: SearchOrder, limit: int) -> Select[Any] | CompoundSelect[Any]:
        if few := reading.few():
            found = select(Issue.id, order.key).where(*reading.reach_beside(), *few, *reading.conditions, *order.start())
            return found.order_by(*order.by).limit(limit)
        if reading.is_costly:
            ahead = reading.along(order, [*reading.cheap, *order.start()], MAX_SCANNED_ISSUES)
            last = self._session.execute(ahead.limit(1).offset(MAX_SCANNED_ISSUES - 1)).first()
            order.horizon = order.place_of(last.key, last.id) if last else None
        return reading.along(order, [*reading.conditions, *order.start(), *order.end()], limit)
