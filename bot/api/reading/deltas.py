"""Build the response to a change: its outcomes with people and times in JSON, and the activity feed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch

from bot.api.reading.activities_json import activity_json, data_json
from bot.api.reading.issues_json import assignee_json
from bot.api.wording import instant, person_json, status_name
from core.activity_data import FirstSeenData
from core.issues.actions.modes import InCommit, InNextRelease, InRelease, Mode
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
from core.types import JSON, ActivityType, Status
from core.views import ActivityView, PersonView

MAX_FEED_ENTRIES = 100
"""The maximum number of entries of a feed."""
ACTIVITIES_READ = 2 * MAX_FEED_ENTRIES + 1
"""The number of activities read for a feed, including the very first one."""


def delta_json(outcomes: Sequence[Outcome], echo: JSON, actor: PersonView | None) -> JSON:
    """Return the requested fields with their current values for all selected issues. ``echo`` are fields without an effect of their own."""
    delta: JSON = {}
    for outcome in outcomes:
        delta |= _outcome(outcome, actor)
    return delta | echo


def actor_of(outcomes: Sequence[Outcome]) -> int | None:
    """Return the id of the user in the response, or None if it names nobody."""
    return next((outcome.actor_id for outcome in outcomes if isinstance(outcome, ResolveOutcome | ArchiveOutcome)), None)


def feed_json(activities: Sequence[ActivityView]) -> list[JSON]:
    """Return the feed, newest first, without repetitions of the previous entry; the last entry is the first event of the issue."""
    first = next((view for view in activities if isinstance(view.data, FirstSeenData) and view.merged_from is None), None)
    shown = [activity_json(view) for view in _without_repeats(activities)]
    data = data_json(first.data if first else FirstSeenData(priority=None))
    born = {"id": "0", "type": "first_seen", "user": None, "dateCreated": None, "data": data, "source": "ingest"}
    if first:
        born["dateCreated"] = instant(first.happened_at)
    return [*shown, born][:MAX_FEED_ENTRIES]


@singledispatch
def _outcome(outcome: Outcome, _: PersonView | None) -> JSON:
    raise NotImplementedError(type(outcome).__name__)


@_outcome.register
def _(outcome: ResolveOutcome, actor: PersonView | None) -> JSON:
    details = _mode(outcome.mode)
    if details and outcome.actor_id is not None:
        details["actor"] = person_json(actor) if actor else None
    return {"status": status_name(Status.RESOLVED), "statusDetails": details}


@_outcome.register
def _(_: UnresolveOutcome, __: PersonView | None) -> JSON:
    return {"status": status_name(Status.UNRESOLVED), "statusDetails": {}}


@_outcome.register
def _(outcome: ArchiveOutcome, actor: PersonView | None) -> JSON:
    details: JSON = {}
    if outcome.is_until_escalating:
        details = {"ignoreUntilEscalating": True}
    elif waits := outcome.condition:
        details = {
            "ignoreCount": waits.events,
            "ignoreUntil": instant(waits.until_at),
            "ignoreUserCount": waits.users,
            "ignoreUserWindow": waits.users_window,
            "ignoreWindow": waits.events_window,
            "actor": person_json(actor) if actor else None,
        }
    return {"status": status_name(Status.ARCHIVED), "statusDetails": details}


@_outcome.register
def _(outcome: InboxOutcome, _: PersonView | None) -> JSON:
    return {"inbox": _INBOX[outcome.change]}


@_outcome.register
def _(outcome: AssigneeOutcome, _: PersonView | None) -> JSON:
    return {"assignedTo": assignee_json(outcome.assignee) if outcome.assignee else None}


@_outcome.register
def _(outcome: PriorityOutcome, _: PersonView | None) -> JSON:
    return {"priority": outcome.priority.name.lower()}


@_outcome.register
def _(outcome: SeenOutcome, _: PersonView | None) -> JSON:
    return {"hasSeen": outcome.is_seen}


@_outcome.register
def _(outcome: BookmarkOutcome, _: PersonView | None) -> JSON:
    return {"isBookmarked": outcome.is_bookmarked}


@_outcome.register
def _(outcome: SubscriptionOutcome, _: PersonView | None) -> JSON:
    return {"isSubscribed": outcome.is_subscribed, "subscriptionDetails": {"reason": "unknown"}}


@_outcome.register
def _(outcome: ShareOutcome, _: PersonView | None) -> JSON:
    return {"isPublic": outcome.is_public, "shareId": outcome.share_id}


@_outcome.register
def _(outcome: MergeOutcome, _: PersonView | None) -> JSON:
    if outcome.primary_id is None:
        return {"merge": True}
    return {"merge": {"parent": str(outcome.primary_id), "children": [str(id_) for id_ in outcome.merged_ids]}}


@_outcome.register
def _(_: DiscardOutcome, __: PersonView | None) -> JSON:
    return {"discard": True}


_INBOX = {InboxChange.ADDED: True, InboxChange.REVIEWED: False, InboxChange.CLEARED: None}


def _mode(mode: Mode) -> JSON:
    match mode:
        case InNextRelease():
            return {"inNextRelease": True}
        case InRelease(version):
            return {"inRelease": version}
        case InCommit(repository, sha):
            # Sentry calls a commit's SHA its id.
            return {"inCommit": {"id": sha, "repository": repository, "commit": sha}}
        case _:
            return {}


def _without_repeats(activities: Sequence[ActivityView]) -> Iterator[ActivityView]:
    before: tuple[object, ...] | None = None
    for view in activities:
        if view.type is ActivityType.FIRST_SEEN and view.merged_from is None:
            continue
        same = (view.user, view.data, view.tags, view.merged_from)
        if same != before or view.type is ActivityType.NOTE:
            yield view
        before = same
