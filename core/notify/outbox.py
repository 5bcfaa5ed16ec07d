"""The outbox for the sender: items to send, items posted, and items that wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.db.columns import retry_once
from core.db.database import Database
from core.db.health import PICKUP_GRACE
from core.db.models import Channel, Line, Message, Outage, Sendable, Storm
from core.db.outbox import Claim, OutboxItem, Wait
from core.errors import UnknownIssue
from core.notify.contents import ItemContent, content_of
from core.notify.outages import PROBE_INTERVAL
from core.notify.summaries import REDRAW_INTERVAL
from core.types import Origin

__all__ = ["Claim", "ClaimLost", "Outbox", "OutboxItem", "Receipt", "Shown", "Wait"]

LEASE = timedelta(seconds=15)
"""How long a sender keeps a channel without a sign of life: a little longer than a platform may take to answer. After a crash the channel waits
that long; each recorded message renews the lease.
"""
SENDER = "sender"
NO_SENDER = "no process works as sender"
LINE_RETENTION = timedelta(days=30)
"""How long sent notes that belong to no issue are kept."""


class ClaimLost(Exception):
    """Another sender has claimed the channel: post nothing there with this claim."""


@dataclass(frozen=True)
class Receipt:
    """The delivery state of one copy of an issue: shown, behind or parked.

    ``name`` is the channel's name, or None while the platform has not told it. ``waits_because`` is the reason of the copy itself or, if its whole
    channel or platform waits, the reason for that; ``not_before_at`` is the time of the next try.
    """

    platform: str
    channel: str
    name: str | None
    state: str
    wanted_version: int
    shown_version: int
    tries: int
    waits_because: str | None
    not_before_at: datetime
    shown_at: datetime | None


@dataclass(frozen=True)
class Shown:
    """A copy of an issue that was already posted, drawn at this version."""

    issue_id: int
    version: int
    external_id: str


@dataclass(frozen=True)
class Outbox:
    """Every copy of every issue, and all notes: what the sender still has to deliver."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def claim(self, limit: int = 20) -> list[Claim]:
        """Claim channels with something to send, for ``LEASE``."""
        now = self.clock()
        with self.database.read() as work:
            if not work.outbox.has_work(now):
                return []
        with self.database.write() as work:
            return work.outbox.claim(now, now + LEASE, limit, PROBE_INTERVAL)

    def next(self, claim: Claim) -> OutboxItem | None:
        """Return the next item for the channel, or None if nothing is due. For a probe, any waiting item will do."""
        with self.database.read() as work:
            return work.outbox.first(claim.channel_id, self.clock(), is_probe=claim.is_probe)

    def begin(self, claim: Claim, item: OutboxItem) -> ItemContent | None:
        """Return the current content of an item, or None if it is gone.

        Marks an item that makes a new post as in flight; ``mark_shown``, ``postpone`` or ``park`` clears the mark. A redraw needs no mark, because
        drawing twice does no harm. Raises ClaimLost if another sender has the channel.
        """
        if not item.is_new_post:
            with self.database.read() as work:
                return content_of(work, item, self.clock())
        with self.database.write() as work:
            now = self.clock()
            if not work.outbox.renew(claim, now + LEASE):
                raise ClaimLost
            if row := work.outbox.row(item):
                row.asked_at = now
            return content_of(work, item, now)

    def mark_shown(self, claim: Claim, item: OutboxItem, external_id: str, version: int) -> OutboxItem | None:
        """Record that the item was posted under this platform id; a copy or a storm shows this version now.

        Returns the next item for the channel. If nothing is due, gives the channel back and returns None.
        """
        with self.database.write() as work:
            now = self.clock()
            if not work.outbox.renew(claim, now + LEASE):
                return None
            if row := work.outbox.row(item):
                row.external_id, row.tries, row.trouble, row.troubled_at, row.asked_at = external_id, 0, None, None, None
                _mark_sent(row, version, now)
                work.session.flush()
            following = work.outbox.first(claim.channel_id, now)
            if following is None:
                work.outbox.release(claim, None)
            return following

    def postpone(self, claim: Claim, item: OutboxItem, reason: str, until: datetime, *, is_unsure: bool) -> None:
        """Record a failure and the time of the next try. ``is_unsure`` is true if the item may have reached the platform."""

        def record(row: Sendable, now: datetime) -> None:
            row.tries, row.trouble, row.not_before_at = row.tries + 1, reason, until
            row.troubled_at = row.troubled_at or now
            row.asked_at = row.asked_at if is_unsure else None
            if isinstance(row, Message) and row.numbers_due_at:
                row.numbers_due_at = until

        self._record(claim, item, record)

    def park(self, claim: Claim, item: OutboxItem, reason: str) -> None:
        """Stop trying an item until somebody repairs the cause."""

        def record(row: Sendable, now: datetime) -> None:
            row.trouble, row.parked_at, row.tries, row.asked_at = reason, now, row.tries + 1, None

        self._record(claim, item, record)

    def release(self, claim: Claim, wait: Wait | None = None) -> None:
        """Give the channel back; ``wait`` says until when nothing is sent there, and why."""
        with self.database.write() as work:
            work.outbox.release(claim, wait)

    def show(self, organization_id: int, issue: int | str, platform: str, origin: Origin, request_id: str | None = None) -> None:
        """Add a copy of an issue in this channel; repeating a ``request_id`` adds none. Raises UnknownIssue."""
        retry_once(lambda: self._show(organization_id, issue, platform, origin, request_id))
        self.on_change()

    def _show(self, organization_id: int, issue: int | str, platform: str, origin: Origin, request_id: str | None) -> None:
        with self.database.write() as work:
            if work.is_repeated(request_id, self.clock()):
                return
            row = work.issues.one(organization_id, issue)
            if row is None:
                raise UnknownIssue(name=issue)
            place = work.channels.get_or_add(organization_id, platform, origin.channel, origin.tenant)
            if not work.messages.detach_from_storm(row[0], place.id, self.clock()):
                work.messages.schedule(row[0], place.id, self.clock())

    def track(self, platform: str, origin: Origin, shown: Shown) -> None:
        """Keep a copy up to date that we did not post, such as an unfolded link. Does nothing if the issue is gone."""
        with self.database.write() as work:
            issue = next(iter(work.issues.relock([shown.issue_id])), None)
            if issue is None or work.views.issue_of_message(platform, origin.channel, shown.external_id):
                return
            organization_id = work.views.organization_of(issue.id)
            place = work.channels.get_or_add(organization_id, platform, origin.channel, origin.tenant)
            work.messages.track(issue, place.id, (shown.external_id, shown.version), self.clock())
        self.on_change()

    def redraw(self, issue_id: int) -> None:
        """Redraw the copies of an issue that did not change, because a control on one of them shows a stale choice."""
        with self.database.write() as work:
            work.messages.refresh_counts([issue_id], self.clock())
        self.on_change()

    def receipts(self, organization_id: int, issue: int | str) -> list[Receipt]:
        """Return every copy of an issue and its delivery state. Raises UnknownIssue."""
        with self.database.read() as work:
            row = work.issues.one(organization_id, issue)
            if row is None:
                raise UnknownIssue(name=issue)
            away = {outage.platform: outage for outage in work.outages.all_outages()}
            found = [_receipt(message, channel, away.get(channel.platform)) for message, channel in work.messages.of_issue(row[0].id)]
            since = self.clock() - PICKUP_GRACE
            is_alone = not any(receipt.role == SENDER and receipt.beat_at > since for receipt in work.heartbeats.all_beats())
        return [replace(receipt, waits_because=NO_SENDER) if is_alone and _is_overdue(receipt, since) else receipt for receipt in found]

    def forget_lines(self) -> int:
        """Delete old digests and admin alerts; other notes are deleted with their issues."""
        with self.database.write() as work:
            return work.thread_notes.delete_sent(self.clock() - LINE_RETENTION)

    def _record(self, claim: Claim, item: OutboxItem, change: Callable[[Sendable, datetime], None]) -> bool:
        """Return whether the claim is still valid: a sender that exceeded its lease must not record anything."""
        with self.database.write() as work:
            is_ours = work.outbox.renew(claim, self.clock() + LEASE)
            row = work.outbox.row(item) if is_ours else None
            if row is not None:
                change(row, self.clock())
            return is_ours


def _mark_sent(row: Sendable, version: int, now: datetime) -> None:
    """Mark an item as sent, up to the version that was sent."""
    if isinstance(row, Line):
        row.sent_at = now
    elif isinstance(row, Message):
        row.shown_version, row.shown_at, row.numbers_due_at = version, now, None
    elif isinstance(row, Storm):
        row.shown_version, row.shown_at, row.not_before_at = version, now, now + REDRAW_INTERVAL


def _receipt(message: Message, channel: Channel, outage: Outage | None) -> Receipt:
    behind = "behind" if message.wanted_version > message.shown_version else "shown"
    state = "parked" if message.parked_at else behind
    because, at = (message.trouble, message.not_before_at) if state != "behind" else _waiting_for(message, channel, outage)
    return Receipt(
        platform=channel.platform,
        channel=channel.external_id,
        name=channel.name,
        state=state,
        wanted_version=message.wanted_version,
        shown_version=message.shown_version,
        tries=message.tries,
        waits_because=because,
        not_before_at=at,
        shown_at=message.shown_at,
    )


def _is_overdue(receipt: Receipt, since: datetime) -> bool:
    """Return whether a copy waits for no known reason, longer than any sender would leave it."""
    return receipt.state == "behind" and receipt.waits_because is None and receipt.not_before_at < since


def _waiting_for(message: Message, channel: Channel, outage: Outage | None) -> tuple[str | None, datetime]:
    """Return why a copy is not posted yet and when it is tried next; the cause may be its platform, its channel, or itself."""
    at = max(message.not_before_at, channel.not_before_at or message.not_before_at)
    if outage and channel.waits_for == "outage":
        return f"no answer from the platform since {outage.since_at:%H:%M:%S} UTC: {outage.reason}", outage.probe_at
    if channel.waits_for in _WORDS:
        return _WORDS[channel.waits_for].format(because=channel.trouble or "", at=f"{at:%H:%M:%S} UTC"), at
    return message.trouble, at


_WORDS = {
    "repair": "{because}",
    "account": "{because}",
    "patience": "{because}; the platform asked to wait until {at}",
    "turn": "the rate limit of the platform; it comes when it is its turn",
}
