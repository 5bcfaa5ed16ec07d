"""``statusDetails`` of an issue: the condition that ends its archive, or how it was resolved. Pure."""

from __future__ import annotations

from bot.api.wording import instant, person_json
from core.types import JSON, ActivityType, Status, Substatus
from core.views import IssueDetails, IssueView, PersonView, SnoozeView


def status_details(view: IssueView, details: IssueDetails) -> JSON:
    """Return the details; an open issue, a simply resolved one, or one archived forever has none."""
    if view.status is Status.ARCHIVED and view.substatus is Substatus.UNTIL_ESCALATING:
        return {"ignoreUntilEscalating": True}
    if view.status is Status.ARCHIVED and view.snooze:
        return _archive(view.snooze, details.decided_by)
    return _solution(view, details) if view.status is Status.RESOLVED else {}


def _archive(snooze: SnoozeView, actor: PersonView | None) -> JSON:
    """Return the condition of an archive. Counts are those still missing; counts within a window are given as set, because they restart all the
    time.
    """
    return {
        "ignoreCount": _missing(snooze.events, snooze.events_window, snooze.events_so_far),
        "ignoreUntil": instant(snooze.until_at),
        "ignoreUserCount": _missing(snooze.users, snooze.users_window, snooze.users_so_far),
        "ignoreUserWindow": snooze.users_window,
        "ignoreWindow": snooze.events_window,
        "actor": person_json(actor) if actor else None,
    }


def _missing(count: int | None, window: int | None, so_far: int) -> int | None:
    return count if count is None or window is not None else max(count - so_far, 0)


def _solution(view: IssueView, details: IssueDetails) -> JSON:
    """Return the resolution. A release after the current one counts as the next release, even if it is stored as the one after a version."""
    solution: JSON = {}
    if details.commit:
        commit = details.commit
        solution["inCommit"] = {
            "id": commit.sha,
            "repository": commit.repository,
            "commit": commit.sha,
            "message": commit.message,
            "dateCreated": instant(commit.committed_at),
        }
    if resolution := view.resolution:
        is_next = resolution.is_pending or resolution.current_release_version == resolution.version
        solution |= {"inNextRelease": True} if is_next else {"inRelease": resolution.version}
    elif view.last_move and view.last_move.type is ActivityType.SET_RESOLVED_IN_RELEASE:
        solution["inNextRelease"] = True
    actor = details.decided_by or (view.last_move.user if view.last_move else None)
    return solution | ({"actor": person_json(actor)} if solution and actor else {})
