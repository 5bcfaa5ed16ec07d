"""The sort order of a search: along a sort key, from a position on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, asc, desc, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.db.columns import BigInt
from core.db.models import Issue
from core.search import Found, PagePosition

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


Condition = ColumnElement[bool]


class SearchOrder:
    """A direction along a sort key, from a position on, up to an optional horizon."""

    def __init__(self, column: InstrumentedAttribute[Any], place: PagePosition | None) -> None:
        self._column, self._place = column, place
        self._is_backwards = place is not None and place.is_backwards
        self.key = column.label("key")
        towards = asc if self._is_backwards else desc
        self.by: tuple[ColumnElement[Any], ...] = (towards("key"), towards("id"))
        self.horizon: PagePosition | None = None

    def start(self) -> list[Condition]:
        """Return the condition for issues after the position."""
        if self._place is None:
            return []
        here, there = self._sides(self._place)
        return [here > there if self._is_backwards else here < there]

    def end(self) -> list[Condition]:
        """Return the condition for issues up to the horizon."""
        if self.horizon is None:
            return []
        here, there = self._sides(self.horizon)
        return [here <= there if self._is_backwards else here >= there]

    def place_of(self, key: datetime | int, id_: int) -> PagePosition:
        """Return the position after an issue, in this direction."""
        return PagePosition((key - _EPOCH) // _MICROSECOND if isinstance(key, datetime) else key, id_, self._is_backwards)

    def found(self, rows: Sequence[tuple[datetime | int, int]], limit: int) -> Found:
        """Build the page from rows. The rows include one more than the limit if there is a next page."""
        shown = [self.place_of(*row) for row in rows[:limit]]
        onward = shown[-1] if len(rows) > limit else self.horizon
        # A previous page exists unless this page starts at the end of the list. It ends before the first issue or the position.
        back = (shown[0] if shown else self._place) if self._place else None
        back = back and PagePosition(back.key, back.id, not self._is_backwards)
        ids = tuple(place.id for place in shown)
        return Found(ids[::-1], back, onward) if self._is_backwards else Found(ids, onward, back)

    def _sides(self, place: PagePosition) -> tuple[Any, Any]:
        value = literal(place.key, BigInt)
        if self._column in (Issue.last_seen_at, Issue.first_seen_at):
            value = literal(_EPOCH + max(min(place.key, _LATEST), 0) * _MICROSECOND, self._column.type)
        return tuple_(self._column, Issue.id), tuple_(value, literal(place.id, BigInt))
