"""Messages: which channel shows which issue, and at which version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from core.db.models import Channel, Issue, Message


class Messages:
    """The promises made to channels."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def promise(self, issue: Issue, channel_id: int, now: datetime) -> None:
        """This channel shall show this issue."""
        self._session.add(Message(issue_id=issue.id, channel_id=channel_id, wanted_version=issue.version, not_before_at=now, created_at=now))

    def adopt(self, issue: Issue, channel_id: int, shown: tuple[str, int], now: datetime) -> None:
        """This channel shows this issue already: by that id of the platform's, at that version."""
        external_id, version = shown
        told = {"external_id": external_id, "shown_version": version, "shown_at": now, "wanted_version": issue.version, "is_unfolded": True}
        self._session.add(Message(issue_id=issue.id, channel_id=channel_id, not_before_at=now, created_at=now, **told))

    def follow(self, issues: Iterable[Issue], leaving: Collection[int] = ()) -> None:
        """The copies of these issues shall show their newest version.

        Those that only the summary of a storm shows stay as they are, but for those ``leaving`` it.
        """
        self._session.flush()
        newest = select(Issue.version).where(Issue.id == Message.issue_id).scalar_subquery()
        follows = or_(Message.storm_id.is_(None), Message.external_id.is_not(None), Message.id.in_(leaving))
        mine = update(Message).where(Message.issue_id.in_([issue.id for issue in issues]), follows)
        self._session.execute(mine.values(wanted_version=newest), execution_options={"synchronize_session": False})

    def take_out(self, issue: Issue, channel_id: int, now: datetime) -> bool:
        """A copy in this channel that only the summary of a storm shows shall stand there by itself. False where there is none."""
        folded = and_(Message.storm_id.is_not(None), Message.external_id.is_(None))
        mine = update(Message).where(Message.issue_id == issue.id, Message.channel_id == channel_id, folded)
        taken = mine.values(shown_version=0, not_before_at=now, parked_at=None).returning(Message.id)
        return self._session.execute(taken, execution_options={"synchronize_session": False}).first() is not None

    def refresh_numbers(self, issue_ids: Sequence[int], due_at: datetime) -> None:
        """The counts on these issues' copies shall be redrawn at that time, if nothing redraws them earlier."""
        later = or_(Message.numbers_due_at.is_(None), Message.numbers_due_at > due_at)
        mine = update(Message).where(Message.issue_id.in_(issue_ids), Message.parked_at.is_(None), later)
        self._session.execute(mine.values(numbers_due_at=due_at), execution_options={"synchronize_session": False})

    def of_issue(self, issue_id: int) -> list[tuple[Message, Channel]]:
        """Every copy of an issue with its channel."""
        query = select(Message, Channel).join(Channel, Channel.id == Message.channel_id).where(Message.issue_id == issue_id)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Message.id))]

    def shown_of(self, message_id: int) -> tuple[Message, Channel] | None:
        """One copy with its channel, or None where its issue is gone."""
        query = select(Message, Channel).join(Channel, Channel.id == Message.channel_id).where(Message.id == message_id)
        row = self._session.execute(query).first()
        return (row[0], row[1]) if row else None
