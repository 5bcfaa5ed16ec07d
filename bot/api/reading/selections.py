"""Parse which issues a list shows or a bulk change affects: ids, or the other query parameters. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from pydantic import BaseModel, Field

from bot.api.auth import Caller
from bot.api.fields import word
from bot.api.reading.pages import PageParameters
from bot.api.reading.periods import PeriodParameters, duration
from core.errors import Invalid
from core.events.retention import HOURLY_RETENTION
from core.search import DEFAULT_QUERY, PageOf, PagePosition, Query, Searcher, Sort, parse
from core.search.terms import SeenWithin, Term, When
from core.types import Priority

IDS = "Numbers and short ids, mixed; repeat it for several. What matches nothing is left out."
STATUSES = ("unresolved", "resolved", "ignored", "archived", "muted")

_NEVER_ZERO = (Sort.DATE, Sort.NEW, Sort.PRIORITY)
"""Sort orders whose values are never 0, so a cursor that begins with 0 is one that counts."""
_MAX_OFFSET = 10_000
_SORTS = "`date` (seen last), `new`, `freq`, `user` or `priority`; also `sort:` in the query. `recommended` is that of the query, or `date`."
_RECOMMENDED = "recommended"
"""What some clients ask for if nobody asks for an order; Sentry weighs several things, here it is no order of its own."""


class SelectionParameters(BaseModel):
    """The selected issues: those with these ids, or those that a search finds."""

    ids: list[str] = Field([], alias="id", description=IDS)
    status: str | None = Field(None, description="`unresolved`, `resolved`, or `ignored` (also `archived`, `muted`).")
    query: str | None = Field(None, description="A search, such as `is:unresolved level:error`; empty for all. Left out: `is:unresolved`.")
    environment: list[str] = Field([], description="Issues seen there; repeat it for several.")
    stats_period: str | None = Field(None, alias="statsPeriod", description="Issues with an event in this last time: `24h`, `14d`, `2w`.")

    @property
    def beside_ids(self) -> list[str]:
        """Return the parameters other than ids that select issues."""
        selecting = {"status": self.status, "query": (self.query or "").strip(), "environment": self.environment, "statsPeriod": self.stats_period}
        return [name for name, value in selecting.items() if value]


class ListParameters(PageParameters, PeriodParameters, SelectionParameters):
    """The query parameters of a list."""

    sort: str | None = Field(None, description=_SORTS)

    @property
    def beside_ids(self) -> list[str]:
        """Return the parameters other than ids that select issues, the time among them."""
        times = {"start": self.start, "end": self.end}
        return [*super().beside_ids, *(name for name, value in times.items() if value)]


@dataclass(frozen=True)
class SelectionQuery:
    """A search in some projects, or in all if None. ``written`` is the query as the client wrote it."""

    text: str
    project_ids: tuple[int, ...] | None
    written: str

    @property
    def is_explicit(self) -> bool:
        """Return whether the written query selects something itself: an empty query, a sort order alone, or exclusions alone do not. Raises
        BadQuery.
        """
        return parse(self.written).is_narrow

    def asker(self, caller: Caller, now: datetime) -> Searcher:
        """Return the user for whom the search runs."""
        return Searcher(caller.organization_id, now, caller.actor.user_id if caller.actor else None, self.project_ids)


def only_ids(parameters: SelectionParameters) -> None:
    """Refuse ids combined with other selecting parameters, because the intention is unclear. Raises Invalid."""
    if beside := parameters.beside_ids:
        raise Invalid("id", f'Ids and "{beside[0]}" stand in one request; give only one of them. Nothing was changed.')


def selection_query(parameters: SelectionParameters, project_ids: tuple[int, ...] | None) -> SelectionQuery:
    """Return the search that the query parameters describe: by default, the open issues. Raises Invalid."""
    environments = [_quoted(word("environment", name, "production")) for name in parameters.environment if name]
    terms = [f"environment:[{','.join(environments)}]"] if environments else []
    if parameters.status:
        if parameters.status not in STATUSES:
            raise Invalid("status", f"There is no status of that name; say one of {', '.join(STATUSES)}.")
        terms.insert(0, f"is:{parameters.status}")
    if parameters.stats_period:
        terms.append(_within(parameters.stats_period))
    query = (parameters.query or "").strip()
    if parameters.query is None and not parameters.status:
        terms.append(DEFAULT_QUERY)
    if "\0" in query:
        raise Invalid("query", "A query cannot hold the character NUL.")
    return SelectionQuery(" ".join([*terms, query]).strip(), project_ids, query)


def query_of(text: str, sort: str | None) -> Query:
    """Return the search, in the order that the parameters or the query itself request. Raises BadQuery or Invalid."""
    query = parse(text)
    if not sort or sort == _RECOMMENDED:
        return query
    if sort not in {known.value for known in Sort}:
        raise Invalid("sort", f"There is no such order; say one of {', '.join(known.value for known in Sort)}.")
    return replace(query, sort=Sort(sort))


def within(parameters: ListParameters, now: datetime) -> tuple[Term, ...]:
    """Return the term for ``start`` and ``end``: issues with an event in that time. Raises Invalid."""
    period = parameters.period(now)
    since, until = (period.since, period.until) if parameters.start or parameters.end else (None, None)
    if since and until and until < now:
        return (SeenWithin(since, until, now - HOURLY_RETENTION),)
    # With one end alone the first or the last event decides, which is quick.
    if since:
        return (When("last_seen_at", ">=", since),)
    return (When("first_seen_at", "<=", until),) if until else ()


def page_of(cursor: str, limit: int, sort: Sort) -> tuple[PageOf, int]:
    """Return the page for a cursor (the first page without one), and how many issues on it come before the requested start. Raises Invalid.

    Our own cursors name the place where a page begins. Cursors that only count (``0:100:0``), as in Sentry, work as well.
    """
    place = PagePosition.parse(cursor) if cursor else None
    if place and place.key == 0 and sort in _NEVER_ZERO:
        if place.id > _MAX_OFFSET:
            raise Invalid("cursor", "That is too far; take the cursor from the Link header of the page before.")
        return PageOf(limit + place.id), place.id
    if place and sort is Sort.PRIORITY and not 0 <= place.key <= Priority.HIGH:
        raise Invalid("cursor", "There is no such place in a list by priority.")
    return PageOf(limit, place), 0


def _within(period: str) -> str:
    length = duration(period)
    # The query language has no seconds.
    return f"lastSeen:-{ceil(length.total_seconds() / 60)}m" if period[-1] in "sS" else f"lastSeen:-{period.lower()}"


def _quoted(value: str) -> str:
    if '"' in value or "\\" in value:
        raise Invalid("environment", "No environment has a quotation mark or a backslash in its name.")
    return '"' + value.replace("*", "\\*") + '"'
