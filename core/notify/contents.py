"""What errands are about, as it is at the moment when they are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.db.database import Database
from core.db.models import Channel, Line
from core.db.summaries import Counts
from core.db.unit_of_work import UnitOfWork
from core.types import ActivityType
from core.views import ActivityView, IssueView

__all__ = ["Counts", "Digest", "IssueMessage", "MessageContents", "StormSummary", "ThreadNote"]


@dataclass(frozen=True)
class IssueMessage:
    """An issue to be shown, and the rule that brought it there."""

    issue: IssueView
    because: str


@dataclass(frozen=True)
class ThreadNote:
    """What is to be said once: what one request did to an issue, or to many of which ``issues`` are the first.

    ``kind`` is ``change``, ``repeat``, ``bulk``, ``direct`` or ``told``: then there is only ``text``, for an admin. ``mentions`` are the
    platform's ids of those whom it shall ping.
    """

    kind: str
    issues: tuple[IssueView, ...]
    ids: tuple[int, ...]
    """The numbers of all of them."""
    activities: tuple[ActivityView, ...]
    count: int
    """Of a repeated alert the events so far, else the issues."""
    mentions: tuple[str, ...]
    is_broadcast: bool
    text: str = ""


@dataclass(frozen=True)
class StormSummary:
    """What a storm brought: how many new issues, those with most events, and at least one of each project."""

    began_at: datetime
    ended_at: datetime | None
    count: int
    issues: tuple[IssueView, ...]
    version: int


@dataclass(frozen=True)
class Digest:
    """A channel's last day, and the open issues that wait for somebody."""

    counts: Counts
    waiting: tuple[IssueView, ...]


@dataclass(frozen=True)
class MessageContents:
    """Looks up what errands are about, for whoever draws them. What is gone, or is not the channel's to see, is None."""

    database: Database
    clock: Callable[[], datetime]

    def copy(self, message_id: int) -> IssueMessage | None:
        """The issue behind a copy."""
        with self.database.read() as work:
            found = work.messages.shown_of(message_id)
            issues = self._issues(work, [found[0].issue_id], found[1]) if found else ()
            return IssueMessage(issues[0], found[0].told_because or "") if found and issues else None

    def said(self, line_id: int) -> ThreadNote | None:
        """What a line tells of."""
        with self.database.read() as work:
            found = work.thread_notes.one(line_id)
            return self._said(work, *found) if found else None

    def storm(self, storm_id: int) -> StormSummary | None:
        """What a storm brought so far."""
        with self.database.read() as work:
            found = work.storms.one(storm_id)
            if found is None:
                return None
            row, channel = found
            issues = self._issues(work, work.storms.most_seen(row.id), channel)
            return StormSummary(row.began_at, row.ended_at, row.issues, issues, row.wanted_version)

    def digest(self, line_id: int) -> Digest | None:
        """The day of a channel that ends now."""
        now = self.clock()
        with self.database.read() as work:
            found = work.thread_notes.one(line_id)
            if found is None:
                return None
            projects = work.digests.projects(found[1].id)
            waiting = self._issues(work, work.digests.waiting(projects, now), found[1])
            return Digest(work.digests.counts(projects, found[0].created_at), waiting)

    def _said(self, work: UnitOfWork, line: Line, channel: Channel) -> ThreadNote | None:
        if line.kind == "told":
            return ThreadNote(line.kind, (), (), (), 0, (), is_broadcast=False, text=line.data["text"])
        ids = line.data.get("issues", [line.issue_id])
        issues = self._issues(work, ids[:_SHOWN], channel)
        activities = work.views.stretch(line.issue_id, line.activity_id, line.last_activity_id or 0) if line.activity_id else []
        if not (channel.has_comments or channel.is_direct):
            activities = [one for one in activities if one.type is not ActivityType.NOTE]
        if not issues or (line.activity_id and not activities):
            return None
        mentions = work.thread_notes.subjects(line.data.get("mentions", ()), channel)
        count = line.data.get("count", len(ids))
        return ThreadNote(line.kind, issues, tuple(ids), tuple(activities), count, mentions, line.data.get("is_broadcast", False))

    def _issues(self, work: UnitOfWork, ids: list[int], channel: Channel) -> tuple[IssueView, ...]:
        views = work.views.issues(ids, self.clock())
        return tuple(view for view in views if view.project.organization_id == channel.organization_id)


_SHOWN = 10
"""Issues of a bulk change that are listed."""
