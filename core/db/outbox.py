"""The outbox: which channels have something to be sent, what comes first there, and who may send it."""

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
"""What goes first; within a lane everything goes in the order in which it was promised. A storm that stands there already is a redraw."""
_MESSAGE_KINDS: tuple[Kind, ...] = ("alert", "redraw", "numbers")
_KINDS_OF_LINES: dict[NoteKind, Kind] = {NoteKind.DIRECT: "direct", NoteKind.ADMIN_ALERT: "direct", NoteKind.DIGEST: "digest"}
"""The errands of those lines that stand in no thread."""
_FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)
"""What is due by then is all there is to send."""
_SUSPECT_TRIES, _SUSPECT_AFTER = 8, timedelta(minutes=4)
"""After so many tries and so long a time the first thing of a channel may be the fault itself, so its platform is tried with the next one."""


Moment = datetime | ColumnElement[datetime]


def copies_due(now: Moment) -> ColumnElement[bool]:
    """Copies that are behind, or that are there and whose numbers are old."""
    is_behind = and_(Message.wanted_version > Message.shown_version, Message.parked_at.is_(None))
    has_old_numbers = and_(Message.numbers_due_at <= now, Message.parked_at.is_(None), Message.external_id.is_not(None))
    return or_(and_(is_behind, Message.not_before_at <= now), has_old_numbers)


def lines_due(now: Moment) -> ColumnElement[bool]:
    """Lines that were not said yet; those of a thread wait for the copy that it hangs on."""
    there = exists().where(Message.id == Line.message_id, Message.external_id.is_not(None), Message.parked_at.is_(None)).correlate(Line)
    return and_(Line.sent_at.is_(None), Line.parked_at.is_(None), Line.not_before_at <= now, or_(Line.message_id.is_(None), there))


def storms_due(now: Moment) -> ColumnElement[bool]:
    """Storms that have gone on since they were drawn."""
    return and_(Storm.wanted_version > Storm.shown_version, Storm.parked_at.is_(None), Storm.not_before_at <= now)


def has_work(now: datetime) -> ColumnElement[bool]:
    """Channels with anything to send."""
    copies = exists().where(Message.channel_id == Channel.id, copies_due(now))
    lines = exists().where(Line.channel_id == Channel.id, lines_due(now))
    return or_(copies, lines, exists().where(Storm.channel_id == Channel.id, storms_due(now)))


_NOW = bindparam("now", type_=UtcDateTime())
_HAS_WORK = select(or_(exists().where(copies_due(_NOW)), exists().where(lines_due(_NOW)), exists().where(storms_due(_NOW))))
"""Asked after every change and every second, so it is put together once."""


class OutboxStore:
    """Everything that is to be sent, by channel."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def has_work(self, now: datetime) -> bool:
        """Whether anything is due anywhere: a look that takes no lock."""
        return self._session.scalars(_HAS_WORK, {"now": now}).one()

    def claim(self, now: datetime, lease_until_at: datetime, limit: int, probe_every: timedelta) -> list[Claim]:
        """Takes channels that have something due and that nobody else is working on; where a platform is away one every so often."""
        away = OutageStore(self._session).all_outages()
        free = select(Channel.id).where(_is_unclaimed(now), _is_free_to_send(now), has_work(now)).limit(limit)
        ids = list(self._session.scalars(free.with_for_update(skip_locked=True)))
        probed = {id_ for outage in away for id_ in self._probe(outage, now, probe_every) if id_ not in ids}
        ids += probed
        if not ids:
            return []
        take = update(Channel).where(Channel.id.in_(ids)).values(lease_until_at=lease_until_at, fence=Channel.fence + 1)
        self._session.execute(take, execution_options={"synchronize_session": False})
        # A channel named on the command line has no tenant yet; there is only one then.
        home = and_(ChatHome.platform == Channel.platform, or_(Channel.tenant.is_(None), ChatHome.tenant == Channel.tenant))
        rows = self._session.execute(select(Channel, ChatHome.service_url).outerjoin(ChatHome, home).where(Channel.id.in_(ids)))
        return [
            Claim(c.id, c.organization_id, c.platform, c.tenant, c.external_id, url, c.fence, c.is_direct, c.name, c.id in probed, now, c.waits_for)
            for c, url in rows
        ]

    def first(self, channel_id: int, now: datetime, *, is_probe: bool = False) -> OutboxItem | None:
        """What is to be sent first in a channel; for a probe also what is not due yet, and what was tried often comes later."""
        at = _FAR_FUTURE if is_probe else now
        found = (self._storm(channel_id, at), self._copy(channel_id, at, now if is_probe else None), self._line(channel_id, at))
        return min(filter(None, found), key=lambda item: (is_probe and _is_suspect(item, now), _priority(item)), default=None)

    def renew(self, claim: Claim, lease_until_at: datetime) -> bool:
        """Keeps the channel for longer, if nobody has taken it since this claim; locks it until the transaction ends."""
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        kept = self._session.execute(mine.values(lease_until_at=lease_until_at).returning(Channel.id))
        return kept.first() is not None

    def release(self, claim: Claim, wait: Wait | None) -> None:
        """Gives the channel back; ``wait`` says until when it is left alone, and why. Whoever added the bot meanwhile wants no such wait."""
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        until = wait.until if wait else None
        if wait and wait.kind == "repair" and claim.claimed_at:
            self._session.execute(mine.where(Channel.added_at >= claim.claimed_at).values(lease_until_at=None, not_before_at=None, waits_for=None))
            mine = mine.where(or_(Channel.added_at.is_(None), Channel.added_at < claim.claimed_at))
        why = {"waits_for": wait.kind if wait else None, "trouble": wait.because[:300] or None if wait else None}
        self._session.execute(mine.values(lease_until_at=None, not_before_at=until, **why))

    def row(self, item: OutboxItem) -> Message | Line | Storm | None:
        """What an errand is about, or None where it is gone."""
        if item.kind == "storm":
            return self._session.get(Storm, item.row)
        if item.kind in _MESSAGE_KINDS:
            return self._session.get(Message, item.row)
        return self._session.get(Line, item.row)

    def _probe(self, outage: Outage, now: datetime, probe_every: timedelta) -> list[int]:
        """A channel to try a platform with, if it is time to: any of those that wait for it."""
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
    """Channels that nobody is working on."""
    return or_(Channel.lease_until_at.is_(None), Channel.lease_until_at <= now)


def _is_free_to_send(now: datetime) -> ColumnElement[bool]:
    """Channels that wait for nothing, or for a platform that is there again."""
    is_back = and_(_WAITS_FOR_PLATFORM, ~exists().where(Outage.platform == Channel.platform))
    return or_(Channel.not_before_at.is_(None), Channel.not_before_at <= now, is_back)


_WAITS_FOR_PLATFORM = Channel.waits_for.in_(("account", "outage"))


def _is_suspect(item: OutboxItem, now: datetime) -> bool:
    return item.tries >= _SUSPECT_TRIES and item.troubled_at is not None and item.troubled_at <= now - _SUSPECT_AFTER


def _priority(item: OutboxItem) -> int:
    return _PRIORITIES["redraw" if item.kind == "storm" and item.external_id else item.kind]


Kind = Literal["alert", "redraw", "numbers", "line", "storm", "digest", "direct"]
"""A new copy of an issue, a copy that is behind, one whose counts are old; a line in a thread or in the channel; what a storm brought; the
summary of a day; a line for one person alone."""


@dataclass(frozen=True)
class Claim:
    """A channel with work to do, taken by one sender until the lease ends. ``fence`` tells an old claim from the newest one.

    ``is_direct`` says that ``channel`` is a person's own id. ``name`` is what people call the channel, where that is known. ``is_probe`` says
    that its platform is away, and that one thing shall be tried there, due or not. ``claimed_at`` is when it was taken, ``waited_for`` what it
    had waited for until then.
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
    """Why nothing is sent to a channel until then: it wants to be repaired, our credentials are not taken, the platform gives no answer, it asked
    for patience, our own rate limits want a turn to be waited for, or something failed and is tried again. ``because`` says it in the platform's
    words.
    """

    until: datetime
    kind: Literal["repair", "account", "outage", "patience", "turn", "retry"] | None = None
    because: str = ""


@dataclass(frozen=True)
class OutboxItem:
    """One thing to send to a channel."""

    kind: Kind
    row: int
    """The number of its row: among the messages, the storms, else the lines."""
    issue_id: int | None
    external_id: str | None
    """The posted thing to redraw; for a line the message in whose thread it stands, none where it is said in the channel itself."""
    key: str
    """``message-12``, ``line-7``, ``storm-3``: stored with what is posted, to find it again."""
    tries: int
    asked_at: datetime | None
    """An earlier try may have reached the platform at that time; its answer is not known."""
    troubled_at: datetime | None = None
    """When it failed first, if it has not worked since."""
    since_at: datetime | None = None
    """When the change that it shows was made; None for counts, storms and digests, which show no change in particular."""

    @property
    def is_new_post(self) -> bool:
        """Whether carrying it out makes something new in the chat. What is redrawn may be drawn twice."""
        return self.kind in ("alert", "line", "digest", "direct") or self.external_id is None
