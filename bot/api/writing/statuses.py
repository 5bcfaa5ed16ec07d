"""Read the requested status and its details: how an issue is resolved, or the condition that ends its archive. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.api.fields import boolean, count, shown, word
from bot.api.wording import SUBSTATUSES, status_name
from core.errors import Invalid
from core.issues.actions import Action, Archive, InCommit, InNextRelease, InRelease, Now, Resolve, Unresolve
from core.rules.snooze import MAX_WINDOW_MINUTES, Condition
from core.types import JSON, Status, Substatus, belongs

DETAILS = "statusDetails"
_COUNTS = (("ignoreCount", "ignoreWindow"), ("ignoreUserCount", "ignoreUserWindow"))
ENDS = ("ignoreDuration", "ignoreUntil", *(name for pair in _COUNTS for name in pair))
FIELDS = (*ENDS, "snoozeDuration")
"""The fields that can end an archive; the last one exists only at the top level."""


def condition_of(body: JSON, details: JSON, now: datetime) -> Condition | None:
    """Return the condition, or None if there is none and the archive is forever.

    Each field is read from ``statusDetails``, else from the top level. A duration, in minutes, and an exact end may be combined: the earlier one
    counts. Raises Invalid.
    """
    ends = [end for end in (_after(body, details, now), _exact(body, details, now)) if end]
    (events, events_window), (users, users_window) = (_counted(body, details, *names) for names in _COUNTS)
    condition = Condition(min(ends, default=None), events, events_window, users, users_window)
    return None if condition == Condition() else condition


def is_used(body: JSON, details: JSON, name: str) -> bool:
    """Return whether the field at the top level is the one that counts."""
    return body.get(name) is not None and _entry(body, details, name)[0] == name


def _counted(body: JSON, details: JSON, name: str, window_name: str) -> tuple[int | None, int | None]:
    """Return the count, and its window in minutes; a window alone has no effect."""
    number = count(*_entry(body, details, name))
    field, value = _entry(body, details, window_name)
    window = count(field, value, MAX_WINDOW_MINUTES)
    if window is not None and number is None:
        raise Invalid(field, f"A window needs the {name} that it is about.")
    return number, window


def _after(body: JSON, details: JSON, now: datetime) -> datetime | None:
    """Return the end of a duration. ``snoozeDuration`` is the older name of ``ignoreDuration``; sentry-cli sends it as null."""
    durations = [count(*_entry(body, details, name)) for name in ("ignoreDuration", "snoozeDuration")]
    minutes = next((minutes for minutes in durations if minutes), None)
    return now + timedelta(minutes=minutes) if minutes else None


def _exact(body: JSON, details: JSON, now: datetime) -> datetime | None:
    field, value = _entry(body, details, "ignoreUntil")
    if value is None:
        return None
    try:
        end = datetime.fromisoformat(value) if isinstance(value, str) else None
        end = end.astimezone(UTC) if end and end.tzinfo else None
    except (ValueError, OverflowError):
        end = None
    if end is None:
        raise Invalid(field, f"{shown(value)} is not a time with its offset from UTC. Example: 2030-01-31T09:00:00Z")
    if end <= now:
        raise Invalid(field, f"{shown(value)} is not in the future.")
    return end


def _entry(body: JSON, details: JSON, name: str) -> tuple[str, object]:
    """Return a field and where it was found; null counts as absent."""
    if details.get(name) is not None:
        return f"{DETAILS}.{name}", details[name]
    return name, body.get(name)


NEXT = "resolvedInNextRelease"
"""The status that sentry-cli sends; it does not require a release to exist."""


def solution_of(status: object, details: JSON) -> Now | InNextRelease | InRelease | InCommit:
    """Return the first that is given of: next release, release, commit, now. Every part is checked, needed or not. Raises Invalid."""
    is_next = boolean(f"{DETAILS}.inNextRelease", details.get("inNextRelease"))
    release, commit = _release(details.get("inRelease")), _commit(details.get("inCommit"))
    if is_next or status == NEXT:
        return InNextRelease(needs_release=bool(is_next))
    return release or commit or Now()


def _release(value: object) -> InRelease | None:
    return None if value is None else InRelease(word(f"{DETAILS}.inRelease", value, "shop@1.4.0, or latest"))


def _commit(value: object) -> InCommit | None:
    if value is None:
        return None
    field = f"{DETAILS}.inCommit"
    if not isinstance(value, dict):
        raise Invalid(field, f'{shown(value)} is no commit. Example: {{"repository": "acme/shop", "commit": "4f2a…"}}')
    repository = word(f"{field}.repository", value.get("repository"), "acme/shop")
    return InCommit(repository, word(f"{field}.commit", value.get("commit"), "a SHA"))


_STATUSES = {
    "resolved": Status.RESOLVED,
    "unresolved": Status.UNRESOLVED,
    "ignored": Status.ARCHIVED,
    NEXT: Status.RESOLVED,
    "muted": Status.ARCHIVED,
}


def status_action(body: JSON, now: datetime) -> Action | None:
    """Return the action for the status, or None without a status; the details are always checked. Raises Invalid."""
    details = body.get(DETAILS)
    if details is not None and not isinstance(details, dict):
        raise Invalid(DETAILS, f'{shown(details)} is not an object. Example: {{"ignoreCount": 100}}')
    condition = condition_of(body, details or {}, now)
    solution = solution_of(body.get("status"), details or {})
    escalates = any(boolean(f"{DETAILS}.{name}", (details or {}).get(name)) for name in ("untilEscalating", "ignoreUntilEscalating"))
    status = _status(body)
    substatus = _substatus(body, status)
    match status:
        case Status.RESOLVED:
            return Resolve(solution)
        case Status.ARCHIVED:
            return _archive(substatus, condition, escalates=escalates)
        case Status.UNRESOLVED:
            return Unresolve(substatus)
        case _:
            return None


def _status(body: JSON) -> Status | None:
    if "status" not in body:
        return None
    value = body["status"]
    if not isinstance(value, str) or value not in _STATUSES:
        raise Invalid("status", f"{shown(value)} is not one of {', '.join(_STATUSES)}.")
    return _STATUSES[value]


def _substatus(body: JSON, status: Status | None) -> Substatus | None:
    """Return the substatus; it must belong to the status beside it."""
    value = body.get("substatus")
    if value is None:
        return None
    if not isinstance(value, str) or value not in SUBSTATUSES:
        raise Invalid("substatus", f"{shown(value)} is not one of {', '.join(SUBSTATUSES)}.")
    if status is None:
        raise Invalid("substatus", f"{value} says nothing without a status.")
    found = SUBSTATUSES[value]
    if not belongs(found, status):
        raise Invalid("substatus", f"{value} does not belong to the status {status_name(status)}.")
    return found


def _archive(substatus: Substatus | None, condition: Condition | None, *, escalates: bool) -> Archive:
    """Return the archive of the substatus, or else of the details. They must not contradict each other; an escalation needs no condition."""
    if substatus is Substatus.UNTIL_ESCALATING or (escalates and substatus is None):
        return Archive(is_until_escalating=True)
    if escalates:
        raise Invalid("substatus", f"{substatus.full_name if substatus else ''} does not go with untilEscalating.")
    if substatus is not None and (substatus is Substatus.FOREVER) != (condition is None):
        needs = "needs one of" if condition is None else "does not go with"
        raise Invalid("substatus", f"{substatus.full_name} {needs} ignoreDuration, ignoreUntil, ignoreCount and ignoreUserCount.")
    return Archive(condition)
