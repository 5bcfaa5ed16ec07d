"""What a query consists of: frozen values that select issues."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from core.types import Status, Substatus

Operator = Literal["=", ">", ">=", "<", "<="]


class Sort(StrEnum):
    """The order of search results: last seen, first seen, most events, most users, or highest priority first."""

    DATE = "date"
    NEW = "new"
    FREQ = "freq"
    USER = "user"
    PRIORITY = "priority"


@dataclass(frozen=True)
class Pattern:
    """A text with wildcards: ``parts`` are the texts between the ``*``. A single part is a text without wildcards."""

    parts: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether it contains no ``*``."""
        return len(self.parts) == 1

    @property
    def is_anything(self) -> bool:
        """Whether it consists only of ``*``."""
        return not self.is_exact and not any(self.parts)

    def fits(self, text: str) -> bool:
        """Return whether the text contains the parts in this order, ignoring case. Takes linear time, however many wildcards there are."""
        text, (first, *others) = text.lower(), [part.lower() for part in self.parts]
        if not others or not text.startswith(first):
            return text == first
        at = len(first)
        for part in others[:-1]:
            # Take the leftmost match: it leaves the most room for the remaining parts.
            at = text.find(part, at) + len(part)
            if at < len(part):
                return False
        return text.endswith(others[-1]) and at + len(others[-1]) <= len(text)


ANYTHING = Pattern(("", ""))


@dataclass(frozen=True)
class Who:
    """A person or team: ``me``, ``my_teams``, ``anyone``, or a ``team`` or ``user`` by name."""

    kind: Literal["me", "my_teams", "anyone", "team", "user"]
    name: str = ""


@dataclass(frozen=True)
class Standing:
    """Issues with a status and, if given, a substatus."""

    status: Status
    substatus: Substatus | None = None


@dataclass(frozen=True)
class Waiting:
    """Issues that wait for review."""


@dataclass(frozen=True)
class Assigned:
    """Issues that are assigned."""

    who: Who


@dataclass(frozen=True)
class Bookmarked:
    """Issues that somebody has bookmarked."""

    who: Who


@dataclass(frozen=True)
class Number:
    """Issues selected by a numeric field."""

    field: Literal["level", "priority", "times_seen", "users_seen"]
    operator: Operator
    value: int


@dataclass(frozen=True)
class When:
    """Issues selected by a time field; a ``timedelta`` means that long before the search."""

    field: Literal["first_seen_at", "last_seen_at"]
    operator: Operator
    moment: datetime | timedelta


@dataclass(frozen=True)
class SeenWithin:
    """Issues with an event in a time, as far as the counts tell: to the hour, and to the day where hours are not kept any more.

    ``hours_since`` is the time from which counts by the hour are kept. No query spells this.
    """

    since: datetime
    until: datetime
    hours_since: datetime


@dataclass(frozen=True)
class NamedIssue:
    """The issue with this id, or with this project slug and number."""

    name: int | tuple[str, int]


@dataclass(frozen=True)
class InProject:
    """Issues of a project, or of all projects whose slug matches."""

    slug: Pattern


@dataclass(frozen=True)
class SeenInRelease:
    """Issues seen in a release."""

    version: Pattern


@dataclass(frozen=True)
class InLatestRelease:
    """Issues seen in the newest release of their project."""


@dataclass(frozen=True)
class FirstRelease:
    """Issues whose first release matches; None means the newest release of their project."""

    version: Pattern | None


@dataclass(frozen=True)
class Hit:
    """Issues that affected a user of the monitored program: ``id:42``, ``email:ada@example.com``, ``username:ada`` or ``ip:192.0.2.1``."""

    person: Pattern


@dataclass(frozen=True)
class Tagged:
    """Issues that had an event with this tag. The environment is a tag too."""

    key: str
    value: Pattern


@dataclass(frozen=True)
class OnPlatform:
    """Issues of programs on this platform (language)."""

    platform: Pattern


@dataclass(frozen=True)
class Says:
    """Issues with this text in at least one of the fields, ignoring case."""

    fields: tuple[Literal["title", "culprit", "message"], ...]
    text: Pattern


@dataclass(frozen=True)
class HasText:
    """Issues in which this field is not empty."""

    field: Literal["culprit", "message"]


@dataclass(frozen=True)
class Not:
    """The issues for which a term does not hold."""

    term: Term


@dataclass(frozen=True)
class OneOf:
    """The issues for which at least one term holds."""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class AllOf:
    """The issues for which all terms hold."""

    terms: tuple[Term, ...]


Term = (
    Standing | Waiting | Assigned | Bookmarked | Number | When | SeenWithin | NamedIssue | InProject | SeenInRelease | InLatestRelease | FirstRelease
    | Hit | Tagged | OnPlatform | Says | HasText | Not | OneOf | AllOf
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A parsed query: all terms must hold. Without terms it selects every issue that is open to triage.

    ``is_narrow`` means that at least one term is not negated. Bulk deletes require it.
    """

    terms: tuple[Term, ...] = ()
    sort: Sort = Sort.DATE
    is_narrow: bool = field(default=False, compare=False)

    @property
    def is_personal(self) -> bool:
        """Return whether the result depends on private data: somebody's bookmarks. Assignments are not private."""
        return any(_is_personal(term) for term in self.terms)


def _is_personal(term: Term) -> bool:
    match term:
        case Not(inner):
            return _is_personal(inner)
        case OneOf(terms) | AllOf(terms):
            return any(_is_personal(part) for part in terms)
        case _:
            return isinstance(term, Bookmarked)
