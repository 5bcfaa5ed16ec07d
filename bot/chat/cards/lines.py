"""Build the note in a thread: what one request did to one issue, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.cards.states import MACHINES, came_back, fixed_in, source_words, until
from bot.chat.elements import Notice, Text
from bot.chat.targets import OneIssue
from bot.chat.times import many
from core.activity_data import (
    ActivityData,
    AssignedData,
    CommentData,
    EscalatedData,
    MergedIntoData,
    MergedOthersData,
    PriorityData,
    UndoneData,
)
from core.issues.activity import in_words
from core.types import ActivityType
from core.views import ActivityView, IssueView

MAX_COMMENT_CHARS = 1_000
"""The maximum length of a quoted comment, in characters; the issue's page has the full text."""

_FIXES = (ActivityType.SET_RESOLVED, ActivityType.SET_RESOLVED_IN_RELEASE, ActivityType.SET_RESOLVED_IN_COMMIT)
_PHRASES: dict[ActivityType, str] = {
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
    """Return the sentence about one request and one issue; without activities, the number of events so far."""
    return Notice(_sentence(_without_repeats(activities), issue), issue=OneIssue(issue.id, issue.version))


def _without_repeats(activities: Sequence[ActivityView]) -> Sequence[ActivityView]:
    """Leave out that a reviewed issue is ongoing, because the review implies it."""
    kinds = {activity.type for activity in activities}
    return [activity for activity in activities if activity.type is not ActivityType.AUTO_SET_ONGOING or ActivityType.MARK_REVIEWED not in kinds]


def _sentence(activities: Sequence[ActivityView], issue: IssueView) -> Text:
    if not activities:
        return (f"Seen {many(issue.times_seen, 'time')}",)
    first = activities[0]
    if first.user is None and not source_words(first.source) and first.source not in MACHINES:
        return (". ".join(_by_itself(activity) for activity in activities),)
    deeds: Text = ()
    for activity in activities:
        deeds = (*deeds, *((" and ",) if deeds else ()), *_phrase(activity, issue))
    who = f"@{first.user.name}" if first.user else MACHINES.get(first.source, "Somebody").capitalize()
    where = source_words(first.source)
    return (f"{who} ", *deeds, *((f", from {where}",) if where else ()))


def _phrase(activity: ActivityView, issue: IssueView) -> Text:
    if issue.last_move is not None and issue.last_move.id == activity.id:
        if activity.type in _FIXES:
            return ("resolved this", fixed_in(issue))
        if activity.type is ActivityType.SET_IGNORED:
            return ("archived this", *until(issue))
    return (_detailed(activity.data) or _PHRASES.get(activity.type, in_words(activity.data)),)


def _by_itself(activity: ActivityView) -> str:
    """Return the sentence about an automatic change."""
    match activity.data:
        case EscalatedData() as data:
            return came_back(data)
        case PriorityData() as data:
            return f"Has {_priority(data)} priority now"
        case data:
            return _BY_ITSELF.get(data.type, in_words(data).capitalize())


def _detailed(data: ActivityData) -> str | None:
    """Return the sentence about a person's change, for kinds that need details."""
    match data:
        case AssignedData():
            said = f"assigned this to {'#' if data.kind == 'team' else '@'}{data.name}"
        case MergedOthersData():
            said = f"merged {many(len(data.issue_ids), 'issue')} into this"
        case MergedIntoData():
            said = f"merged this into {data.name or 'another issue'}"
        case CommentData():
            said = f"said: “{data.text if len(data.text) <= MAX_COMMENT_CHARS else f'{data.text[: MAX_COMMENT_CHARS - 1]}…'}”"
        case PriorityData():
            said = f"gave this {_priority(data)} priority"
        case UndoneData():
            said = f"undid that this was {data.undone}" if data.undone else "undid the last change of this"
        case _:
            return None
    return said


def _priority(data: PriorityData) -> str:
    return data.priority.name.lower() if data.priority else "another"


_BY_ITSELF: dict[ActivityType, str] = {
    ActivityType.FIRST_SEEN: "First seen",
    ActivityType.SET_RESOLVED_BY_AGE: "Resolved: nothing of it happened for long",
    ActivityType.SET_REGRESSION: "Came back: it happened again after it was resolved",
    ActivityType.SET_UNRESOLVED: "Came back: its time was reached",
    ActivityType.AUTO_SET_ONGOING: "Ongoing: it has been new for a while",
}
