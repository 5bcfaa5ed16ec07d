"""The line in a thread: what one request did to one issue, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.chat.cards.states import MACHINES, came_back, fixed_in, source_words, until
from bot.chat.elements import Notice, Text
from bot.chat.times import many
from core.issues.activity import in_words
from core.types import JSON, ActivityType
from core.views import ActivityView, IssueView

LONGEST_COMMENT = 1_000
"""Characters of a comment that are quoted; the issue's page has all of it."""

_FIXES = (ActivityType.SET_RESOLVED, ActivityType.SET_RESOLVED_IN_RELEASE, ActivityType.SET_RESOLVED_IN_COMMIT)
_DEEDS: dict[ActivityType, str] = {
    ActivityType.SET_RESOLVED: "resolved this",
    ActivityType.SET_RESOLVED_IN_RELEASE: "resolved this in a release",
    ActivityType.SET_RESOLVED_IN_COMMIT: "resolved this by a commit",
    ActivityType.SET_UNRESOLVED: "opened this again",
    ActivityType.SET_IGNORED: "archived this",
    ActivityType.SET_PUBLIC: "shared this",
    ActivityType.SET_PRIVATE: "stopped sharing this",
    ActivityType.UNASSIGNED: "unassigned this",
    ActivityType.UNMERGE_SOURCE: "took events out of this",
    ActivityType.UNMERGE_DESTINATION: "took this out of another issue",
    ActivityType.MARK_REVIEWED: "marked this reviewed",
    ActivityType.AUTO_SET_ONGOING: "set this to ongoing",
    ActivityType.DELETE: "deleted this",
    ActivityType.DISCARD: "discarded this",
    ActivityType.RESTORE: "restored this",
    ActivityType.PURGE: "deleted this for good",
    ActivityType.MOVE_TO_INBOX: "put this into the inbox",
}


def line(activities: Sequence[ActivityView], issue: IssueView) -> Notice:
    """What one request did to an issue; without any activity, how often it was seen by now."""
    return Notice(_sentence(_told(activities), issue), issue_id=issue.id, version=issue.version)


def _told(activities: Sequence[ActivityView]) -> Sequence[ActivityView]:
    """That a reviewed issue is ongoing goes without saying."""
    kinds = {activity.type for activity in activities}
    return [one for one in activities if one.type is not ActivityType.AUTO_SET_ONGOING or ActivityType.MARK_REVIEWED not in kinds]


def _sentence(activities: Sequence[ActivityView], issue: IssueView) -> Text:
    if not activities:
        return (f"Seen {many(issue.times_seen, 'time')}",)
    first = activities[0]
    if first.user is None and not source_words(first.source) and first.source not in MACHINES:
        return (". ".join(_by_itself(activity) for activity in activities),)
    deeds: Text = ()
    for activity in activities:
        deeds = (*deeds, *((" and ",) if deeds else ()), *_deed(activity, issue))
    who = f"@{first.user.name}" if first.user else MACHINES.get(first.source, "Somebody").capitalize()
    where = source_words(first.source)
    return (f"{who} ", *deeds, *((f", from {where}",) if where else ()))


def _deed(activity: ActivityView, issue: IssueView) -> Text:
    if issue.last_move is not None and issue.last_move.id == activity.id:
        if activity.type in _FIXES:
            return ("resolved this", fixed_in(issue))
        if activity.type is ActivityType.SET_IGNORED:
            return ("archived this", *until(issue))
    say = _DETAILED.get(activity.type)
    return (say(activity.data) if say else _DEEDS.get(activity.type, in_words(activity.type, activity.data)),)


def _by_itself(activity: ActivityView) -> str:
    """What nobody asked for."""
    if activity.type is ActivityType.SET_ESCALATING:
        return came_back(activity)
    if activity.type is ActivityType.SET_PRIORITY:
        return f"Has {activity.data.get('priority', 'another')} priority now"
    return _BY_ITSELF.get(activity.type, in_words(activity.type, activity.data).capitalize())


def _merged(data: JSON) -> str:
    return f"merged {many(len(data['issues']), 'issue')} into this" if "issues" in data else f"merged this into {data.get('name', 'another issue')}"


def _assigned(data: JSON) -> str:
    return f"assigned this to {'#' if data.get('assigneeType') == 'team' else '@'}{data.get('assigneeName', '')}"


def _undone(data: JSON) -> str:
    return f"undid that this was {data['what']}" if "what" in data else "undid the last change of this"


def _said(data: JSON) -> str:
    text = str(data.get("text", ""))
    return f"said: “{text if len(text) <= LONGEST_COMMENT else f'{text[: LONGEST_COMMENT - 1]}…'}”"


_DETAILED: dict[ActivityType, Callable[[JSON], str]] = {
    ActivityType.ASSIGNED: _assigned,
    ActivityType.MERGE: _merged,
    ActivityType.NOTE: _said,
    ActivityType.SET_PRIORITY: lambda data: f"gave this {data.get('priority', 'another')} priority",
    ActivityType.UNDO: _undone,
}
_BY_ITSELF: dict[ActivityType, str] = {
    ActivityType.FIRST_SEEN: "First seen",
    ActivityType.SET_RESOLVED_BY_AGE: "Resolved: nothing of it happened for long",
    ActivityType.SET_REGRESSION: "Came back: it happened again after it was resolved",
    ActivityType.SET_UNRESOLVED: "Came back: its time was reached",
    ActivityType.AUTO_SET_ONGOING: "Ongoing: it has been new for a while",
}
