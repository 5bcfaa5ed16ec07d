"""Decide whether a stored event fits a query, in Python (pure): most of what a query asks of an event lies in its payload.

Terms that are about issues and not about events (``is:``, ``assigned:``, ``age:`` …) are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from core.rules import titles
from core.rules.derived_tags import derived_tags
from core.rules.grouping.reading import as_text, exceptions, frames, object_of, text_of
from core.rules.tag_keys import MAX_TAG_VALUE_CHARS, PERSON_PREFIXES, tag_key
from core.search.language import BadQuery
from core.search.terms import (
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
    Pattern,
    Query,
    Says,
    SeenInRelease,
    SeenWithin,
    Standing,
    Tagged,
    Term,
    Waiting,
    When,
)
from core.types import JSON, LEVELS, Level
from core.views import EventView

EXAMPLE = "environment:production level:error"


@dataclass(frozen=True)
class SearchedEvent:
    """An event, with what terms ask of it, made when it is first asked for."""

    view: EventView
    project: str

    @property
    def payload(self) -> JSON:
        """Return the stored data."""
        return self.view.payload

    @cached_property
    def tags(self) -> Mapping[str, str]:
        """Return its tags by their stored keys, with those that are derived and those that every event has."""
        own = {tag_key(str(key)): text_of(value) or str(value) for key, value in object_of(self.payload.get("tags")).items()}
        known = {"environment": self.view.environment, "release": self.view.release}
        found = derived_tags(self.payload) | own | {key: value for key, value in known.items() if value}
        return {key: titles.shortened(value, MAX_TAG_VALUE_CHARS) for key, value in found.items()}

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Return every name by which the affected user of the program is known, such as ``id:42``."""
        user = object_of(self.payload.get("user"))
        return tuple(f"{prefix}:{text}" for name, prefix in PERSON_PREFIXES.items() if (text := text_of(user.get(name))))

    @cached_property
    def level(self) -> Level:
        """Return its level; an error without one."""
        return LEVELS.get(text_of(self.payload.get("level")).strip().lower(), Level.ERROR)

    def text(self, name: str) -> str:
        """Return its title, culprit or message."""
        if name == "title":
            return self.view.title
        return titles.culprit(self.payload) if name == "culprit" else titles.message(self.payload)


Test = Callable[[SearchedEvent], bool]


def _of_exceptions(name: str) -> Callable[[JSON], Iterable[str]]:
    return lambda payload: (as_text(raised.get(name)) for raised in exceptions(payload))


def _stack(payload: JSON) -> Iterable[str]:
    return (text_of(frame.get("filename")) for raised in exceptions(payload) for frame in frames(raised))


def _kind(payload: JSON) -> Iterable[str]:
    return ("error" if payload.get("exception") else "default",)


def _method(payload: JSON) -> Iterable[str]:
    return (text_of(object_of(payload.get("request")).get("method")),)


FIELDS: Mapping[str, Callable[[JSON], Iterable[str]]] = {
    "error.type": _of_exceptions("type"),
    "error.value": _of_exceptions("value"),
    "stack.filename": _stack,
    "event.type": _kind,
    "http.method": _method,
}
"""Keys beside the tags that only events have: how to read their values in a payload."""


@dataclass(frozen=True)
class EventFilter:
    """A query about events. ``issues`` are the ids of the issues that it names by short id, where they exist."""

    query: Query
    issues: Mapping[tuple[str, int], int] = field(default_factory=dict)

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """Return what each term asks. Raises BadQuery for a term that is about issues."""
        return tuple(self._test(term) for term in self.query.terms)

    def fits(self, event: SearchedEvent) -> bool:
        """Return whether all terms hold."""
        return all(test(event) for test in self.tests)

    def _test(self, term: Term) -> Test:
        match term:
            case Not(negated):
                inner = self._test(negated)
                return lambda event: not inner(event)
            case OneOf(terms):
                some = [self._test(part) for part in terms]
                return lambda event: any(test(event) for test in some)
            case AllOf(terms):
                every = [self._test(part) for part in terms]
                return lambda event: all(test(event) for test in every)
            case NamedIssue(name):
                issue_id = name if isinstance(name, int) else self.issues.get(name, 0)
                return lambda event: event.view.issue_id == issue_id
            case _:
                return _simple(term)


def named_issues(query: Query) -> list[tuple[str, int]]:
    """Return the short ids that a query names, each as project slug and number."""
    return [name for term in query.terms for name in _names(term)]


def without_event_keys(query: Query) -> Query:
    """Return the query without the terms whose keys only events have: for a check of the other keys."""
    return Query(tuple(term for term in query.terms if not _is_of_events(term)), query.sort)


def _names(term: Term) -> list[tuple[str, int]]:
    match term:
        case Not(inner):
            return _names(inner)
        case OneOf(terms) | AllOf(terms):
            return [name for part in terms for name in _names(part)]
        case NamedIssue((str(slug), int(number))):
            return [(slug, number)]
        case _:
            return []


def _is_of_events(term: Term) -> bool:
    match term:
        case Not(inner):
            return _is_of_events(inner)
        case OneOf(terms):
            return all(map(_is_of_events, terms))
        case _:
            return isinstance(term, Tagged) and term.key in FIELDS


def _simple(term: Term) -> Test:
    """Return what a term asks that consists of no others."""
    match term:
        case SeenInRelease(version):
            return lambda event: _equals(version, event.view.release)
        case Hit(person):
            return lambda event: any(_equals(person, name) for name in event.people)
        case Number("level", operator, number):
            return lambda event: _compared(event.level, operator, number)
        case InProject(slug):
            return lambda event: slug.fits(event.project)
        case _:
            return _of_payload(term)


def _of_payload(term: Term) -> Test:
    match term:
        case Tagged(key, value):
            return _tagged(key, value)
        case OnPlatform(platform):
            return lambda event: _equals(platform, text_of(event.payload.get("platform")) or "other")
        case Says(fields, text):
            anywhere = Pattern(("", *text.parts, ""))
            return lambda event: any(anywhere.fits(event.text(name)) for name in fields)
        case HasText(name):
            return lambda event: bool(event.text(name))
        case _:
            raise _about_issues(term)


def _tagged(key: str, value: Pattern) -> Test:
    if key == "timestamp":
        raise BadQuery("timestamp:", EXAMPLE, "the parameters start, end and statsPeriod choose the time")
    if read := FIELDS.get(key):
        return lambda event: any(_equals(value, text) for text in read(event.payload) if text)
    stored = tag_key(key)
    return lambda event: _equals(value, event.tags.get(stored))


def _equals(pattern: Pattern, text: str | None) -> bool:
    """Compare as the search for issues does: exactly, or without regard to case where there are wildcards."""
    if text is None:
        return False
    return text == pattern.parts[0] if pattern.is_exact else pattern.fits(text)


def _compared(value: int, operator: str, other: int) -> bool:
    return {"=": value == other, ">": value > other, ">=": value >= other, "<": value < other, "<=": value <= other}[operator]


def _about_issues(term: Term) -> BadQuery:
    match term:
        case Standing():
            word = "is:"
        case Waiting():
            word = "is:for_review"
        case Assigned():
            word = "assigned:"
        case Bookmarked():
            word = "bookmarks:"
        case Number(name) | When(name):
            word = f"{name}:"
        case InLatestRelease():
            word = "release:latest"
        case FirstRelease():
            word = "firstRelease:"
        case SeenWithin() | _:
            word = type(term).__name__
    return BadQuery(word, EXAMPLE, "it is about issues, and here events are looked for")
