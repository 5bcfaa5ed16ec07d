"""Read the content of outbox items at the time they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.db.models import Channel, Line
from core.db.outbox import OutboxItem
from core.db.stored import notes
from core.db.summaries import Counts
from core.db.unit_of_work import UnitOfWork
from core.note_data import AdminAlertData, BulkNoteData, ChangeNoteData, NoteData, NoteKind, RepeatNoteData
from core.types import ActivityType
from core.views import ActivityView, IssueView

__all__ = ["Counts", "Digest", "IssueMessage", "ItemContent", "StormSummary", "ThreadNote", "content_of"]

_MAX_LISTED_ISSUES = 10
"""The maximum number of issues listed for a bulk change."""


@dataclass(frozen=True)
class IssueMessage:
    """The issue to show, and the rule that posted it."""

    issue: IssueView
    because: str


@dataclass(frozen=True)
class ThreadNote:
    """A note to send once: the effect of one request on an issue, or on many; ``issues`` are the first of those.

    An alert for admins has only ``text``. ``mentions`` are the platform ids of the people to ping.
    """

    kind: NoteKind
    issues: tuple[IssueView, ...]
    ids: tuple[int, ...]
    """The ids of all issues."""
    activities: tuple[ActivityView, ...]
    count: int
    """The events so far for a repeated alert, else the number of issues."""
    mentions: tuple[str, ...]
    is_broadcast: bool
    text: str = ""


@dataclass(frozen=True)
class StormSummary:
    """The summary of a storm: the number of new issues, those with most events, and at least one of each project."""

    began_at: datetime
    ended_at: datetime | None
    count: int
    issues: tuple[IssueView, ...]
    version: int


@dataclass(frozen=True)
class Digest:
    """A channel's last day, and the open issues that need attention."""

    counts: Counts
    waiting: tuple[IssueView, ...]


ItemContent = IssueMessage | StormSummary | Digest | ThreadNote


def content_of(work: UnitOfWork, item: OutboxItem, now: datetime) -> ItemContent | None:
    """Return the current content of an item, or None if it is gone or the channel's organization may not see it."""
    match item.kind:
        case "alert" | "redraw" | "numbers":
            return _issue_message(work, item.row, now)
        case "storm":
            return _storm(work, item.row, now)
        case "digest":
            return _digest(work, item.row, now)
        case "line" | "direct":
            return _note(work, item.row, now)


def _issue_message(work: UnitOfWork, message_id: int, now: datetime) -> IssueMessage | None:
    found = work.messages.one(message_id)
    issues = _issues(work, [found[0].issue_id], found[1], now) if found else ()
    return IssueMessage(issues[0], found[0].told_because or "") if found and issues else None


def _storm(work: UnitOfWork, storm_id: int, now: datetime) -> StormSummary | None:
    found = work.storms.one(storm_id)
    if found is None:
        return None
    row, channel = found
    issues = _issues(work, work.storms.most_seen(row.id), channel, now)
    return StormSummary(row.began_at, row.ended_at, row.issues, issues, row.wanted_version)


def _digest(work: UnitOfWork, line_id: int, now: datetime) -> Digest | None:
    found = work.thread_notes.one(line_id)
    if found is None:
        return None
    line, channel = found
    projects = work.digests.projects(channel.id)
    waiting = _issues(work, work.digests.waiting(projects, now), channel, now)
    return Digest(work.digests.counts(projects, line.created_at), waiting)


def _note(work: UnitOfWork, line_id: int, now: datetime) -> ThreadNote | None:
    found = work.thread_notes.one(line_id)
    if found is None:
        return None
    line, channel = found
    data = notes.data_of(line.kind, line.data)
    if isinstance(data, AdminAlertData):
        return ThreadNote(data.kind, (), (), (), 0, (), is_broadcast=False, text=data.text)
    ids = _issue_ids(line, data)
    issues = _issues(work, ids[:_MAX_LISTED_ISSUES], channel, now)
    activities = work.views.activities_between(line.issue_id, line.activity_id, line.last_activity_id or 0) if line.activity_id else []
    if not (channel.has_comments or channel.is_direct):
        activities = [activity for activity in activities if activity.type is not ActivityType.NOTE]
    if not issues or (line.activity_id and not activities):
        return None
    change = data if isinstance(data, ChangeNoteData) else ChangeNoteData()
    mentions = work.thread_notes.platform_ids(change.mentions, channel)
    return ThreadNote(data.kind, issues, tuple(ids), tuple(activities), _count(data, ids), mentions, change.is_broadcast)


def _issues(work: UnitOfWork, ids: list[int], channel: Channel, now: datetime) -> tuple[IssueView, ...]:
    views = work.views.issues(ids, now)
    return tuple(view for view in views if view.project.organization_id == channel.organization_id)


def _issue_ids(line: Line, data: NoteData) -> list[int]:
    if isinstance(data, BulkNoteData) and data.issue_ids:
        return list(data.issue_ids)
    return [line.issue_id] if line.issue_id is not None else []


def _count(data: NoteData, ids: list[int]) -> int:
    return data.count if isinstance(data, RepeatNoteData) and data.count is not None else len(ids)
