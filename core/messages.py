"""The ledger of messages, for the sender: what is behind, what was shown, what has to wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.messages import Claim, Due
from core.db.models import Channel, Message
from core.errors import UnknownIssue
from core.types import Origin
from core.views import IssueView

__all__ = ["Claim", "Due", "Messages", "Receipt"]

LEASE = timedelta(seconds=15)
"""How long a sender may keep a channel without a sign of life: a little longer than a platform may take to answer. A killed sender's
channels wait that long; each message that is recorded renews it."""


@dataclass(frozen=True)
class Receipt:
    """Where one copy of an issue stands, for those who ask why it is not here yet. ``state`` is shown, behind or parked."""

    platform: str
    channel: str
    state: str
    wanted_version: int
    shown_version: int
    tries: int
    waits_because: str | None
    not_before_at: datetime
    shown_at: datetime | None


@dataclass(frozen=True)
class Messages:
    """Every copy of every issue: a promise that a sender keeps."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def claim(self, limit: int = 20) -> list[Claim]:
        """Channels with something to do, which are now this sender's for ``LEASE``."""
        now = self.clock()
        with self.database.read() as work:
            if not work.messages.has_work(now):
                return []
        with self.database.write() as work:
            return work.messages.claim(now, now + LEASE, limit)

    def next(self, claim: Claim) -> tuple[Due, IssueView] | None:
        """What to send to the channel now, with the issue as it is at this moment."""
        now = self.clock()
        with self.database.read() as work:
            due = work.messages.due(claim.channel_id, now)
            views = work.views.issues([due.issue_id], now) if due else []
        return (due, views[0]) if due and views else None

    def shown(self, claim: Claim, due: Due, external_id: str, version: int) -> None:
        """The copy shows this version now."""

        def record(message: Message, now: datetime) -> None:
            message.external_id, message.shown_version, message.shown_at = external_id, version, now
            message.numbers_due_at, message.tries, message.trouble = None, 0, None

        self._record(claim, due, record)

    def postpone(self, claim: Claim, due: Due, trouble: str, until: datetime) -> None:
        """It did not work; try again then."""

        def record(message: Message, _: datetime) -> None:
            message.tries, message.trouble, message.not_before_at = message.tries + 1, trouble, until
            message.numbers_due_at = until if message.numbers_due_at else None

        self._record(claim, due, record)

    def park(self, claim: Claim, due: Due, trouble: str) -> None:
        """It cannot work until somebody repairs it."""

        def record(message: Message, now: datetime) -> None:
            message.trouble, message.parked_at, message.tries = trouble, now, message.tries + 1

        self._record(claim, due, record)

    def release(self, claim: Claim, not_before_at: datetime | None = None) -> None:
        """Gives the channel back; ``not_before_at`` is when the platform wants to hear of it again."""
        with self.database.write() as work:
            work.messages.release(claim, not_before_at)

    def show(self, organisation_id: int, issue: int | str, platform: str, origin: Origin) -> None:
        """One more copy of an issue, in this channel. Raises UnknownIssue."""
        with self.database.write() as work:
            row = work.issues.one(organisation_id, issue)
            if row is None:
                raise UnknownIssue(name=issue)
            place = work.channels.get_or_add(organisation_id, platform, origin.channel, origin.tenant)
            work.messages.promise(row[0], place.id, self.clock())
        self.on_change()

    def redraw(self, issue_id: int) -> None:
        """The copies of this issue shall be drawn afresh though nothing changed: a control on one of them shows a stale choice."""
        with self.database.write() as work:
            work.messages.refresh_numbers([issue_id], self.clock())
        self.on_change()

    def receipts(self, organisation_id: int, issue: int | str) -> list[Receipt]:
        """Every copy of an issue and where it stands. Raises UnknownIssue."""
        with self.database.read() as work:
            row = work.issues.one(organisation_id, issue)
            if row is None:
                raise UnknownIssue(name=issue)
            return [_receipt(message, channel) for message, channel in work.messages.of_issue(row[0].id)]

    def _record(self, claim: Claim, due: Due, change: Callable[[Message, datetime], None]) -> None:
        with self.database.write() as work:
            # A sender that was away longer than its lease has lost the channel, and with it the word on what is shown there.
            message = work.messages.message(due.message_id) if work.messages.keep(claim, self.clock() + LEASE) else None
            if message is not None:
                change(message, self.clock())


def _receipt(message: Message, channel: Channel) -> Receipt:
    behind = "behind" if message.wanted_version > message.shown_version else "shown"
    return Receipt(
        platform=channel.platform,
        channel=channel.external_id,
        state="parked" if message.parked_at else behind,
        wanted_version=message.wanted_version,
        shown_version=message.shown_version,
        tries=message.tries,
        waits_because=message.trouble,
        not_before_at=message.not_before_at,
        shown_at=message.shown_at,
    )
