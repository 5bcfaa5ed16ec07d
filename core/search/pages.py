"""For whom a search is made, and which part of what it finds is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.errors import Invalid

_CURSOR = re.compile(r"(-?[0-9]{1,18}):([0-9]{1,18}):([01])")
_MAX_SHOWN_CHARS = 80


@dataclass(frozen=True)
class Searcher:
    """For whom and when a search is made. Nothing of another organization is ever found; of these projects only, or of all where None."""

    organization_id: int
    now: datetime
    user_id: int | None = None
    project_ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class PagePosition:
    """Between two issues in a sorted list: behind the one with this sort key (a time is in microseconds since 1970) and id.

    ``is_backwards`` is for the page that ends there. As text it has the form of Sentry's cursors.
    """

    key: int
    id: int
    is_backwards: bool = False

    @classmethod
    def parse(cls, cursor: str) -> PagePosition:
        """Reads what ``str`` wrote. Raises Invalid."""
        match = _CURSOR.fullmatch(cursor)
        if match is None:
            raise Invalid(
                "cursor", f"{cursor[:_MAX_SHOWN_CHARS]} is not a cursor; take it from the page before. Example: {PagePosition(1795435200000000, 42)}"
            )
        return cls(int(match[1]), int(match[2]), match[3] == "1")

    def __str__(self) -> str:
        return f"{self.key}:{self.id}:{int(self.is_backwards)}"


@dataclass(frozen=True)
class PageOf:
    """Which page of a list: so many issues from that place on, or from the top."""

    limit: int = 100
    place: PagePosition | None = None


@dataclass(frozen=True)
class Found:
    """A page. A search that is costly looks at a bounded number of issues for each page: then a page may be short, even empty, and
    ``next`` still leads on.
    """

    ids: tuple[int, ...]
    next: PagePosition | None
    previous: PagePosition | None
