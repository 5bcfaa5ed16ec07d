"""Collect the content of an issue page: everything for members of the organization, only the error for visitors with a share link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat import cards, times
from bot.pages.anonymous import without_addresses, without_people, without_personal_tags
from bot.security.clean import clean_stacks
from core.activity_data import CommentData
from core.bootstrap import Core
from core.errors import TriageError, UnknownIssue
from core.issues.activity import in_words
from core.rules.grouping.reading import exceptions, frames, source_lines
from core.types import JSON, OPEN_TO_TRIAGE
from core.views import ActivityView, IssueView, UserView

Values = Mapping[str, Any]
"""The variables of a template."""
MAX_HISTORY_LINES = 200
"""Lines of history on a page."""
_MAX_EXCEPTIONS = 20
_MAX_FRAMES = 250
"""Of each exception."""


class NotShared(TriageError):
    """This link leads nowhere: the issue is no longer shared, or the link is not whole."""


class NobodyKnown(TriageError):
    """Issue pages are for people who are signed in. In Slack or Teams, type login to Quell: it answers with a link that opens them."""


@dataclass(frozen=True)
class PageRequest:
    """What a visitor asks for. ``organization_id`` is the organization whose issues they may see, ``share`` the id in a share link."""

    name: int | str
    share: str
    organization_id: int | None
    visitor: UserView | None


def look_up(core: Core, request: PageRequest, links_begin_with: str) -> Values:
    """Return the variables of the page's template. Raises TriageError: UnknownIssue, TooLate, NotShared or NobodyKnown."""
    organization_id, issue = _find(core, request)
    event, problems = next((core.mapper.viewed(event, clean_stacks) for event in core.reads.events(issue.id, 1)), (None, ()))
    payload, tags = (event.payload, _object(event.payload.get("tags"))) if event else ({}, {})
    is_shared = organization_id != request.organization_id
    if is_shared:
        issue, payload, tags, problems = without_people(issue), without_addresses(payload), without_personal_tags(tags), ()
    return {
        "issue": issue,
        "card": cards.alert(issue, links_begin_with),
        "event": event,
        "exceptions": [
            {**exception, "frames": [_frame(frame) for frame in frames(exception)[-_MAX_FRAMES:][::-1]]}
            for exception in exceptions(payload)[-_MAX_EXCEPTIONS:][::-1]
        ],
        "problems": problems,
        "tags": sorted(tags.items()),
        "zone": times.zone(request.visitor.time_zone if request.visitor else None),
        **({"is_shared": True} if is_shared else _within(core, organization_id, issue, payload)),
    }


def _find(core: Core, request: PageRequest) -> tuple[int, IssueView]:
    """Return the issue and its organization. Issues of other organizations do not exist."""
    if request.organization_id is not None:
        try:
            return request.organization_id, core.reads.issue(request.organization_id, request.name)
        except UnknownIssue:
            if not request.share:
                raise
    if not request.share:
        raise NobodyKnown
    return _shared(core, request)


def _shared(core: Core, request: PageRequest) -> tuple[int, IssueView]:
    found = core.shares.find(request.share)
    if found is None:
        raise NotShared
    organization_id, issue_id = found
    try:
        issue = core.reads.issue(organization_id, request.name)
    except TriageError:
        raise NotShared from None
    if issue.id != issue_id or issue.status not in OPEN_TO_TRIAGE:
        raise NotShared
    return organization_id, issue


def _within(core: Core, organization_id: int, issue: IssueView, payload: JSON) -> Values:
    """Return the parts for members only: affected users, history and copies."""
    return {
        "person": {key: value for key, value in _object(payload.get("user")).items() if value},
        "history": [_line(activity) for activity in core.reads.activities(organization_id, issue.id, MAX_HISTORY_LINES)],
        "copies": core.outbox.receipts(organization_id, issue.id),
    }


def _frame(frame: JSON) -> Values:
    """Return a frame with the lines around its own, each with its number and whether it is the one."""
    source = source_lines(frame)
    return {**frame, "source": [(number, text, number == frame.get("lineno")) for number, text in source]}


def _line(activity: ActivityView) -> Values:
    source = cards.source_words(activity.source)
    return {
        "at": activity.happened_at,
        "who": f"@{activity.user.name}" if activity.user else "Quell",
        "what": in_words(activity.data),
        "where": f"from {source}" if source else "",
        "merged_from": activity.merged_from,
        "text": activity.data.text if isinstance(activity.data, CommentData) else "",
    }


def _object(value: object) -> JSON:
    return value if isinstance(value, dict) else {}
