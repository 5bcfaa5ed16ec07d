"""What a query is made of: frozen values that say which issues are meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from core.types import Status, Substatus


class Sort(StrEnum):
    """In which order a search shows issues: seen last, born last, most events, most users, or most urgent first."""

    DATE = "date"
    NEW = "new"
    FREQ = "freq"
    USER = "user"
    PRIORITY = "priority"


@dataclass(frozen=True)
class Pattern:
    """A text with gaps: the parts are what stands between the ``*``; a single part is a text without any."""

    parts: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether there is no ``*`` in it."""
        return len(self.parts) == 1

    @property
    def is_anything(self) -> bool:
        """Whether it is nothing but ``*``."""
        return not self.is_exact and not any(self.parts)

    def fits(self, text: str) -> bool:
        """Whether a text has these parts in this order, in any case. Takes time in proportion to the text, however many gaps there are."""
        text, (first, *others) = text.lower(), [part.lower() for part in self.parts]
        if not others or not text.startswith(first):
            return text == first
        at = len(first)
        for part in others[:-1]:
            # The leftmost place is as good as any: it leaves the most room to the parts that follow.
            at = text.find(part, at) + len(part)
            if at < len(part):
                return False
        return text.endswith(others[-1]) and at + len(others[-1]) <= len(text)


ANYTHING = Pattern(("", ""))


@dataclass(frozen=True)
class Who:
    """A person or a team: ``me``, ``my_teams``, ``anyone``, or a ``team`` or ``user`` by name."""

    kind: Literal["me", "my_teams", "anyone", "team", "user"]
    name: str = ""


@dataclass(frozen=True)
class Standing:
    """Issues of a status and, where one is given, of a substatus."""

    status: Status
    substatus: Substatus | None = None


@dataclass(frozen=True)
class Waiting:
    """Issues that wait for review."""


@dataclass(frozen=True)
class Assigned:
    """Issues that somebody looks after."""

    who: Who


@dataclass(frozen=True)
class Bookmarked:
    """Issues that somebody wants to find again."""

    who: Who


@dataclass(frozen=True)
class Number:
    """Issues by a number that they have."""

    field: Literal["level", "priority", "times_seen", "users_seen"]
    operator: Operator
    value: int


@dataclass(frozen=True)
class When:
    """Issues by a time; a ``timedelta`` is that long ago when the search is made."""

    field: Literal["first_seen_at", "last_seen_at"]
    operator: Operator
    moment: datetime | timedelta


@dataclass(frozen=True)
class NamedIssue:
    """The issue of that number, or of that project slug and number in its project."""

    name: int | tuple[str, int]


@dataclass(frozen=True)
class InProject:
    """Issues of a project, or of all whose slug fits."""

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
    """Issues whose first release fits; None for the newest release of their project."""

    version: Pattern | None


@dataclass(frozen=True)
class Hit:
    """Issues that hit a user of the program. One is known as ``id:42``, ``email:ada@example.com``, ``username:ada`` or ``ip:192.0.2.1``."""

    person: Pattern


@dataclass(frozen=True)
class Tagged:
    """Issues that had an event with this tag. The environment is a tag of that name."""

    key: str
    value: Pattern


@dataclass(frozen=True)
class OnPlatform:
    """Issues of programs in that language."""

    platform: Pattern


@dataclass(frozen=True)
class Says:
    """Issues with this text somewhere in one of these fields, in any case."""

    fields: tuple[Literal["title", "culprit", "message"], ...]
    text: Pattern


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


Operator = Literal["=", ">", ">=", "<", "<="]
Term = (
    Standing | Waiting | Assigned | Bookmarked | Number | When | NamedIssue | InProject | SeenInRelease | InLatestRelease | FirstRelease | Hit
    | Tagged | OnPlatform | Says | Not | OneOf | AllOf
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """What is searched: all terms must hold. Without any it is every issue that is open to triage.

    ``is_narrow``: at least one term says what is meant, rather than what is not. What destroys is never done to the rest of everything.
    """

    terms: tuple[Term, ...] = ()
    sort: Sort = Sort.DATE
    is_narrow: bool = field(default=False, compare=False)

    @property
    def is_personal(self) -> bool:
        """Whether it tells what somebody keeps for themselves: their bookmarks. Who looks after an issue, everybody may know."""
        return any(_is_personal(term) for term in self.terms)


def _is_personal(term: Term) -> bool:
    match term:
        case Not(inner):
            return _is_personal(inner)
        case OneOf(terms) | AllOf(terms):
            return any(_is_personal(part) for part in terms)
        case _:
            return isinstance(term, Bookmarked)
