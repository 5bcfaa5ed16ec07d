"""Turn the body of an update, in the form of Sentry's API, into actions. Pure: the time and the look-up of names are passed in.

Each field is read on its own, so that all errors are reported at once, before anything is written. ``parameters`` has refused unknown fields. The
actions come in the order in which they are carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bot.api.fields import MAX_ID, MAX_VERSION, Problems, boolean, keyed, merged, shown, whole_number
from bot.api.writing import statuses
from bot.api.writing.statuses import DETAILS, status_action
from core.errors import Invalid
from core.issues.actions import (
    Action,
    Archive,
    Assign,
    Discard,
    InNextRelease,
    InRelease,
    MarkReviewed,
    Merge,
    MoveToInbox,
    Resolve,
    SetBookmarked,
    SetPriority,
    SetPublic,
    SetSeen,
    SetSubscribed,
    To,
    Unassign,
)
from core.types import JSON, Priority

T = TypeVar("T")
Find = Callable[[str], To]
"""Looks up an assignee by name, e-mail address or ``#team``. Raises Invalid."""

_PRIORITIES = {priority.name.lower(): priority for priority in Priority}
_PERSONAL: dict[str, Callable[[bool], Action]] = {
    "hasSeen": SetSeen,
    "isBookmarked": SetBookmarked,
    "isSubscribed": SetSubscribed,
    "isPublic": SetPublic,
}
_FIELDS = ("status", "substatus", DETAILS, "assignedTo", *_PERSONAL, "merge", "inbox", "priority", "inboxDetails", *statuses.FIELDS)
"""The fields that cannot be combined with ``discard``."""
_NULLABLE = ("assignedTo", "substatus", "inbox", "snoozeDuration")
"""Fields in which null has a meaning: nobody, none, no change, and the nulls that sentry-cli sends with every change."""
_TAGS = {"assignedBy": ("assignee_selector", "suggested_assignee"), "integration": ("slack", "msteams")}


@dataclass(frozen=True)
class Update:
    """The changes that a body requests. ``tags`` are stored with each activity; ``echo`` is the part of the response that only repeats the body."""

    actions: tuple[Action, ...]
    expected_version: int | None = None
    tags: JSON = field(default_factory=dict)
    echo: JSON = field(default_factory=dict)

    @property
    def is_discard(self) -> bool:
        """Return whether the issues are gone afterwards, so that the response is empty."""
        return any(isinstance(action, Discard) for action in self.actions)

    @property
    def is_merge(self) -> bool:
        """Return whether the update merges the issues."""
        return any(isinstance(action, Merge) for action in self.actions)

    @property
    def is_of_release(self) -> bool:
        """Return whether it resolves the issue in a release."""
        return any(isinstance(action, Resolve) and isinstance(action.mode, InNextRelease | InRelease) for action in self.actions)


def update_of(body: JSON, now: datetime, find: Find) -> Update:
    """Read a body. Raises Problems, which names every field that is wrong."""
    reading = _Reading()
    for name in _nulls(body):
        reading.read(_refuse_null, name)
    priority = reading.read(_priority, body)
    status = reading.read(status_action, body, now)
    assignment = reading.read(_assignment, body, find)
    personal = [reading.read(_personal, body, name) for name in _PERSONAL]
    merge = reading.read(boolean, "merge", body.get("merge"))
    inbox = reading.read(_inbox, body)
    discard = reading.read(_discard, body)
    expected = reading.read(_expected_version, body)
    reading.close()
    # Resolving or archiving already removes an issue from the inbox.
    last = None if isinstance(status, Resolve | Archive) else inbox
    wanted = (priority, status, assignment, *personal, Merge() if merge else None, last, discard)
    tags = {name: body[name] for name, known in _TAGS.items() if body.get(name) in known}
    return Update(tuple(action for action in wanted if action), expected, tags, _echo(body, status))


class _Reading:
    """Reads one field after another and collects the errors."""

    def __init__(self) -> None:
        self._problems: JSON = {}

    def read(self, reader: Callable[..., T], *args: object) -> T | None:
        """Return the result of the reader, or None if it refused."""
        try:
            return reader(*args)
        except Invalid as problem:
            self._problems = merged(self._problems, keyed(problem.field, str(problem)))
            return None

    def close(self) -> None:
        """Raise Problems if there were errors."""
        if self._problems:
            raise Problems(self._problems)


def _echo(body: JSON, status: Action | None) -> JSON:
    """Return the fields that were sent but have no effect of their own."""
    echo: JSON = {name: False for name in ("merge", "discard") if boolean(name, body.get(name)) is False}
    if status and body.get("substatus"):
        echo["substatus"] = body["substatus"]
    is_archive, details = isinstance(status, Archive), body.get(DETAILS) or {}
    unused = (name for name in statuses.FIELDS if body.get(name) is not None)
    return echo | {name: body[name] for name in unused if not (is_archive and statuses.is_used(body, details, name))}


def _nulls(body: JSON) -> list[str]:
    """Return errors for fields that are null although null means nothing there: the client forgot a value, and ignoring the field would change the
    request.

    Responses contain nulls for unused archive conditions, and such a response may be sent back.
    """
    details = body.get(DETAILS)
    details = details if isinstance(details, dict) else {}
    may_be_null = ("actor", *statuses.ENDS) if any(details.get(name) is not None for name in statuses.ENDS) else ("actor",)
    inner = [f"{DETAILS}.{name}" for name, value in details.items() if value is None and name not in may_be_null]
    return [name for name, value in body.items() if value is None and name not in _NULLABLE] + inner


def _refuse_null(name: str) -> None:
    raise Invalid(name, "It is null; give it a value or leave it out. Nothing was changed.")


def _priority(body: JSON) -> Action | None:
    value = body.get("priority")
    if value is None:
        return None
    if not isinstance(value, str) or value not in _PRIORITIES:
        raise Invalid("priority", f"{shown(value)} is not one of {', '.join(_PRIORITIES)}.")
    return SetPriority(_PRIORITIES[value])


def _assignment(body: JSON, find: Find) -> Action | None:
    if "assignedTo" not in body:
        return None
    value = body["assignedTo"]
    if value is None or value == "":
        return Unassign()
    if isinstance(value, dict):
        # This is the form of responses.
        value = (
            f"{value.get('type')}:{value.get('id')}" if value.get("type") in ("user", "team") and whole_number(value.get("id")) is not None else False
        )
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Invalid("assignedTo", f"{shown(value)} names nobody; say user:ID, team:ID, an e-mail address or a name.")
    return Assign(_assignee(str(value).strip(), find))


def _assignee(text: str, find: Find) -> To:
    """Read an assignee. Numbers are users unless ``team:`` precedes them."""
    kind, colon, rest = text.partition(":")
    is_team, name = (kind == "team", rest) if colon and kind in ("user", "team") else (False, text)
    number = whole_number(name)
    if not name:
        raise Invalid("assignedTo", f"{shown(text)} names nobody; say user:ID, team:ID, an e-mail address or a name.")
    if number is None:
        return find(f"#{name}" if is_team else name)
    if number > MAX_ID:
        raise Invalid("assignedTo", f"Nobody has the number {shown(name)}.")
    return To("team" if is_team else "user", number)


def _personal(body: JSON, name: str) -> Action | None:
    wanted = boolean(name, body.get(name))
    return None if wanted is None else _PERSONAL[name](wanted)


def _inbox(body: JSON) -> Action | None:
    value = body.get("inbox")
    # A reason to wait for review, as in responses, means that the issue waits.
    wanted = boolean("inbox", True if isinstance(value, dict) and "reason" in value else value)
    return None if wanted is None else MoveToInbox() if wanted else MarkReviewed()


def _discard(body: JSON) -> Action | None:
    """Read a discard. It cannot be combined with anything else."""
    if "discard" not in body:
        return None
    wanted = boolean("discard", body["discard"])
    beside = [name for name in _FIELDS if name in body]
    if beside:
        raise Invalid("discard", f"It stands alone, without {', '.join(beside)}: what is discarded is gone.")
    return Discard() if wanted else None


def _expected_version(body: JSON) -> int | None:
    value = body.get("expectedVersion")
    number = whole_number(value)
    if value is not None and (number is None or number > MAX_VERSION):
        raise Invalid("expectedVersion", f"{shown(value)} is not a version; take it from the issue.")
    return number
