"""The status that a body asks for, with what hangs on it: how something is solved, or what ends an archive (engine.md §3.2). Pure."""

from __future__ import annotations

from datetime import datetime

from bot.api import ignores
from bot.api.fields import shown, truth
from bot.api.ignores import DETAILS
from bot.api.solutions import NEXT, solution_of
from core.actions import Action, Archive, Resolve, Unresolve
from core.errors import Invalid
from core.status import belongs
from core.types import JSON, Status, Substatus, by_wire_name
from core.until import Condition

_STATUSES = {
    "resolved": Status.RESOLVED,
    "unresolved": Status.UNRESOLVED,
    "ignored": Status.ARCHIVED,
    NEXT: Status.RESOLVED,
    "muted": Status.ARCHIVED,
}


def status_action(body: JSON, now: datetime) -> Action | None:
    """What the status asks for, None where there is none; the details are checked either way. Raises Invalid."""
    details = body.get(DETAILS)
    if details is not None and not isinstance(details, dict):
        raise Invalid(DETAILS, f'{shown(details)} is not an object. Example: {{"ignoreCount": 100}}')
    condition = ignores.condition_of(body, details or {}, now)
    solution = solution_of(body.get("status"), details or {})
    escalates = any(truth(f"{DETAILS}.{name}", (details or {}).get(name)) for name in ("untilEscalating", "ignoreUntilEscalating"))
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
    """It must belong to the status beside it (D5)."""
    value, names = body.get("substatus"), by_wire_name(Substatus)
    if value is None:
        return None
    if not isinstance(value, str) or value not in names:
        raise Invalid("substatus", f"{shown(value)} is not one of {', '.join(names)}.")
    if status is None:
        raise Invalid("substatus", f"{value} says nothing without a status.")
    found: Substatus = names[value]
    if not belongs(found, status):
        raise Invalid("substatus", f"{value} does not belong to the status {status.wire}.")
    return found


def _archive(substatus: Substatus | None, condition: Condition | None, *, escalates: bool) -> Archive:
    """As the substatus says, else as the details do; they must not contradict each other, but that an escalation needs no condition (§6.5)."""
    if substatus is Substatus.UNTIL_ESCALATING or (escalates and substatus is None):
        return Archive(is_until_escalating=True)
    if escalates:
        raise Invalid("substatus", f"{substatus.wire if substatus else ''} does not go with untilEscalating.")
    if substatus is not None and (substatus is Substatus.FOREVER) != (condition is None):
        needs = "needs one of" if condition is None else "does not go with"
        raise Invalid("substatus", f"{substatus.wire} {needs} ignoreDuration, ignoreUntil, ignoreCount and ignoreUserCount.")
    return Archive(condition)
