"""Lines: what is to be said once, in threads, in channels and to people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.db.models import Activity, Channel, Identity, Line, Message, Storm
from core.types import JSON


@dataclass(frozen=True)
class Copy:
    """A copy of an issue, with what is wanted in its channel. ``is_folded`` where only the summary of a storm shows it."""

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
    is_raging: bool
    """Whether the storm that brought it goes on."""


class Lines:
    """What is said beside the copies."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def written(self, rows: Sequence[JSON]) -> list[tuple[int, int]]:
        """Writes activities; says the number of each and the issue it is about, in the order of their numbers."""
        self._session.flush()
        if not rows:
            return []
        made = self._session.execute(insert(Activity).returning(Activity.id, Activity.issue_id), rows)
        return sorted((row.id, row.issue_id) for row in made)

    def copies(self, issue_ids: Collection[int]) -> list[Copy]:
        """The copies of these issues, in the order in which they were promised."""
        query = select(Message, Channel, Storm.ended_at).join(Channel, Channel.id == Message.channel_id)
        query = query.outerjoin(Storm, Storm.id == Message.storm_id).where(Message.issue_id.in_(issue_ids))
        return [_copy(row[0], row[1], row[2]) for row in self._session.execute(query.order_by(Message.id))]

    def promise(self, rows: Sequence[JSON]) -> None:
        """These are to be said."""
        if rows:
            self._session.execute(insert(Line), rows)

    def forget(self, before: datetime) -> int:
        """Forgets what was said before that moment and belongs to no issue; says how much."""
        old = delete(Line).where(Line.issue_id.is_(None), Line.sent_at < before).returning(Line.id)
        return len(self._session.execute(old, execution_options={"synchronize_session": False}).all())

    def has_digest(self, channel_ids: Collection[int]) -> set[int]:
        """Those of these channels that wait for a summary of the day already."""
        query = select(Line.channel_id).where(Line.channel_id.in_(channel_ids), Line.kind == "digest", Line.sent_at.is_(None))
        return set(self._session.scalars(query))

    def one(self, line_id: int) -> tuple[Line, Channel] | None:
        """A line with its channel, or None where its issue is gone."""
        query = select(Line, Channel).join(Channel, Channel.id == Line.channel_id).where(Line.id == line_id)
        row = self._session.execute(query).first()
        return (row[0], row[1]) if row else None

    def subjects(self, user_ids: Collection[int], channel: Channel) -> tuple[str, ...]:
        """What the channel's platform calls these users there."""
        query = select(Identity.subject).where(Identity.user_id.in_(user_ids), Identity.platform == channel.platform)
        if channel.tenant:
            query = query.where(Identity.tenant == channel.tenant)
        return tuple(self._session.scalars(query.order_by(Identity.id)))


def _copy(message: Message, channel: Channel, storm_ended_at: datetime | None) -> Copy:
    is_folded = message.storm_id is not None and message.external_id is None and message.wanted_version <= message.shown_version
    return Copy(
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
        is_raging=is_folded and storm_ended_at is None,
    )
