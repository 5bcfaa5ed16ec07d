"""Who searches, and which page of the results they want."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.errors import Invalid

_CURSOR = re.compile(r"(-?[0-9]{1,18}):([0-9]{1,18}):([01])")
_MAX_SHOWN_CHARS = 80


@dataclass(frozen=True)
class Searcher:
    """Who searches, and when.

    Results are limited to the organization, and to ``project_ids`` unless that is None.
    """

    organization_id: int
    now: datetime
    user_id: int | None = None
    project_ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class PagePosition:
    """A position in a sorted list: after the issue with this sort key (times are microseconds since 1970) and id.

    ``is_backwards`` selects the page that ends there. As text it has the form of Sentry's cursors.
    """

    key: int
    id: int
    is_backwards: bool = False

    @classmethod
    def parse(cls, cursor: str) -> PagePosition:
        """Parse the output of ``str``. Raises Invalid."""
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
    """Which page of a list: at most ``limit`` issues from ``place`` on, or from the top."""

    limit: int = 100
    place: PagePosition | None = None


@dataclass(frozen=True)
class Found:
    """One page of results.

    An expensive search examines a limited number of issues per page. Such a page may be short or even empty; ``next`` still leads on.
    """

    ids: tuple[int, ...]
    next: PagePosition | None
    previous: PagePosition | None
