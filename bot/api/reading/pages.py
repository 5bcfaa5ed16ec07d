"""Pages of a list, with the ``Link`` header in Sentry's form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.fields import shown, whole_number
from core.errors import Invalid
from core.types import JSON

T = TypeVar("T")

MAX_PAGE_ITEMS = 100
"""The items on a page by default, and the maximum."""
_MAX_OFFSET = 10**9


class PageParameters(BaseModel):
    """The query parameters that choose a page of a list."""

    cursor: str = Field("", description="From the `Link` header of the page before.")
    limit: int = Field(MAX_PAGE_ITEMS, ge=1, description=f"Items on a page; {MAX_PAGE_ITEMS} at most, and more means {MAX_PAGE_ITEMS}.")
    per_page: int = Field(MAX_PAGE_ITEMS, ge=1, description="The same by its other name; the smaller one counts.")

    @property
    def length(self) -> int:
        """Return the number of items on the page."""
        return min(self.limit, self.per_page, MAX_PAGE_ITEMS)

    @property
    def page(self) -> ListPage:
        """Return the page for a cursor that counts. Raises Invalid."""
        return ListPage.parse(self.cursor, self.length)


class NamedPageParameters(PageParameters):
    """The query parameters of a list of what has a name."""

    query: str = Field("", description="Part of the name, in any case.")

    def fits(self, name: str) -> bool:
        """Return whether this is one of those that are looked for."""
        return self.query.lower() in name.lower()


@dataclass(frozen=True)
class ListPage:
    """The start and the length of a page. To learn whether another page follows, read ``one_more`` items."""

    offset: int
    limit: int

    @classmethod
    def parse(cls, cursor: str, limit: int) -> ListPage:
        """Parse ``value:offset:is_previous``; only the offset matters: the page begins there. Raises Invalid."""
        parts = cursor.split(":")
        offset = whole_number(parts[1]) if len(parts) == 3 else None
        if cursor and (offset is None or offset > _MAX_OFFSET):
            raise Invalid("cursor", f"{shown(cursor)} is not a cursor; take it from the Link header of the page before. Example: 0:100:0")
        return cls(offset or 0, limit)

    @property
    def one_more(self) -> int:
        """Return how many items to read."""
        return self.limit + 1

    def of(self, everything: Sequence[T]) -> Sequence[T]:
        """Return this page of a complete list, and one more item if there is one."""
        return everything[self.offset : self.offset + self.one_more]

    def cursors(self, found: int) -> tuple[str | None, str | None]:
        """Return the cursors of the pages before and after; ``found`` is how many of the ``one_more`` items exist."""
        before = f"0:{max(self.offset - self.limit, 0)}:1" if self.offset else None
        return before, f"0:{self.offset + self.limit}:0" if found > self.limit else None

    def link_to(self, address: str, query: Sequence[tuple[str, str]], next_offset: int | None) -> str:
        """Return the ``Link`` header of a page after which the list goes on at this offset, or ends."""
        before, _ = self.cursors(0)
        return link(address, query, before, None if next_offset is None else f"0:{next_offset}:0")

    def link(self, address: str, query: Sequence[tuple[str, str]], found: int) -> str:
        """Return the ``Link`` header of a page for which this many items were found."""
        return link(address, query, *self.cursors(found))


def paged(request: Request, links_begin_with: str, page: ListPage, found: Sequence[JSON]) -> JSONResponse:
    """Return a page of ``one_more`` items, with its ``Link`` header."""
    link_header = page.link(address_of(request, links_begin_with), request.query_params.multi_items(), len(found))
    return JSONResponse(list(found[: page.limit]), headers={"Link": link_header})


def address_of(request: Request, links_begin_with: str) -> str:
    """Return the address of a request without its query, as links begin."""
    return f"{links_begin_with}{quote(request.scope['path'])}"


def link(address: str, query: Sequence[tuple[str, str]], before: str | None, after: str | None) -> str:
    """Return the ``Link`` header with the cursors of the pages before and after, where they exist."""
    kept = [(name, value) for name, value in query if name != "cursor"]
    directions = (("previous", before, "0:0:1"), ("next", after, "0:0:0"))
    return ", ".join(_link(f"{address}?{urlencode([*kept, ('cursor', cursor or none)])}", rel, cursor, none) for rel, cursor, none in directions)


def _link(url: str, rel: str, cursor: str | None, none: str) -> str:
    return f'<{url}>; rel="{rel}"; results="{str(cursor is not None).lower()}"; cursor="{cursor or none}"'
