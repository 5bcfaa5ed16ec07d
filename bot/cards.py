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
        people=(f"Assigned to {_name(issue)}",) if issue.assignee else ("Not assigned",),
        controls=menu.controls(issue),
        footer=_footer(issue),
        fallback=f"[{issue.level.name.lower()}] {issue.short_id} {issue.title}: {plain(state)}",
    )


def state_sentence(issue: IssueView) -> Text:
    """Where the issue stands, and who or what brought it there."""
    match issue.status:
        case Status.RESOLVED:
            return ("Resolved", *_by(issue.last_move), *_at(issue.last_move))
        case Status.ARCHIVED:
            return ("Archived", *_until(issue), *_by(issue.last_move))
        case Status.PENDING_DELETION:
            return ("Deleted", *_by(issue.last_move), *_restorable(issue.purge_at))
        case Status.DELETION_IN_PROGRESS:
            return ("Deleted for good",)
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
        return ("Came back: ", _reached(move))
    if move and move.type is ActivityType.SET_REGRESSION and issue.substatus is Substatus.REGRESSED:
        return ("Unresolved, regressed: it happened again after it was resolved", *_at(move))
    if move and move.type is ActivityType.SET_UNRESOLVED and not move.user and move.source == "scheduler":
        return ("Came back: its time was reached", *_at(move))
    substatus = issue.substatus.name.lower() if issue.substatus else "open"
    acted = move if move and move.type in (ActivityType.SET_UNRESOLVED, ActivityType.RESTORE) else None
    return (f"Unresolved, {substatus}", *_by(acted), *_at(acted))


def _reached(move: ActivityView) -> str:
    expired = move.data.get("expired_snooze") or {}
    if expired.get("count"):
        return f"{many(expired['count'], 'event')} reached"
    return f"{many(expired.get('user_count') or 0, 'user')} reached"


def _until(issue: IssueView) -> Text:
    snooze = issue.snooze
    if snooze is None:
        return (" until it escalates",) if issue.substatus is Substatus.UNTIL_ESCALATING else (" forever",)
    ends: list[Text] = []
    if snooze.until_at:
        ends.append((Moment(snooze.until_at),))
    if snooze.events:
        ends.append((f"{many(snooze.events, 'more event')} ({snooze.events_so_far:,} so far)",))
    if snooze.users:
        ends.append((f"{many(snooze.users, 'more user')} ({snooze.users_so_far:,} so far)",))
    sentence: Text = (" until ",)
    for number, end in enumerate(ends):
        sentence = (*sentence, *((" or ",) if number else ()), *end)
    return sentence


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


def _name(issue: IssueView) -> str:
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
