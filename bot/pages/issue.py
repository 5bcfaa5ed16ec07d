"""What the page of an issue shows, and to whom: all of it to those whose issue it is, the fault alone to those who hold a share link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat import cards, times
from bot.pages.anonymous import impersonal, of_nobody, without_addresses
from core.activity_data import CommentData
from core.bootstrap import Core
from core.errors import TriageError, UnknownIssue
from core.issues.activity import in_words
from core.rules.fingerprints import exceptions, frames
from core.types import JSON, OPEN_TO_TRIAGE
from core.views import ActivityView, IssueView, UserView

Values = Mapping[str, Any]
"""What a template is filled with."""
MOST_LINES = 200
"""Lines of history."""


class NotShared(TriageError):
    """This link leads nowhere: the issue is no longer shared, or the link is not whole."""


class NobodyKnown(TriageError):
    """Issue pages are for people who are signed in. In Slack or Teams, type login to Quell: it answers with a link that opens them."""


@dataclass(frozen=True)
class PageRequest:
    """What a visitor wants to see. ``house`` is the organization whose issues they may see, ``share`` what a share link says."""

    name: int | str
    share: str
    house: int | None
    visitor: UserView | None


def look_up(core: Core, sought: PageRequest, links_begin_with: str) -> Values:
    """The values of the page's template. Raises TriageError: UnknownIssue, TooLate, NotShared or NobodyKnown."""
    organization_id, issue = _find(core, sought)
    event = next(iter(core.reads.events(issue.id, 1)), None)
    payload, tags = (event.payload, _object(event.payload.get("tags"))) if event else ({}, {})
    is_shared = organization_id != sought.house
    if is_shared:
        issue, payload, tags = of_nobody(issue), without_addresses(payload), impersonal(tags)
    return {
        "issue": issue,
        "card": cards.alert(issue, links_begin_with),
        "event": event,
        "exceptions": [{**one, "frames": list(reversed(frames(one)))} for one in reversed(exceptions(payload))],
        "tags": sorted(tags.items()),
        "zone": times.zone(sought.visitor.time_zone if sought.visitor else None),
        **({"is_shared": True} if is_shared else _within(core, organization_id, issue, payload)),
    }


def _find(core: Core, sought: PageRequest) -> tuple[int, IssueView]:
    """The issue and whose it is. Another organization's does not exist."""
    if sought.house is not None:
        try:
            return sought.house, core.reads.issue(sought.house, sought.name)
        except UnknownIssue:
            if not sought.share:
                raise
    if not sought.share:
        raise NobodyKnown
    return _shared(core, sought)


def _shared(core: Core, sought: PageRequest) -> tuple[int, IssueView]:
    found = core.shares.find(sought.share)
    if found is None:
        raise NotShared
    organization_id, issue_id = found
    try:
        issue = core.reads.issue(organization_id, sought.name)
    except TriageError:
        raise NotShared from None
    if issue.id != issue_id or issue.status not in OPEN_TO_TRIAGE:
        raise NotShared
    return organization_id, issue


def _within(core: Core, organization_id: int, issue: IssueView, payload: JSON) -> Values:
    """What is nobody else's business: who was hit, who said and did what, and where it is shown."""
    return {
        "person": {key: value for key, value in _object(payload.get("user")).items() if value},
        "history": [_line(activity) for activity in core.reads.activities(organization_id, issue.id, MOST_LINES)],
        "copies": core.outbox.receipts(organization_id, issue.id),
    }


def _line(activity: ActivityView) -> Values:
    source = cards.source_words(activity.source)
    return {
        "at": activity.happened_at,
        "who": f"@{activity.user.name}" if activity.user else "Quell",
        "what": in_words(activity.data),
        "where": f"from {source}" if source else "",
        "text": activity.data.text if isinstance(activity.data, CommentData) else "",
    }


def _object(value: object) -> JSON:
    return value if isinstance(value, dict) else {}
