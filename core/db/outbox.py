"""The outbox: which channels have something to send, what comes first, and which sender may send it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from core.db.columns import UtcDateTime
from core.db.health import OutageStore, changed_at
from core.db.models import Channel, ChatHome, Line, Message, Outage, Storm
from core.note_data import NoteKind

_PRIORITIES: dict[Kind, int] = {"alert": 0, "storm": 0, "redraw": 1, "line": 2, "direct": 2, "numbers": 3, "digest": 4}
"""The order of kinds; within a kind, items go in the order in which they were scheduled. A storm that was already posted counts as a redraw."""
_MESSAGE_KINDS: tuple[Kind, ...] = ("alert", "redraw", "numbers")
_KINDS_OF_LINES: dict[NoteKind, Kind] = {NoteKind.DIRECT: "direct", NoteKind.ADMIN_ALERT: "direct", NoteKind.DIGEST: "digest"}
"""The kinds of notes outside of threads."""
_FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)
"""A time after everything that is due, to select all items."""
_SUSPECT_TRIES, _SUSPECT_AFTER = 8, timedelta(minutes=4)
"""After this many tries and this time, the first item of a channel may be the fault itself, so the platform is probed with the next item."""


Moment = datetime | ColumnElement[datetime]


def copies_due(now: Moment) -> ColumnElement[bool]:
    """Return the condition for copies that are behind, or whose counts are old."""
    is_behind = and_(Message.wanted_version > Message.shown_version, Message.parked_at.is_(None))
    has_old_numbers = and_(Message.numbers_due_at <= now, Message.parked_at.is_(None), Message.external_id.is_not(None))
    return or_(and_(is_behind, Message.not_before_at <= now), has_old_numbers)


def lines_due(now: Moment) -> ColumnElement[bool]:
    """Return the condition for notes that were not sent; a thread note waits for its copy."""
    there = exists().where(Message.id == Line.message_id, Message.external_id.is_not(None), Message.parked_at.is_(None)).correlate(Line)
    return and_(Line.sent_at.is_(None), Line.parked_at.is_(None), Line.not_before_at <= now, or_(Line.message_id.is_(None), there))


def storms_due(now: Moment) -> ColumnElement[bool]:
    """Return the condition for storms that changed since their summary was drawn."""
    return and_(Storm.wanted_version > Storm.shown_version, Storm.parked_at.is_(None), Storm.not_before_at <= now)


def has_work(now: datetime) -> ColumnElement[bool]:
    """Return the condition for channels with anything to send."""
    copies = exists().where(Message.channel_id == Channel.id, copies_due(now))
    lines = exists().where(Line.channel_id == Channel.id, lines_due(now))
    return or_(copies, lines, exists().where(Storm.channel_id == Channel.id, storms_due(now)))


_NOW = bindparam("now", type_=UtcDateTime())
_HAS_WORK = select(or_(exists().where(copies_due(_NOW)), exists().where(lines_due(_NOW)), exists().where(storms_due(_NOW))))
"""The statement of ``has_work``, built once because it runs after every change and every second."""


class OutboxStore:
    """Everything to send, by channel."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def has_work(self, now: datetime) -> bool:
        """Return whether anything is due in any channel. Takes no lock."""
        return self._session.scalars(_HAS_WORK, {"now": now}).one()

    def claim(self, now: datetime, lease_until_at: datetime, limit: int, probe_every: timedelta) -> list[Claim]:
        """Claim channels that have something due and no other sender; for a platform that is down, one channel per probe interval."""
        away = OutageStore(self._session).all_outages()
        free = select(Channel.id).where(_is_unclaimed(now), _is_free_to_send(now), has_work(now)).limit(limit)
        ids = list(self._session.scalars(free.with_for_update(skip_locked=True)))
        probed = {id_ for outage in away for id_ in self._probe(outage, now, probe_every) if id_ not in ids}
        ids += probed
        if not ids:
            return []
        take = update(Channel).where(Channel.id.in_(ids)).values(lease_until_at=lease_until_at, fence=Channel.fence + 1)
        self._session.execute(take, execution_options={"synchronize_session": False})
        # A channel named on the command line has no tenant yet; then only one tenant exists.
        home = and_(ChatHome.platform == Channel.platform, or_(Channel.tenant.is_(None), ChatHome.tenant == Channel.tenant))
        rows = self._session.execute(select(Channel, ChatHome.service_url).outerjoin(ChatHome, home).where(Channel.id.in_(ids)))
        return [
            Claim(c.id, c.organization_id, c.platform, c.tenant, c.external_id, url, c.fence, c.is_direct, c.name, c.id in probed, now, c.waits_for)
            for c, url in rows
        ]

    def first(self, channel_id: int, now: datetime, *, is_probe: bool = False) -> OutboxItem | None:
        """Return the first item to send in a channel. A probe also considers items that are not due, and those tried often come later."""
        at = _FAR_FUTURE if is_probe else now
        found = (self._storm(channel_id, at), self._copy(channel_id, at, now if is_probe else None), self._line(channel_id, at))
        return min(filter(None, found), key=lambda item: (is_probe and _is_suspect(item, now), _priority(item)), default=None)

    def renew(self, claim: Claim, lease_until_at: datetime) -> bool:
        """Extend the claim, unless another sender has claimed the channel; locks the channel until the transaction ends."""
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        kept = self._session.execute(mine.values(lease_until_at=lease_until_at).returning(Channel.id))
        return kept.first() is not None

    def release(self, claim: Claim, wait: Wait | None) -> None:
        """Give the channel back; ``wait`` says until when it is left alone, and why. The wait is dropped if the bot was added to the channel
        meanwhile.
        """
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        until = wait.until if wait else None
        if wait and wait.kind == "repair" and claim.claimed_at:
            self._session.execute(mine.where(Channel.added_at >= claim.claimed_at).values(lease_until_at=None, not_before_at=None, waits_for=None))
            mine = mine.where(or_(Channel.added_at.is_(None), Channel.added_at < claim.claimed_at))
        why = {"waits_for": wait.kind if wait else None, "trouble": wait.because[:300] or None if wait else None}
        self._session.execute(mine.values(lease_until_at=None, not_before_at=until, **why))

    def row(self, item: OutboxItem) -> Message | Line | Storm | None:
        """Return the row that an item is about, or None if it is gone."""
        if item.kind == "storm":
            return self._session.get(Storm, item.row)
        if item.kind in _MESSAGE_KINDS:
            return self._session.get(Message, item.row)
        return self._session.get(Line, item.row)

    def _probe(self, outage: Outage, now: datetime, probe_every: timedelta) -> list[int]:
        """Return a channel to probe a platform with, if a probe is due: any channel that waits for the platform."""
        if outage.probe_at > now or not OutageStore(self._session).take_probe(outage.platform, now, now + probe_every):
            return []
        query = select(Channel.id).where(Channel.platform == outage.platform, _WAITS_FOR_PLATFORM, _is_unclaimed(now), has_work(_FAR_FUTURE))
        return list(self._session.scalars(query.order_by(func.random()).limit(1).with_for_update(skip_locked=True)))

    def _copy(self, channel_id: int, now: datetime, probed_at: datetime | None = None) -> OutboxItem | None:
        is_behind = Message.wanted_version > Message.shown_version
        lane = case((Message.external_id.is_(None), _PRIORITIES["alert"]), (is_behind, _PRIORITIES["redraw"]), else_=_PRIORITIES["numbers"])
        order: list[ColumnElement[Any]] = [lane, Message.id.expression]
        if probed_at:
            order.insert(0, and_(Message.tries >= _SUSPECT_TRIES, Message.troubled_at <= probed_at - _SUSPECT_AFTER))
        query = select(Message, changed_at()).where(Message.channel_id == channel_id, copies_due(now)).order_by(*order)
        found = self._session.execute(query.limit(1)).first()
        if found is None:
            return None
        row, since_at = found
        kind: Kind = "redraw" if row.wanted_version > row.shown_version else "numbers"
        if row.external_id is None:
            kind = "alert"
        return _item(kind, row, f"message-{row.id}", row.issue_id, None if kind == "numbers" else since_at)

    def _line(self, channel_id: int, now: datetime) -> OutboxItem | None:
        query = select(Line, Message.external_id).outerjoin(Message, Message.id == Line.message_id)
        query = query.where(Line.channel_id == channel_id, lines_due(now)).order_by(Line.kind == NoteKind.DIGEST, Line.id)
        found = self._session.execute(query.limit(1)).first()
        if found is None:
            return None
        line, thread = found
        kind = _KINDS_OF_LINES.get(NoteKind(line.kind), "line")
        since_at = None if kind == "digest" else line.created_at
        return OutboxItem(kind, line.id, line.issue_id, thread, f"line-{line.id}", line.tries, line.asked_at, line.troubled_at, since_at)

    def _storm(self, channel_id: int, now: datetime) -> OutboxItem | None:
        query = select(Storm).where(Storm.channel_id == channel_id, storms_due(now)).order_by(Storm.external_id.is_not(None), Storm.id)
        row = self._session.scalars(query.limit(1)).first()
        return _item("storm", row, f"storm-{row.id}", None) if row else None


def _item(kind: Kind, row: Message | Storm, key: str, issue_id: int | None, since_at: datetime | None = None) -> OutboxItem:
    return OutboxItem(kind, row.id, issue_id, row.external_id, key, row.tries, row.asked_at, row.troubled_at, since_at)


def _is_unclaimed(now: datetime) -> ColumnElement[bool]:
    """Return the condition for channels that no sender has claimed."""
    return or_(Channel.lease_until_at.is_(None), Channel.lease_until_at <= now)


def _is_free_to_send(now: datetime) -> ColumnElement[bool]:
    """Return the condition for channels that wait for nothing, or for a platform that is back."""
    is_back = and_(_WAITS_FOR_PLATFORM, ~exists().where(Outage.platform == Channel.platform))
    return or_(Channel.not_before_at.is_(None), Channel.not_before_at <= now, is_back)


_WAITS_FOR_PLATFORM = Channel.waits_for.in_(("account", "outage"))


def _is_suspect(item: OutboxItem, now: datetime) -> bool:
    return item.tries >= _SUSPECT_TRIES and item.troubled_at is not None and item.troubled_at <= now - _SUSPECT_AFTER


def _priority(item: OutboxItem) -> int:
    return _PRIORITIES["redraw" if item.kind == "storm" and item.external_id else item.kind]


Kind = Literal["alert", "redraw", "numbers", "line", "storm", "digest", "direct"]
"""The kinds of items: a new copy of an issue, a copy that is behind, a copy with old counts; a note in a thread or in the channel; a storm's
summary; a digest; a direct message.
"""


@dataclass(frozen=True)
class Claim:
    """A channel with work to do, held by one sender until the lease ends. ``fence`` tells an old claim from the newest one.

    ``is_direct`` is true if ``channel`` is a person's own id. ``name`` is the channel's name, if known. ``is_probe`` is true if the platform is
    down and one item shall be tried, due or not. ``claimed_at`` is the time of the claim, ``waited_for`` what the channel waited for until then.
    """

    channel_id: int
    organization_id: int
    platform: str
    tenant: str | None
    channel: str
    service_url: str | None
    fence: int
    is_direct: bool = False
    name: str | None = None
    is_probe: bool = False
    claimed_at: datetime | None = None
    waited_for: str | None = None


@dataclass(frozen=True)
class Wait:
    """Why nothing is sent to a channel until a time: it needs a repair, the platform rejects our credentials, does not answer, or asked us to wait
    (429), our own rate limits apply, or a failed item is retried. ``because`` is the reason in the platform's words.
    """

    until: datetime
    kind: Literal["repair", "account", "outage", "patience", "turn", "retry"] | None = None
    because: str = ""


@dataclass(frozen=True)
class OutboxItem:
    """One thing to send to a channel."""

    kind: Kind
    row: int
    """The id of its row, in the table of messages, storms, or notes."""
    issue_id: int | None
    external_id: str | None
    """The platform id of the post to redraw; for a note, of the message whose thread it goes to, or None outside of threads."""
    key: str
    """``message-12``, ``line-7``, ``storm-3``: stored with the post, to find it again."""
    tries: int
    asked_at: datetime | None
    """When an earlier try may have reached the platform; its answer is unknown."""
    troubled_at: datetime | None = None
    """When it first failed, if it has not worked since."""
    since_at: datetime | None = None
    """When the change that it shows was made; None for counts, storms and digests."""

    @property
    def is_new_post(self) -> bool:
        """Return whether sending it creates a new post. A redraw may safely happen twice."""
        return self.kind in ("alert", "line", "digest", "direct") or self.external_id is None
