"""The ledger, for the sender: what is to be sent, what stands in the chats, what has to wait."""

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
"""How long a sender may keep a channel without a sign of life: a little longer than a platform may take to answer. A killed sender's
channels wait that long; each message that is recorded renews it."""
SENDER = "sender"
NO_SENDER = "no process works as sender"
LINE_RETENTION = timedelta(days=30)
"""How long what was said and belongs to no issue is remembered."""


class ClaimLost(Exception):
    """Another sender has the channel by now: nothing is to be posted there by this claim."""


@dataclass(frozen=True)
class Receipt:
    """Where one copy of an issue stands, for those who ask why it is not here yet. ``state`` is shown, behind or parked.

    ``name`` is what people call the channel, None where the platform has not said it yet. ``waits_because`` is the reason of the copy itself
    or, where its whole channel or platform waits, that one; ``not_before_at`` is when it is tried next.
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
    """A copy of an issue that stands in a chat already, drawn at this version."""

    issue_id: int
    version: int
    external_id: str


@dataclass(frozen=True)
class Outbox:
    """Every copy of every issue, and all that is said beside them: promises that a sender keeps."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def claim(self, limit: int = 20) -> list[Claim]:
        """Channels with something to do, which are now this sender's for ``LEASE``."""
        now = self.clock()
        with self.database.read() as work:
            if not work.outbox.has_work(now):
                return []
        with self.database.write() as work:
            return work.outbox.claim(now, now + LEASE, limit, PROBE_INTERVAL)

    def next(self, claim: Claim) -> OutboxItem | None:
        """What to send to the channel now; None where nothing is due there. For a probe anything that waits will do."""
        with self.database.read() as work:
            return work.outbox.first(claim.channel_id, self.clock(), is_probe=claim.is_probe)

    def begin(self, claim: Claim, item: OutboxItem) -> ItemContent | None:
        """Returns the content of an item that is sent now; None where it is gone.

        An item that makes a new post is marked as in flight: until ``mark_shown``, ``postpone`` or ``park`` it is unknown whether it stands in the
        chat. Raises ClaimLost where another sender has the channel; a redraw needs no such care, as it may be drawn twice.
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
        """It stands in the chat, under that id of the platform's; a copy or a storm shows this version now.

        Returns what to send to the channel next. Where nothing is due the channel is given back, and None returned.
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
        """It did not work; try again then. ``is_unsure`` where it may have reached the platform all the same."""

        def record(row: Sendable, now: datetime) -> None:
            row.tries, row.trouble, row.not_before_at = row.tries + 1, reason, until
            row.troubled_at = row.troubled_at or now
            row.asked_at = row.asked_at if is_unsure else None
            if isinstance(row, Message) and row.numbers_due_at:
                row.numbers_due_at = until

        self._record(claim, item, record)

    def park(self, claim: Claim, item: OutboxItem, reason: str) -> None:
        """It cannot work until somebody repairs it."""

        def record(row: Sendable, now: datetime) -> None:
            row.trouble, row.parked_at, row.tries, row.asked_at = reason, now, row.tries + 1, None

        self._record(claim, item, record)

    def release(self, claim: Claim, wait: Wait | None = None) -> None:
        """Gives the channel back; ``wait`` says until when nothing is sent there, and why."""
        with self.database.write() as work:
            work.outbox.release(claim, wait)

    def show(self, organization_id: int, issue: int | str, platform: str, origin: Origin, request_id: str | None = None) -> None:
        """One more copy of an issue, in this channel; the same ``request_id`` again adds none. Raises UnknownIssue."""
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
        """A copy that we did not post, such as an unfolded link, is kept true from now on. Nothing happens where the issue is gone."""
        with self.database.write() as work:
            issue = next(iter(work.issues.relock([shown.issue_id])), None)
            if issue is None or work.views.issue_of_message(platform, origin.channel, shown.external_id):
                return
            organization_id = work.views.organization_of(issue.id)
            place = work.channels.get_or_add(organization_id, platform, origin.channel, origin.tenant)
            work.messages.track(issue, place.id, (shown.external_id, shown.version), self.clock())
        self.on_change()

    def redraw(self, issue_id: int) -> None:
        """The copies of this issue shall be drawn afresh though nothing changed: a control on one of them shows a stale choice."""
        with self.database.write() as work:
            work.messages.refresh_counts([issue_id], self.clock())
        self.on_change()

    def receipts(self, organization_id: int, issue: int | str) -> list[Receipt]:
        """Every copy of an issue and where it stands. Raises UnknownIssue."""
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
        """Forgets digests and what admins were told; what belongs to an issue goes with it."""
        with self.database.write() as work:
            return work.thread_notes.delete_sent(self.clock() - LINE_RETENTION)

    def _record(self, claim: Claim, item: OutboxItem, change: Callable[[Sendable, datetime], None]) -> bool:
        """Whether the claim still holds: a sender that was away longer than its lease has no say any more on what is shown there."""
        with self.database.write() as work:
            is_ours = work.outbox.renew(claim, self.clock() + LEASE)
            row = work.outbox.row(item) if is_ours else None
            if row is not None:
                change(row, self.clock())
            return is_ours


def _mark_sent(row: Sendable, version: int, now: datetime) -> None:
    """What was sent is not due any more, as far as it was sent."""
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
    """Whether a copy waits for nothing that is known, and has done so for longer than any sender would leave it."""
    return receipt.state == "behind" and receipt.waits_because is None and receipt.not_before_at < since


def _waiting_for(message: Message, channel: Channel, outage: Outage | None) -> tuple[str | None, datetime]:
    """Why a copy is not there yet and when it is tried next: its platform, its channel, or itself may be what it waits for."""
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
