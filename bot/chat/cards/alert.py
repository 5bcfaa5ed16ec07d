"""Build the alert message: one issue in its current state, with its controls."""

from __future__ import annotations

from bot.chat import links, menu
from bot.chat.cards.states import assignee_name, state_sentence
from bot.chat.elements import Card, Fact, Moment, Text, plain
from bot.chat.times import many
from core.types import Status
from core.views import IssueView

MAX_EXCERPT_CHARS = 256
"""The maximum length of an event's message, in characters."""

_BARS = "▁▂▃▄▅▆▇█"


def alert(issue: IssueView, links_begin_with: str, because: str = "") -> Card:
    """Return the alert message of an issue in its current state. ``because`` is the rule that posted it."""
    state = state_sentence(issue, links_begin_with)
    return Card(
        issue_id=issue.id,
        version=issue.version,
        title=issue.title,
        url=links.to_issue(links_begin_with, issue.id),
        short_id=issue.short_id,
        level=issue.level.name.lower(),
        where=issue.culprit,
        excerpt=issue.message[:MAX_EXCERPT_CHARS],
        state=state,
        facts=_facts(issue),
        people=_people(issue),
        controls=menu.controls(issue),
        footer=_footer(issue, because),
        fallback=f"[{issue.level.name.lower()}] {issue.short_id} {issue.title}: {plain(state)}",
    )


def sparkline(issue: IssueView) -> str:
    """Return the events of the last 24 hours, one character per hour; empty without events."""
    counts = [count for _, count in issue.hours]
    most = max(counts, default=0)
    if not most:
        return ""
    # An hour with any event must look different from an hour without.
    return "".join(_BARS[0] if not count else _BARS[max(1, round(count / most * (len(_BARS) - 1)))] for count in counts)


def _people(issue: IssueView) -> Text:
    if issue.assignee:
        return (f"Assigned to {assignee_name(issue)}",)
    if issue.fixed_by and issue.status in (Status.UNRESOLVED, Status.ARCHIVED):
        return (f"Not assigned. Suggested: @{issue.fixed_by.name}, who resolved it last",)
    return ("Not assigned",)


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


def _footer(issue: IssueView, because: str) -> Text:
    elsewhere = issue.copies - 1
    rule = f" · rule: {because}" if because else ""
    further = f" · shown in {many(elsewhere, 'further place')}" if elsewhere > 0 else ""
    return (f"{issue.project.slug} · {issue.priority.name.lower()} priority{rule}{further}",)
