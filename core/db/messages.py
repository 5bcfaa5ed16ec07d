"""Query and change messages (which channel shows which issue, at which version) and notes (sent once to threads, channels and people)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from core.db.models import Activity, Channel, Identity, Issue, Line, Message, Storm
from core.db.stored import notes
from core.note_data import NoteData, NoteKind
from core.types import JSON


class MessageStore:
    """The copies that channels show or will show."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def schedule(self, issue: Issue, channel_id: int, now: datetime) -> None:
        """Schedule a copy of the issue in this channel."""
        self._session.add(Message(issue_id=issue.id, channel_id=channel_id, wanted_version=issue.version, not_before_at=now, created_at=now))

    def track(self, issue: Issue, channel_id: int, shown: tuple[str, int], now: datetime) -> None:
        """Store a copy that the channel already shows, with its platform id and version."""
        external_id, version = shown
        values = {"external_id": external_id, "shown_version": version, "shown_at": now, "wanted_version": issue.version, "is_unfolded": True}
        self._session.add(Message(issue_id=issue.id, channel_id=channel_id, not_before_at=now, created_at=now, **values))

    def mark_stale(self, issues: Iterable[Issue], leaving: Collection[int] = ()) -> None:
        """Mark the copies of these issues for a redraw at the newest version.

        Copies that only a storm's summary shows stay as they are, except those in ``leaving``.
        """
        self._session.flush()
        newest = select(Issue.version).where(Issue.id == Message.issue_id).scalar_subquery()
        follows = or_(Message.storm_id.is_(None), Message.external_id.is_not(None), Message.id.in_(leaving))
        mine = update(Message).where(Message.issue_id.in_([issue.id for issue in issues]), follows)
        self._session.execute(mine.values(wanted_version=newest), execution_options={"synchronize_session": False})

    def detach_from_storm(self, issue: Issue, channel_id: int, now: datetime) -> bool:
        """Give a copy that only a storm's summary shows a message of its own. Return False if the channel has no such copy."""
        folded = and_(Message.storm_id.is_not(None), Message.external_id.is_(None))
        mine = update(Message).where(Message.issue_id == issue.id, Message.channel_id == channel_id, folded)
        taken = mine.values(shown_version=0, not_before_at=now, parked_at=None).returning(Message.id)
        return self._session.execute(taken, execution_options={"synchronize_session": False}).first() is not None

    def refresh_counts(self, issue_ids: Sequence[int], due_at: datetime) -> None:
        """Redraw the counts on these issues' copies at that time, unless something redraws them earlier."""
        later = or_(Message.numbers_due_at.is_(None), Message.numbers_due_at > due_at)
        mine = update(Message).where(Message.issue_id.in_(issue_ids), Message.parked_at.is_(None), later)
        self._session.execute(mine.values(numbers_due_at=due_at), execution_options={"synchronize_session": False})

    def of_issue(self, issue_id: int) -> list[tuple[Message, Channel]]:
        """Return every copy of an issue with its channel."""
        query = select(Message, Channel).join(Channel, Channel.id == Message.channel_id).where(Message.issue_id == issue_id)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Message.id))]

    def one(self, message_id: int) -> tuple[Message, Channel] | None:
        """Return one copy with its channel, or None if its issue is gone."""
        query = select(Message, Channel).join(Channel, Channel.id == Message.channel_id).where(Message.id == message_id)
        row = self._session.execute(query).first()
        return (row[0], row[1]) if row else None


@dataclass(frozen=True)
class ChannelCopy:
    """A copy of an issue, with the settings of its channel. ``is_folded`` is true if only a storm's summary shows it."""

    message_id: int
    issue_id: int
    channel_id: int
    platform: str
    channel: str
    external_id: str | None
    threads: str
    has_comments: bool
    mentions: str
    has_broadcasts: bool
    is_unfolded: bool
    storm_id: int | None
    is_folded: bool
    is_storm_active: bool
    """Whether the storm that created it is still going on."""


@dataclass(frozen=True)
class NewNote:
    """A note to send to a channel, in the thread of ``message_id`` if it has one.

    ``activity_id`` and ``last_activity_id`` are the first and the last activity that it reports.
    """

    data: NoteData
    channel_id: int
    message_id: int | None = None
    issue_id: int | None = None
    activity_id: int | None = None
    last_activity_id: int | None = None


def note_row(note: NewNote, now: datetime) -> JSON:
    """Return the row of a note that is due now."""
    return {
        "kind": note.data.kind,
        "channel_id": note.channel_id,
        "message_id": note.message_id,
        "issue_id": note.issue_id,
        "activity_id": note.activity_id,
        "last_activity_id": note.last_activity_id,
        "data": notes.as_json(note.data),
        "not_before_at": now,
        "created_at": now,
    }


class ThreadNoteStore:
    """The notes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_activities(self, rows: Sequence[JSON]) -> list[tuple[int, int]]:
        """Store activities; return the id and the issue of each, in the order of their ids."""
        self._session.flush()
        if not rows:
            return []
        made = self._session.execute(insert(Activity).returning(Activity.id, Activity.issue_id), rows)
        return sorted((row.id, row.issue_id) for row in made)

    def copies(self, issue_ids: Collection[int]) -> list[ChannelCopy]:
        """Return the copies of these issues, in the order in which they were scheduled."""
        query = select(Message, Channel, Storm.ended_at).join(Channel, Channel.id == Message.channel_id)
        query = query.outerjoin(Storm, Storm.id == Message.storm_id).where(Message.issue_id.in_(issue_ids))
        return [_copy(row[0], row[1], row[2]) for row in self._session.execute(query.order_by(Message.id))]

    def schedule(self, new: Sequence[NewNote], now: datetime) -> None:
        """Store notes to send."""
        if new:
            self._session.execute(insert(Line), [note_row(note, now) for note in new])

    def delete_sent(self, before: datetime) -> int:
        """Delete notes that were sent before that time and belong to no issue; return how many."""
        old = delete(Line).where(Line.issue_id.is_(None), Line.sent_at < before).returning(Line.id)
        return len(self._session.execute(old, execution_options={"synchronize_session": False}).all())

    def has_digest(self, channel_ids: Collection[int]) -> set[int]:
        """Return those of these channels that already wait for a digest."""
        query = select(Line.channel_id).where(Line.channel_id.in_(channel_ids), Line.kind == NoteKind.DIGEST, Line.sent_at.is_(None))
        return set(self._session.scalars(query))

    def one(self, line_id: int) -> tuple[Line, Channel] | None:
        """Return a note with its channel, or None if its issue is gone."""
        query = select(Line, Channel).join(Channel, Channel.id == Line.channel_id).where(Line.id == line_id)
        row = self._session.execute(query).first()
        return (row[0], row[1]) if row else None

    def platform_ids(self, user_ids: Collection[int], channel: Channel) -> tuple[str, ...]:
        """Return the ids of these users on the channel's platform."""
        query = select(Identity.subject).where(Identity.user_id.in_(user_ids), Identity.platform == channel.platform)
        if channel.tenant:
            query = query.where(Identity.tenant == channel.tenant)
        return tuple(self._session.scalars(query.order_by(Identity.id)))


def _copy(message: Message, channel: Channel, storm_ended_at: datetime | None) -> ChannelCopy:
    is_folded = message.storm_id is not None and message.external_id is None and message.wanted_version <= message.shown_version
    return ChannelCopy(
        message_id=message.id,
        issue_id=message.issue_id,
        channel_id=channel.id,
        platform=channel.platform,
        channel=channel.external_id,
        external_id=message.external_id,
        threads=channel.threads,
        has_comments=channel.has_comments,
        mentions=channel.mentions,
        has_broadcasts=channel.has_broadcasts,
        is_unfolded=message.is_unfolded,
        storm_id=message.storm_id,
        is_folded=is_folded,
        is_storm_active=is_folded and storm_ended_at is None,
    )
