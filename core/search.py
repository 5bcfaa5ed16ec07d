r"""The query language of searches, as Sentry's people know it: ``is:unresolved assigned:me level:[error,fatal] !release:1.* "out of memory"``.

Pure: ``parse`` makes frozen values of a text, and ``core.db.search`` makes SQL of those. All terms of a query must hold. ``!`` before a
term negates it, ``key:[a,b]`` is one or the other, ``*`` stands for any text (``\*`` for itself). A key that is not known here is a tag;
``tags[level]:x`` is the tag even where the key is known. Words without a key are looked for in title, culprit and message, in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from lark import Lark, Token, Transformer, UnexpectedInput

from core.errors import Invalid, TriageError
from core.types import Level, Priority, Status, Substatus, parse_short_id

DEFAULT = "is:unresolved"
"""What is searched where no query is given at all (D15)."""
LONGEST = 4096
MOST_TERMS = 100
_MOST_DAYS = 36_500
_LONGEST_WORD = 80


class BadQuery(TriageError):
    """I cannot search by “{word}”{why}. Example: {example}"""

    def __init__(self, word: str, example: str = "is:unresolved assigned:me", why: str = "") -> None:
        self.word = word if len(word) <= _LONGEST_WORD else f"{word[: _LONGEST_WORD - 1]}…"
        super().__init__(word=self.word, why=why and f": {why}", example=example)


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
class Named:
    """The issue of that number, or of that project slug and number in its project."""

    name: int | tuple[str, int]


@dataclass(frozen=True)
class InProject:
    """Issues of a project, or of all whose slug fits."""

    slug: Pattern


@dataclass(frozen=True)
class InRelease:
    """Issues seen in a release."""

    version: Pattern


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
Term = Standing | Waiting | Assigned | Bookmarked | Number | When | Named | InProject | InRelease | Tagged | OnPlatform | Says | Not | OneOf | AllOf


@dataclass(frozen=True)
class Query:
    """What is searched: all terms must hold. Without any it is every issue that is open to triage."""

    terms: tuple[Term, ...] = ()
    sort: Sort = Sort.DATE


@dataclass(frozen=True)
class Asker:
    """For whom and when a search is made. Nothing of another organisation is ever found; of these projects only, or of all where None."""

    organisation_id: int
    now: datetime
    user_id: int | None = None
    project_ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Place:
    """Between two issues in a sorted list: behind the one with this sort key (a time is in microseconds since 1970) and id.

    ``is_backwards`` is for the page that ends there. As text it has the form of Sentry's cursors.
    """

    key: int
    id: int
    is_backwards: bool = False

    @classmethod
    def parse(cls, cursor: str) -> Place:
        """Reads what ``str`` wrote. Raises Invalid."""
        match = _CURSOR.fullmatch(cursor)
        if match is None:
            raise Invalid("cursor", f"{cursor[:_LONGEST_WORD]} is not a cursor; take it from the page before. Example: {Place(1795435200000000, 42)}")
        return cls(int(match[1]), int(match[2]), match[3] == "1")

    def __str__(self) -> str:
        return f"{self.key}:{self.id}:{int(self.is_backwards)}"


@dataclass(frozen=True)
class PageOf:
    """Which page of a list: so many issues from that place on, or from the top."""

    limit: int = 100
    place: Place | None = None


@dataclass(frozen=True)
class Found:
    """A page. A search that is costly looks at a bounded number of issues for each page: then a page may be short, even empty, and
    ``next`` still leads on.
    """

    ids: tuple[int, ...]
    next: Place | None
    previous: Place | None


def parse(text: str) -> Query:
    """Reads a query. Raises BadQuery, which names the word and gives an example, and nothing else."""
    # No database can look for a NUL or for half a character.
    text = text.replace("\0", " ").encode(errors="replace").decode().strip()
    if len(text) > LONGEST:
        raise BadQuery(text, why=f"a query has at most {LONGEST} characters")
    try:
        raw = _Reader().transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise BadQuery(_word_at(text, error)) from None
    if sum(len(term.values) for term in raw) > MOST_TERMS:
        raise BadQuery(text, why=f"a query has at most {MOST_TERMS} terms")
    sorts = [_sort(term) for term in raw if _is_sort(term)]
    if len(sorts) > 1:
        raise BadQuery(f"sort:{sorts[1]}", "is:unresolved sort:freq", "there is one order already")
    return Query(tuple(_term(term) for term in raw if not _is_sort(term)), sorts[0] if sorts else Sort.DATE)


@dataclass(frozen=True)
class _Raw:
    """A term as it was written."""

    is_negated: bool
    key: str
    values: tuple[str, ...]

    @property
    def word(self) -> str:
        value = self.values[0] if len(self.values) == 1 else f"[{','.join(self.values)}]"
        return f"{'!' if self.is_negated else ''}{self.key}:{value}" if self.key else f"{'!' if self.is_negated else ''}{value}"


class _Reader(Transformer[Token, list[_Raw]]):
    """Only shapes what was read; what may be refused is refused outside, where lark does not wrap it."""

    def start(self, terms: list[_Raw]) -> list[_Raw]:
        return terms

    def values(self, items: list[Token]) -> tuple[str, ...]:
        return tuple(_bare(item) for item in items)

    def filter(self, parts: list[Token | tuple[str, ...]]) -> _Raw:
        *_, key, value = parts
        return _Raw(len(parts) > 2, str(key)[:-1], value if isinstance(value, tuple) and not isinstance(value, Token) else (_bare(value),))

    def text(self, parts: list[Token]) -> _Raw:
        return _Raw(len(parts) > 1, "", (str(parts[-1]) if parts[-1].type == "WORD" else _bare(parts[-1]),))


@cache
def _parser() -> Lark:
    return Lark(Path(__file__).with_name("search.lark").read_text(encoding="utf-8"), parser="lalr", lexer="contextual")


def _bare(token: Token | tuple[str, ...]) -> str:
    text = str(token)
    return text[1:-1].replace('\\"', '"') if isinstance(token, Token) and token.type == "QUOTED" else text


def _word_at(text: str, error: UnexpectedInput) -> str:
    ends = getattr(getattr(error, "token", None), "type", "") == "$END"
    position = len(text) if ends else error.pos_in_stream or 0
    words = [match[0] for match in re.finditer(r"\S+", text) if match.start() <= position]
    return words[-1] if words else text


def _term(raw: _Raw) -> Term:
    if not raw.key:
        term: Term = _free_text(raw)
    else:
        key = _KEYS.get(raw.key.lower())
        read, example = key or (None, f"{raw.key}:value")
        terms = tuple(read(value) if read else _tag(raw.key, value) for value in raw.values if value)
        unreadable = not all(raw.values) or None in terms
        if unreadable:
            raise BadQuery(raw.word, example, "" if all(raw.values) else f"there is no value; has:{raw.key} finds those that have one")
        readable = tuple(term for term in terms if term is not None)
        term = readable[0] if len(readable) == 1 else OneOf(readable)
    return Not(term) if raw.is_negated else term


def _free_text(raw: _Raw) -> Term:
    text = raw.values[0]
    if not text:
        raise BadQuery('""', '"out of memory"')
    key, colon, _ = text.lower().partition(":")
    if colon and " " not in text and key in (*_KEYS, "sort"):
        raise BadQuery(raw.word, _KEYS[key][1] if key in _KEYS else "sort:freq")
    if text == "OR":
        raise BadQuery(text, "level:[error,fatal]", "a list says the same")
    return Says(("title", "culprit", "message"), _pattern(text))


def _is_sort(raw: _Raw) -> bool:
    return raw.key.lower() == "sort"


def _sort(raw: _Raw) -> Sort:
    known = {sort.value: sort for sort in Sort}
    if raw.is_negated or len(raw.values) != 1 or raw.values[0].lower() not in known:
        raise BadQuery(raw.word, "sort:freq", f"the orders are {', '.join(known)}")
    return known[raw.values[0].lower()]


def _pattern(text: str) -> Pattern:
    return Pattern(tuple(part.replace("\\*", "*") for part in re.split(r"(?<!\\)\*+", text)))


def _is(value: str) -> Term | None:
    return _IS.get(value.lower())


def _assigned(value: str) -> Term:
    return Not(Assigned(Who("anyone"))) if value.lower() == "none" else Assigned(_who(value))


def _bookmarked(value: str) -> Term | None:
    who = _who(value)
    return Bookmarked(who) if who.kind in ("me", "user") else None


def _who(value: str) -> Who:
    match value.lower():
        case "me":
            return Who("me")
        case "my_teams":
            return Who("my_teams")
        case _:
            return Who("team", value[1:]) if value.startswith("#") else Who("user", value.removeprefix("@"))


def _number_of(field: Literal["level", "priority", "times_seen", "users_seen"], words: Mapping[str, int] | None = None) -> Read:
    def read(value: str) -> Term | None:
        operator, rest = _operator(value)
        number = (int(rest) if _DIGITS.fullmatch(rest) else None) if words is None else words.get(rest.lower())
        return None if number is None else Number(field, operator or "=", number)

    return read


def _age(value: str) -> Term | None:
    return _relative("first_seen_at", value)


def _time_of(field: Literal["first_seen_at", "last_seen_at"]) -> Read:
    def read(value: str) -> Term | None:
        return _relative(field, value) or _absolute(field, value)

    return read


def _relative(field: Literal["first_seen_at", "last_seen_at"], value: str) -> Term | None:
    match = _AGO.fullmatch(value)
    if match is None:
        return None
    ago = int(match["number"]) * _UNITS[match["unit"].lower()]
    return When(field, ">=" if match["sign"] == "-" else "<=", ago) if ago <= timedelta(days=_MOST_DAYS) else None


def _absolute(field: Literal["first_seen_at", "last_seen_at"], value: str) -> Term | None:
    operator, rest = _operator(value)
    try:
        moment = datetime.fromisoformat(rest)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        next_day = moment + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    if operator:
        return When(field, operator, moment)
    # A day without an operator is the whole day; a moment without one would be none at all.
    return AllOf((When(field, ">=", moment), When(field, "<", next_day))) if _DAY.fullmatch(rest) else None


def _operator(value: str) -> tuple[Operator | None, str]:
    for operator in _OPERATORS:
        if value.startswith(operator):
            return operator, value[len(operator) :]
    return None, value


def _named(value: str) -> Term | None:
    if _DIGITS.fullmatch(value):
        return Named(int(value))
    name = parse_short_id(value.removeprefix("#"))
    return Named(name) if name else None


def _project(value: str) -> Term:
    return InProject(_pattern(value.lower()))


def _release(value: str) -> Term:
    return InRelease(_pattern(value))


def _platform(value: str) -> Term:
    return OnPlatform(_pattern(value))


def _text_in(field: Literal["title", "culprit", "message"]) -> Read:
    def read(value: str) -> Term:
        return Says((field,), _pattern(value))

    return read


def _environment(value: str) -> Term:
    return Tagged("environment", _pattern(value))


def _tag(key: str, value: str) -> Term:
    return Tagged(key[5:-1] if key.startswith("tags[") else key, _pattern(value))


def _has(value: str) -> Term:
    match value.lower():
        case "release":
            return InRelease(ANYTHING)
        case "assignee" | "assigned":
            return Assigned(Who("anyone"))
        case _:
            return Tagged(value[5:-1] if value.startswith("tags[") else value, ANYTHING)


Read = Callable[[str], Term | None]

_OPERATORS: tuple[Operator, ...] = (">=", "<=", ">", "<", "=")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_AGO = re.compile(r"(?P<sign>[-+])(?P<number>[0-9]{1,8})(?P<unit>[mhdw])", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS = re.compile(r"[0-9]{1,18}")
_CURSOR = re.compile(r"(-?[0-9]{1,18}):([0-9]{1,18}):([01])")

_IS: Mapping[str, Term] = {
    "unresolved": Standing(Status.UNRESOLVED),
    "resolved": Standing(Status.RESOLVED),
    **dict.fromkeys(("archived", "ignored", "muted"), Standing(Status.ARCHIVED)),
    **{member.wire: Standing(Status.UNRESOLVED, member) for member in (Substatus.NEW, Substatus.ONGOING, Substatus.ESCALATING, Substatus.REGRESSED)},
    **{
        name: Standing(Status.ARCHIVED, member)
        for member in (Substatus.UNTIL_ESCALATING, Substatus.UNTIL_CONDITION_MET, Substatus.FOREVER)
        for name in (member.wire, member.name.lower())
    },
    "assigned": Assigned(Who("anyone")),
    "unassigned": Not(Assigned(Who("anyone"))),
    "for_review": Waiting(),
    "inbox": Waiting(),
    "bookmarked": Bookmarked(Who("me")),
}
_LEVELS = {level.name.lower(): int(level) for level in Level}
_PRIORITIES = {priority.name.lower(): int(priority) for priority in Priority}

_KEYS: Mapping[str, tuple[Read, str]] = {
    **dict.fromkeys(("is", "status"), (_is, "is:unresolved assigned:me")),
    **dict.fromkeys(("assigned", "assigned_to"), (_assigned, "assigned:me, assigned:ada@example.com, assigned:#payments or assigned:none")),
    **dict.fromkeys(("bookmarks", "bookmarked"), (_bookmarked, "bookmarks:me")),
    "level": (_number_of("level", _LEVELS), "level:error or level:[error,fatal]"),
    **dict.fromkeys(("priority", "issue.priority"), (_number_of("priority", _PRIORITIES), "priority:high")),
    **dict.fromkeys(("times_seen", "timesseen"), (_number_of("times_seen"), "times_seen:>100")),
    **dict.fromkeys(("users", "user_count", "users_seen"), (_number_of("users_seen"), "users:>10")),
    "age": (_age, "age:-24h (born in the last day) or age:+2d (older than two days)"),
    **dict.fromkeys(("first_seen", "firstseen"), (_time_of("first_seen_at"), "firstSeen:-24h or firstSeen:>=2026-11-23")),
    **dict.fromkeys(("last_seen", "lastseen"), (_time_of("last_seen_at"), "lastSeen:-24h or lastSeen:>=2026-11-23")),
    **dict.fromkeys(("id", "issue", "issue.id"), (_named, "issue:SHOP-1F or id:42")),
    **dict.fromkeys(("project", "project.name"), (_project, "project:shop")),
    "release": (_release, "release:shop@1.2.0 or release:1.2.*"),
    "environment": (_environment, "environment:production"),
    **dict.fromkeys(("platform", "platform.name"), (_platform, "platform:python")),
    "title": (_text_in("title"), "title:timeout"),
    **dict.fromkeys(("culprit", "transaction"), (_text_in("culprit"), "culprit:checkout")),
    "message": (_text_in("message"), 'message:"out of memory"'),
    "has": (_has, "has:release"),
}
"""Every key that means something of its own: how its value is read (None where it cannot be), and an example that can."""
