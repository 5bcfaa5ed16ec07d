"""Parse which stored events a request is about, and find them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from bot.api.fields import shown, word
from bot.api.reading.lookups import unknown_names
from bot.api.reading.pages import PageParameters
from bot.api.reading.periods import PeriodParameters
from core.bootstrap import Core
from core.errors import Invalid, UnknownName
from core.events.stored import EventScope, EventSearch, EventsFound
from core.search import Sort, parse

_ORDERS = {"": False, "-timestamp": False, "timestamp": True}


class EventParameters(PeriodParameters):
    """The query parameters that choose events."""

    query: str = Field("", description="A search, such as `level:error release:1.2.* user.email:ada@example.com`, or a tag.")
    environment: list[str] = Field([], description="Only events of this environment; may be repeated.")


class EventListParameters(PageParameters, EventParameters):
    """The query parameters of a list of events."""

    sort: str = Field("", description="`-timestamp` (newest first) or `timestamp`.")


def search_of(organization_id: int, parameters: EventParameters, scope: EventScope, now: datetime, *, is_oldest_first: bool) -> EventSearch:
    """Return the search for the events of a scope that the parameters choose. Raises Invalid or BadQuery."""
    environments = tuple(word("environment", name, "production") for name in parameters.environment if name)
    narrowed = EventScope(scope.issue_id, scope.project_ids, parameters.period(now), environments)
    query = parse(parameters.query)
    if query.sort is not Sort.DATE:
        raise Invalid("query", "Events have no such order; leave sort: out, and give the parameter sort: -timestamp or timestamp.")
    return EventSearch(organization_id, narrowed, query, is_oldest_first)


def order_of(field: str, sort: str) -> bool:
    """Return whether this order begins with the oldest event. Raises Invalid under the parameter's name."""
    if sort not in _ORDERS:
        raise Invalid(field, f"{shown(sort)} is no order of events; say -timestamp or timestamp.")
    return _ORDERS[sort]


def found(core: Core, search: EventSearch, limit: int, offset: int) -> EventsFound:
    """Return a page of a search. Raises Refusal for an unknown name in the query, because the path itself exists; and as the search does."""
    with unknown_names():
        return core.stored_events.find(search, limit, offset)


def event_id(text: str) -> str:
    """Return an event id as it is stored, without hyphens. Raises UnknownName for what cannot be one."""
    bare = text.replace("-", "").lower()
    if len(bare) != 32 or not bare.isascii() or not bare.isalnum():
        raise UnknownName(kind="event", name=ascii(text[:40]))
    return bare
