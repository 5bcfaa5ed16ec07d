"""The keys of the query language (``is:``, ``level:``, ``age:`` …) and how to read their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from core.search.terms import (
    ANYTHING,
    AllOf,
    Assigned,
    Bookmarked,
    FirstRelease,
    HasText,
    Hit,
    InLatestRelease,
    InProject,
    NamedIssue,
    Not,
    Number,
    OneOf,
    OnPlatform,
    Operator,
    Pattern,
    Says,
    SeenInRelease,
    Standing,
    Tagged,
    Term,
    Waiting,
    When,
    Who,
)
from core.types import Level, Priority, Status, Substatus, parse_short_id

_MAX_DAYS = 36_500
Read = Callable[[str], Term | None]

_OPERATORS: tuple[Operator, ...] = (">=", "<=", ">", "<", "=")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_AGO = re.compile(r"(?P<sign>[-+])(?P<number>[0-9]{1,8})(?P<unit>[mhdw])", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS = re.compile(r"[0-9]{1,18}")
_STARS = re.compile(r"(?<!\\)\*+")
_LATEST = "latest"
DERIVED = frozenset(
    {"browser", "browser.name", "os", "os.name", "device", "runtime", "runtime.name", "server_name", "logger", "handled", "mechanism", "url", "dist"}
)
"""Tags that are derived from the events of SDKs, even if no event had them yet."""
_PEOPLE = ("id", "email", "username", "ip")
"""The prefixes of ``Occurrence.person``: how a user of the monitored program is identified."""
_IS: Mapping[str, Term] = {
    "unresolved": Standing(Status.UNRESOLVED),
    "resolved": Standing(Status.RESOLVED),
    **dict.fromkeys(("archived", "ignored", "muted"), Standing(Status.ARCHIVED)),
    **{
        member.full_name: Standing(Status.UNRESOLVED, member)
        for member in (Substatus.NEW, Substatus.ONGOING, Substatus.ESCALATING, Substatus.REGRESSED)
    },
    **{
        name: Standing(Status.ARCHIVED, member)
        for member in (Substatus.UNTIL_ESCALATING, Substatus.UNTIL_CONDITION_MET, Substatus.FOREVER)
        for name in (member.full_name, member.name.lower())
    },
    "assigned": Assigned(Who("anyone")),
    "unassigned": Not(Assigned(Who("anyone"))),
    "for_review": Waiting(),
    "inbox": Waiting(),
    "bookmarked": Bookmarked(Who("me")),
}
_LEVELS = {level.name.lower(): int(level) for level in Level}
_EXAMPLES = ("42", "ada@example.com", "ada", "192.0.2.1")
_PRIORITIES = {priority.name.lower(): int(priority) for priority in Priority}


def pattern(text: str) -> Pattern:
    """Split the text at each star that is not escaped by a backslash."""
    return Pattern(tuple(part.replace("\\*", "*") for part in _STARS.split(text)))


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
    return When(field, ">=" if match["sign"] == "-" else "<=", ago) if ago <= timedelta(days=_MAX_DAYS) else None


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
    # A day without an operator means the whole day; an exact moment without one would match nothing.
    return AllOf((When(field, ">=", moment), When(field, "<", next_day))) if _DAY.fullmatch(rest) else None


def _operator(value: str) -> tuple[Operator | None, str]:
    for operator in _OPERATORS:
        if value.startswith(operator):
            return operator, value[len(operator) :]
    return None, value


def _named(value: str) -> Term | None:
    if _DIGITS.fullmatch(value):
        return NamedIssue(int(value))
    name = parse_short_id(value.removeprefix("#"))
    return NamedIssue(name) if name else None


def _project(value: str) -> Term:
    return InProject(pattern(value.lower()))


def _release(value: str) -> Term:
    return InLatestRelease() if value.lower() == _LATEST else SeenInRelease(pattern(value))


def _first_release(value: str) -> Term:
    return FirstRelease(None if value.lower() == _LATEST else pattern(value))


def _person(kind: str = "") -> Read:
    """Return a reader for a user of the monitored program, identified in one way or in any way."""

    def read(value: str) -> Term:
        if kind:
            return Hit(pattern(f"{kind}:{value}"))
        if value == "*" or value.startswith(tuple(f"{person}:" for person in _PEOPLE)):
            return Hit(pattern(value))
        return OneOf(tuple(Hit(pattern(f"{person}:{value}")) for person in _PEOPLE))

    return read


def _platform(value: str) -> Term:
    return OnPlatform(pattern(value))


def _text_in(field: Literal["title", "culprit", "message"]) -> Read:
    def read(value: str) -> Term:
        return Says((field,), pattern(value))

    return read


def _environment(value: str) -> Term:
    return Tagged("environment", pattern(value))


def tag(key: str, value: str) -> Term:
    """Return the term for a key that is not built in: it names a tag."""
    return Tagged(_tag_key(key), pattern(value))


def _tag_key(key: str) -> str:
    """Return the key of a tag. Derived tags are known in any case, as fields are; others are as the program writes them."""
    if key.startswith("tags["):
        return key[5:-1]
    return key.lower() if key.lower() in DERIVED else key


def _has(value: str) -> Term | None:
    """Return the term for issues that have something. A field that every issue has is only known as a tag of that name."""
    match key := value.lower():
        case "assignee" | "assigned" | "assigned_to":
            return Assigned(Who("anyone"))
        case "culprit" | "transaction":
            return HasText("culprit")
        case "message":
            return HasText("message")
        case "release" | "first_release" | "firstrelease" | "user" | "environment" | "user.id" | "user.email" | "user.username" | "user.ip":
            return KEYS[key][0]("*")
        case _:
            return Tagged(_tag_key(value), ANYTHING)


KEYS: Mapping[str, tuple[Read, str]] = {
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
    "release": (_release, "release:shop@1.2.0, release:1.2.* or release:latest"),
    **dict.fromkeys(("first_release", "firstrelease"), (_first_release, "firstRelease:shop@1.2.0 or firstRelease:latest")),
    "user": (_person(), "user:ada@example.com or user:id:42"),
    **{f"user.{kind}": (_person(kind), f"user.{kind}:{example}") for kind, example in zip(_PEOPLE, _EXAMPLES, strict=True)},
    "environment": (_environment, "environment:production"),
    **dict.fromkeys(("platform", "platform.name"), (_platform, "platform:python")),
    "title": (_text_in("title"), "title:timeout"),
    **dict.fromkeys(("culprit", "transaction"), (_text_in("culprit"), "culprit:checkout")),
    "message": (_text_in("message"), 'message:"out of memory"'),
    "has": (_has, "has:release"),
}
"""Every built-in key: how to read its value (the reader returns None for an invalid value), and a valid example."""
