"""Describe the state of an issue in one sentence, with the person or event that caused it."""

from __future__ import annotations

from datetime import datetime

from bot.chat import links
from bot.chat.elements import Link, Moment, Text
from bot.chat.times import many
from core.activity_data import EscalatedData, MergedIntoData, ResolvedByAgeData, ResolvedInCommitData, ResolvedInReleaseData
from core.types import ActivityType, Status, Substatus
from core.views import ActivityView, IssueView

_SOURCES = {"slack": "Slack", "msteams": "Teams", "api": "the API", "cli": "the command line"}
MACHINES = {"alertmanager": "Alertmanager", "webhook": "a webhook"}
"""The names of sources that act automatically."""


def state_sentence(issue: IssueView, links_begin_with: str = "") -> Text:
    """Return the state of the issue, and who or what caused it."""
    match issue.status:
        case Status.RESOLVED:
            return ("Resolved", fixed_in(issue), *_by(issue.last_move), *_at(issue.last_move))
        case Status.ARCHIVED:
            return ("Archived", *until(issue), *_by(issue.last_move))
        case Status.PENDING_DELETION:
            return (_gone(issue.last_move), *_by(issue.last_move), *_restorable(issue.purge_at))
        case Status.DELETION_IN_PROGRESS:
            return ("Deleted for good",)
        case Status.PENDING_MERGE:
            return ("Merged into ", *_primary(issue.last_move, links_begin_with), *_by(issue.last_move))
        case _:
            return _unresolved(issue)


def source_words(source: str) -> str:
    """Return where a change was requested, in words; empty for automatic changes."""
    return _SOURCES.get(source, "")


def assignee_name(issue: IssueView) -> str:
    """Return the assignee in the form ``@Ada`` or ``#checkout``."""
    if issue.assignee is None:
        return "nobody"
    return f"#{issue.assignee.name}" if issue.assignee.kind == "team" else f"@{issue.assignee.name}"


def came_back(data: EscalatedData) -> str:
    """Return why an issue escalated: by the forecast, by a number of events or users, or because it is new and has many events per hour."""
    if data.forecast is not None:
        return f"Escalating: {many(data.events or 0, 'event')} this hour, forecast {data.forecast:,}"
    if data.ended_snooze is None:
        return "Escalating: it comes faster than other issues of its project"
    if data.ended_snooze.events:
        return f"Came back: {many(data.ended_snooze.events, 'event')} reached"
    return f"Came back: {many(data.ended_snooze.users or 0, 'user')} reached"


def fixed_in(issue: IssueView) -> str:
    """Return the release of a resolution, if it is known."""
    resolution, data = issue.resolution, issue.last_move.data if issue.last_move else None
    if isinstance(data, ResolvedByAgeData):
        return f": it had no event for {many(data.hours, 'hour')}"
    if isinstance(data, ResolvedInCommitData):
        return " by a commit" + (f" in {resolution.version}" if resolution else "")
    if resolution is None:
        return " in the next release" if isinstance(data, ResolvedInReleaseData) else ""
    if resolution.is_pending or resolution.current_release_version == resolution.version:
        return f" in the next release after {resolution.version}"
    return f" in release {resolution.version}"


def until(issue: IssueView) -> Text:
    """Return the condition that ends an archive: `` until 10 more events (0 so far)``, `` forever``."""
    snooze = issue.snooze
    if issue.substatus is Substatus.UNTIL_ESCALATING:
        return (" until it escalates",)
    if snooze is None:
        return (" forever",)
    ends: list[Text] = []
    if snooze.until_at:
        ends.append((Moment(snooze.until_at),))
    if snooze.events:
        ends.append((_counted(snooze.events, "event", snooze.events_so_far, snooze.events_window),))
    if snooze.users:
        ends.append((_counted(snooze.users, "user", snooze.users_so_far, snooze.users_window),))
    sentence: Text = (" until ",)
    for number, end in enumerate(ends):
        sentence = (*sentence, *((" or ",) if number else ()), *end)
    return sentence


def _unresolved(issue: IssueView) -> Text:
    move = issue.last_move
    if move and isinstance(move.data, EscalatedData) and issue.substatus is Substatus.ESCALATING:
        return (came_back(move.data),)
    if move and move.type is ActivityType.SET_REGRESSION and issue.substatus is Substatus.REGRESSED:
        return ("Unresolved, regressed: it happened again after it was resolved", *_at(move))
    if move and move.type is ActivityType.SET_UNRESOLVED and not move.user and move.source == "scheduler":
        return ("Came back: its time was reached", *_at(move))
    substatus = issue.substatus.name.lower() if issue.substatus else "open"
    acted = move if move and move.type in (ActivityType.SET_UNRESOLVED, ActivityType.RESTORE) else None
    return (f"Unresolved, {substatus}", *_by(acted), *_at(acted))


def _gone(move: ActivityView | None) -> str:
    return "Discarded" if move and move.type is ActivityType.DISCARD else "Deleted"


def _primary(move: ActivityView | None, links_begin_with: str) -> Text:
    data = move.data if move and isinstance(move.data, MergedIntoData) else MergedIntoData()
    name, into = data.name or "another issue", data.primary_id
    return (Link(name, links.to_issue(links_begin_with, into)),) if links_begin_with and into else (name,)


def _counted(count: int, noun: str, so_far: int, window: int | None) -> str:
    """Return the condition for a count. A count within a window has no progress, because the window slides."""
    if window:
        return f"{many(count, noun)} within {window:,} min"
    return f"{many(count, f'more {noun}')} ({so_far:,} so far)"


_NOT_WHAT_IT_IS = {ActivityType.RESTORE: "restored", ActivityType.SET_UNRESOLVED: "opened again"}
"""The words for changes that bring an issue back: no person makes an issue new or ongoing, so the sentence says what the person did."""


def _by(move: ActivityView | None) -> Text:
    if move is None:
        return ()
    who = f" by @{move.user.name}" if move.user else f" by {MACHINES[move.source]}" if move.source in MACHINES else ""
    if move.type in _NOT_WHAT_IT_IS:
        who = f", {_NOT_WHAT_IT_IS[move.type]}{who}"
    where = source_words(move.source)
    return (f"{who}, from {where}",) if where else (who,) if who else ()


def _at(move: ActivityView | None) -> Text:
    return (", ", Moment(move.happened_at, "time")) if move else ()


def _restorable(purge_at: datetime | None) -> Text:
    return (". It can be restored until ", Moment(purge_at, "time")) if purge_at else ()
