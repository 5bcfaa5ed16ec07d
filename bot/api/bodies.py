"""The body of an update, as Sentry's API has it, becomes actions. Pure: the time and the look-up of names are passed in.

Each field is read on its own, so that all that is wrong is said at once, before anything is written (D1). Unknown fields are ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bot.api.fields import LARGEST_ID, LARGEST_VERSION, Problems, keyed, later, shown, truth, whole
from bot.api.ignores import DETAILS, condition_of
from core.actions import Action, Archive, Assign, MarkReviewed, Resolve, To, Unassign, Unresolve
from core.errors import Invalid
from core.status import belongs
from core.types import JSON, Status, Substatus, by_wire_name
from core.until import Condition

T = TypeVar("T")
Find = Callable[[str], To]
"""Whom a name, an e-mail or ``#team`` means. Raises Invalid."""

_STATUSES = {"resolved": Status.RESOLVED, "unresolved": Status.UNRESOLVED, "ignored": Status.ARCHIVED, "muted": Status.ARCHIVED}
_LATER_IF_TRUE = ("merge", "discard", "hasSeen", "isBookmarked", "isPublic", f"{DETAILS}.inNextRelease", f"{DETAILS}.untilEscalating")
"""Not made yet; false asks for how things are anyway."""
_LATER = ("priority", "isSubscribed", f"{DETAILS}.inRelease", f"{DETAILS}.inCommit")
_SUBSTATUSES = (Substatus.FOREVER, Substatus.UNTIL_CONDITION_MET)
"""Those that can be asked for already."""
_TAGS = ("slack", "msteams")


@dataclass(frozen=True)
class Update:
    """What a body asks for. ``tags`` are kept with each activity; ``echo`` is the part of the answer that only repeats the body (§16.3)."""

    actions: tuple[Action, ...]
    expected_version: int | None = None
    tags: JSON = field(default_factory=dict)
    echo: JSON = field(default_factory=dict)


def update_of(body: JSON, now: datetime, find: Find) -> Update:
    """Reads a body. Raises Problems, which names every field that is wrong."""
    reading = _Reading()
    for name in (*_LATER_IF_TRUE, *_LATER):
        reading.read(_refuse_later, body, name)
    status = reading.read(_status_action, body, now)
    assignment = reading.read(_assignment, body, find)
    review = reading.read(_review, body)
    expected = reading.read(_expected_version, body)
    reading.close()
    # What is resolved or archived has left the inbox with that.
    wanted = (status, assignment, None if isinstance(status, Resolve | Archive) else review)
    tags = {"integration": body["integration"]} if body.get("integration") in _TAGS else {}
    echo = {"substatus": body["substatus"]} if status and body.get("substatus") else {}
    return Update(tuple(action for action in wanted if action), expected, tags, echo)


class _Reading:
    """Reads field after field and keeps what was wrong."""

    def __init__(self) -> None:
        self._problems: JSON = {}

    def read(self, reader: Callable[..., T], *args: object) -> T | None:
        """What the reader says; None if it refused."""
        try:
            return reader(*args)
        except Invalid as problem:
            _merge(self._problems, keyed(problem.field, str(problem)))
            return None

    def close(self) -> None:
        """Raises Problems if there were any."""
        if self._problems:
            raise Problems(self._problems)


def _merge(into: JSON, more: JSON) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into.setdefault(name, value)


def _refuse_later(body: JSON, name: str) -> None:
    outer, _, inner = name.rpartition(".")
    holder = body.get(outer) if outer else body
    value = holder.get(inner) if isinstance(holder, dict) else None
    if value is not None and (name in _LATER or truth(name, value)):
        raise later(name)


def _status_action(body: JSON, now: datetime) -> Action | None:
    details = body.get(DETAILS)
    if details is not None and not isinstance(details, dict):
        raise Invalid(DETAILS, f'{shown(details)} is not an object. Example: {{"ignoreCount": 100}}')
    condition = condition_of(body, details or {}, now)
    status = _status(body)
    _check_substatus(body, status, condition)
    if status is Status.ARCHIVED:
        return Archive(condition)
    return {Status.RESOLVED: Resolve(), Status.UNRESOLVED: Unresolve(), None: None}[status]


def _status(body: JSON) -> Status | None:
    if "status" not in body:
        return None
    value = body["status"]
    if value == "resolvedInNextRelease":
        raise later("status", value)
    if not isinstance(value, str) or value not in _STATUSES:
        raise Invalid("status", f"{shown(value)} is not one of {', '.join(_STATUSES)}.")
    return _STATUSES[value]


def _check_substatus(body: JSON, status: Status | None, condition: Condition | None) -> None:
    """A substatus must belong to the status beside it (D5) and to what the ``ignore…`` fields say."""
    value, names = body.get("substatus"), by_wire_name(Substatus)
    if value is None:
        return
    if not isinstance(value, str) or value not in names:
        raise Invalid("substatus", f"{shown(value)} is not one of {', '.join(names)}.")
    if status is None:
        raise Invalid("substatus", f"{value} says nothing without a status.")
    if not belongs(names[value], status):
        raise Invalid("substatus", f"{value} does not belong to the status {status.wire}.")
    if names[value] not in _SUBSTATUSES:
        raise later("substatus", value)
    if (names[value] is Substatus.FOREVER) != (condition is None):
        needs = "needs one of" if condition is None else "does not go with"
        raise Invalid("substatus", f"{value} {needs} ignoreDuration, ignoreUntil, ignoreCount and ignoreUserCount.")


def _assignment(body: JSON, find: Find) -> Action | None:
    if "assignedTo" not in body:
        return None
    value = body["assignedTo"]
    if value is None or value == "":
        return Unassign()
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Invalid("assignedTo", f"{shown(value)} names nobody; say user:ID, team:ID, an e-mail address or a name.")
    return Assign(_assignee(str(value).strip(), find))


def _assignee(text: str, find: Find) -> To:
    """Numbers are users unless ``team:`` stands before them (engine.md §3.3)."""
    kind, colon, rest = text.partition(":")
    is_team, name = (kind == "team", rest) if colon and kind in ("user", "team") else (False, text)
    number = whole(name)
    if not name:
        raise Invalid("assignedTo", f"{shown(text)} names nobody; say user:ID, team:ID, an e-mail address or a name.")
    if number is None:
        return find(f"#{name}" if is_team else name)
    if number > LARGEST_ID:
        raise Invalid("assignedTo", f"Nobody has the number {shown(name)}.")
    return To("team" if is_team else "user", number)


def _review(body: JSON) -> Action | None:
    wanted = truth("inbox", body.get("inbox"))
    if wanted:
        raise later("inbox", "Putting issues back into the inbox")
    return MarkReviewed() if wanted is False else None


def _expected_version(body: JSON) -> int | None:
    value = body.get("expectedVersion")
    number = whole(value)
    if value is not None and (number is None or number > LARGEST_VERSION):
        raise Invalid("expectedVersion", f"{shown(value)} is not a version; take it from the issue.")
    return number
