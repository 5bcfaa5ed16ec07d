"""An issue as a card: what the alert message says, before any platform says it (chat.md §2)."""

from __future__ import annotations

from datetime import datetime

from bot import menu
from bot.surface import Card, Fact, Moment, Text, plain
from core.types import ActivityType, Status, Substatus
from core.views import ActivityView, IssueView

EXCERPT = 256
"""Characters of an event's message that are shown."""

_SOURCES = {"slack": "Slack", "msteams": "Teams", "api": "the API", "cli": "the command line"}
_BARS = "▁▂▃▄▅▆▇█"


def alert(issue: IssueView, links_begin_with: str) -> Card:
    """The alert message of an issue as it is now."""
    state = state_sentence(issue)
    return Card(
        issue_id=issue.id,
        version=issue.version,
        title=issue.title,
        url=f"{links_begin_with}/issues/{issue.id}/",
        short_id=issue.short_id,
        level=issue.level.name.lower(),
        where=issue.culprit,
        excerpt=issue.message[:EXCERPT],
        state=state,
        facts=_facts(issue),
        people=(f"Assigned to {assignee_name(issue)}",) if issue.assignee else ("Not assigned",),
        controls=menu.controls(issue),
        footer=_footer(issue),
        fallback=f"[{issue.level.name.lower()}] {issue.short_id} {issue.title}: {plain(state)}",
    )


def state_sentence(issue: IssueView) -> Text:
    """Where the issue stands, and who or what brought it there."""
    match issue.status:
        case Status.RESOLVED:
            return ("Resolved", _fixed_in(issue), *_by(issue.last_move), *_at(issue.last_move))
        case Status.ARCHIVED:
            return ("Archived", *_until(issue), *_by(issue.last_move))
        case Status.PENDING_DELETION:
            return (_gone(issue.last_move), *_by(issue.last_move), *_restorable(issue.purge_at))
        case Status.DELETION_IN_PROGRESS:
            return ("Deleted for good",)
        case Status.PENDING_MERGE:
            return (f"Merged into {(issue.last_move.data if issue.last_move else {}).get('name', 'another issue')}", *_by(issue.last_move))
        case _:
            return _unresolved(issue)


def source_words(source: str) -> str:
    """Where a change was asked for, as people say it; empty where nobody asked."""
    return _SOURCES.get(source, "")


def many(count: int, noun: str) -> str:
    """``1 event``, ``5 events``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def sparkline(issue: IssueView) -> str:
    """The events of the last 24 hours, a character an hour; empty where there are none."""
    counts = [count for _, count in issue.hours]
    most = max(counts, default=0)
    if not most:
        return ""
    # An hour with any event at all stands out from one with none.
    return "".join(_BARS[0] if not count else _BARS[max(1, round(count / most * (len(_BARS) - 1)))] for count in counts)


def _unresolved(issue: IssueView) -> Text:
    move = issue.last_move
    if move and move.type is ActivityType.SET_ESCALATING and issue.substatus is Substatus.ESCALATING:
        return (_escalated(move),)
    if move and move.type is ActivityType.SET_REGRESSION and issue.substatus is Substatus.REGRESSED:
        return ("Unresolved, regressed: it happened again after it was resolved", *_at(move))
    if move and move.type is ActivityType.SET_UNRESOLVED and not move.user and move.source == "scheduler":
        return ("Came back: its time was reached", *_at(move))
    substatus = issue.substatus.name.lower() if issue.substatus else "open"
    acted = move if move and move.type in (ActivityType.SET_UNRESOLVED, ActivityType.RESTORE) else None
    return (f"Unresolved, {substatus}", *_by(acted), *_at(acted))


def _escalated(move: ActivityView) -> str:
    """By the forecast, or by the number of events or users that was waited for."""
    if "forecast" in move.data:
        return f"Escalating: {many(move.data.get('events') or 0, 'event')} this hour, forecast {move.data['forecast']:,}"
    expired = move.data.get("expired_snooze") or {}
    if expired.get("count"):
        return f"Came back: {many(expired['count'], 'event')} reached"
    return f"Came back: {many(expired.get('user_count') or 0, 'user')} reached"


def _fixed_in(issue: IssueView) -> str:
    """The release that a resolution names, while it is known which."""
    resolution, move = issue.resolution, issue.last_move
    if move and move.type is ActivityType.SET_RESOLVED_IN_COMMIT:
        return " by a commit" + (f" in {resolution.version}" if resolution else "")
    if resolution is None:
        return " in the next release" if move and move.type is ActivityType.SET_RESOLVED_IN_RELEASE else ""
    if resolution.is_pending or resolution.current_release_version == resolution.version:
        return f" in the next release after {resolution.version}"
    return f" in release {resolution.version}"


def _gone(move: ActivityView | None) -> str:
    return "Discarded" if move and move.type is ActivityType.DISCARD else "Deleted"


def _until(issue: IssueView) -> Text:
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


def _counted(count: int, noun: str, so_far: int, window: int | None) -> str:
    """A number in a window says nothing of how far it is: the window slides."""
    if window:
        return f"{many(count, noun)} within {window:,} min"
    return f"{many(count, f'more {noun}')} ({so_far:,} so far)"


def _by(move: ActivityView | None) -> Text:
    if move is None:
        return ()
    who = f" by @{move.user.name}" if move.user else ""
    if move.type is ActivityType.RESTORE:
        # It stands as before the deletion, and whoever restored it is not who brought it there.
        who = f", restored{who}"
    where = source_words(move.source)
    return (f"{who}, from {where}",) if where else (who,) if who else ()


def _at(move: ActivityView | None) -> Text:
    return (", ", Moment(move.happened_at, "time")) if move else ()


def _restorable(purge_at: datetime | None) -> Text:
    return (". It can be restored until ", Moment(purge_at, "time")) if purge_at else ()


def assignee_name(issue: IssueView) -> str:
    """Who looks after an issue, as people say it: ``@Ada``, ``#checkout``."""
    if issue.assignee is None:
        return "nobody"
    return f"#{issue.assignee.name}" if issue.assignee.kind == "team" else f"@{issue.assignee.name}"


def _facts(issue: IssueView) -> tuple[Fact, ...]:
    facts = [
        Fact("Events", (f"{issue.times_seen:,}",)),
        Fact("Users", (f"{issue.users_seen:,}",)),
        Fact("First seen", (Moment(issue.first_seen_at),)),
        Fact("Last seen", (Moment(issue.last_seen_at),)),
    ]
    if issue.release:
        facts.append(Fact("Release", (issue.release,)))
    if issue.environment:
        facts.append(Fact("Environment", (issue.environment,)))
    if line := sparkline(issue):
        facts.append(Fact("Last 24 h", (line,)))
    return tuple(facts)


def _footer(issue: IssueView) -> Text:
    elsewhere = issue.copies - 1
    further = f" · shown in {many(elsewhere, 'further place')}" if elsewhere > 0 else ""
    return (f"{issue.project.slug} · {issue.priority.name.lower()} priority{further}",)
