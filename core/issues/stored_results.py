"""Store the result of a request, so that a repeated request gets the same answer.

The keys have not changed since the first version, where they were the keys of the HTTP API's answer. During an upgrade, processes of an older
version read and write the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import singledispatch

from core.issues.actions.modes import InCommit, InNextRelease, InRelease, Mode, Now
from core.issues.actions.outcomes import (
    ArchiveOutcome,
    AssigneeOutcome,
    BookmarkOutcome,
    DiscardOutcome,
    InboxChange,
    InboxOutcome,
    MergeOutcome,
    Outcome,
    PriorityOutcome,
    ResolveOutcome,
    SeenOutcome,
    ShareOutcome,
    SubscriptionOutcome,
    UnresolveOutcome,
)
from core.issues.requests import UpdateResult
from core.rules.snooze import Condition
from core.types import JSON, Priority
from core.views import AssigneeView


def as_json(result: UpdateResult) -> JSON:
    """Return the result in its stored form."""
    outcomes: JSON = {}
    for outcome in result.outcomes:
        outcomes |= _stored(outcome)
    return {"matched": result.matched, "changed": result.changed, "delta": outcomes}


def repeated(stored: JSON) -> UpdateResult:
    """Return a stored result as the answer to a repeated request."""
    outcomes = tuple(_outcomes(stored.get("delta") or {}))
    return UpdateResult(tuple(stored.get("matched") or ()), tuple(stored.get("changed") or ()), outcomes, is_repeat=True)


@singledispatch
def _stored(outcome: Outcome) -> JSON:
    raise NotImplementedError(type(outcome).__name__)


@_stored.register
def _(outcome: ResolveOutcome) -> JSON:
    details = _stored_mode(outcome.mode)
    if details and outcome.actor_id is not None:
        details["actor"] = outcome.actor_id
    return {"status": "resolved", "statusDetails": details}


@_stored.register
def _(_: UnresolveOutcome) -> JSON:
    return {"status": "unresolved", "statusDetails": {}}


@_stored.register
def _(outcome: ArchiveOutcome) -> JSON:
    details: JSON = {}
    if outcome.is_until_escalating:
        details = {"ignoreUntilEscalating": True}
    elif waits := outcome.condition:
        details = {
            "ignoreCount": waits.events,
            "ignoreUntil": waits.until_at.isoformat() if waits.until_at else None,
            "ignoreUserCount": waits.users,
            "ignoreUserWindow": waits.users_window,
            "ignoreWindow": waits.events_window,
            "actor": outcome.actor_id,
        }
    return {"status": "ignored", "statusDetails": details}


@_stored.register
def _(outcome: InboxOutcome) -> JSON:
    return {"inbox": _INBOX[outcome.change]}


@_stored.register
def _(outcome: AssigneeOutcome) -> JSON:
    assignee = outcome.assignee
    if assignee is None:
        return {"assignedTo": None}
    email = {"email": assignee.email} if assignee.kind == "user" else {}
    return {"assignedTo": {"type": assignee.kind, "id": str(assignee.id), "name": assignee.name, **email}}


@_stored.register
def _(outcome: PriorityOutcome) -> JSON:
    return {"priority": outcome.priority.name.lower()}


@_stored.register
def _(outcome: SeenOutcome) -> JSON:
    return {"hasSeen": outcome.is_seen}


@_stored.register
def _(outcome: BookmarkOutcome) -> JSON:
    return {"isBookmarked": outcome.is_bookmarked}


@_stored.register
def _(outcome: SubscriptionOutcome) -> JSON:
    return {"isSubscribed": outcome.is_subscribed, "subscriptionDetails": {"reason": "unknown"}}


@_stored.register
def _(outcome: ShareOutcome) -> JSON:
    return {"isPublic": outcome.is_public, "shareId": outcome.share_id}


@_stored.register
def _(outcome: MergeOutcome) -> JSON:
    if outcome.primary_id is None:
        return {"merge": True}
    return {"merge": {"parent": str(outcome.primary_id), "children": [str(id_) for id_ in outcome.merged_ids]}}


@_stored.register
def _(_: DiscardOutcome) -> JSON:
    return {"discard": True}


_INBOX = {InboxChange.ADDED: True, InboxChange.REVIEWED: False, InboxChange.CLEARED: None}


def _stored_mode(mode: Mode) -> JSON:
    match mode:
        case InNextRelease():
            return {"inNextRelease": True}
        case InRelease(version):
            return {"inRelease": version}
        case InCommit(repository, sha):
            return {"inCommit": {"repository": repository, "commit": sha}}
        case _:
            return {}


def _outcomes(delta: JSON) -> Iterator[Outcome]:
    for key in delta:
        if read := _READERS.get(key):
            yield read(delta)


def _status(delta: JSON) -> Outcome:
    details: JSON = delta.get("statusDetails") or {}
    if delta["status"] == "unresolved":
        return UnresolveOutcome()
    if delta["status"] == "resolved":
        return ResolveOutcome(_mode(details), details.get("actor"))
    return ArchiveOutcome(_condition(details), bool(details.get("ignoreUntilEscalating")), details.get("actor"))


def _mode(details: JSON) -> Mode:
    if "inNextRelease" in details:
        return InNextRelease()
    if "inRelease" in details:
        return InRelease(details["inRelease"])
    commit = details.get("inCommit")
    return InCommit(commit["repository"], commit["commit"]) if commit else Now()


def _condition(details: JSON) -> Condition | None:
    until = details.get("ignoreUntil")
    condition = Condition(
        until_at=datetime.fromisoformat(until) if until else None,
        events=details.get("ignoreCount"),
        events_window=details.get("ignoreWindow"),
        users=details.get("ignoreUserCount"),
        users_window=details.get("ignoreUserWindow"),
    )
    return None if condition == Condition() else condition


def _inbox(delta: JSON) -> Outcome:
    return InboxOutcome(next(change for change, value in _INBOX.items() if value is delta["inbox"]))


def _assignee(delta: JSON) -> Outcome:
    held = delta["assignedTo"]
    return AssigneeOutcome(AssigneeView(held["type"], int(held["id"]), held["name"], held.get("email")) if held else None)


def _merge(delta: JSON) -> Outcome:
    merge = delta["merge"]
    return MergeOutcome() if merge is True else MergeOutcome(int(merge["parent"]), tuple(int(id_) for id_ in merge["children"]))


_READERS: Mapping[str, Callable[[JSON], Outcome]] = {
    "status": _status,
    "inbox": _inbox,
    "assignedTo": _assignee,
    "priority": lambda delta: PriorityOutcome(Priority[delta["priority"].upper()]),
    "hasSeen": lambda delta: SeenOutcome(delta["hasSeen"]),
    "isBookmarked": lambda delta: BookmarkOutcome(delta["isBookmarked"]),
    "isSubscribed": lambda delta: SubscriptionOutcome(delta["isSubscribed"]),
    "isPublic": lambda delta: ShareOutcome(delta["isPublic"], delta.get("shareId")),
    "merge": _merge,
    "discard": lambda _: DiscardOutcome(),
}
"""The key that identifies each subject; every other key belongs to one of these subjects."""
