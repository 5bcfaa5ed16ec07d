"""The outbox: which channels have something to be sent, what comes first there, and who may send it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, or_, select, update
from sqlalchemy.orm import Session

from core.db.columns import UtcDateTime
from core.db.models import Channel, ChatHome, Line, Message, Storm
from core.errands import Claim, Errand, Kind

_LANES: dict[Kind, int] = {"alert": 0, "storm": 0, "redraw": 1, "line": 2, "direct": 2, "numbers": 3, "digest": 4}
"""What goes first; within a lane everything goes in the order in which it was promised. A storm that stands there already is a redraw."""
_OF_COPIES: tuple[Kind, ...] = ("alert", "redraw", "numbers")
_KINDS: dict[str, Kind] = {"direct": "direct", "told": "direct", "digest": "digest"}
"""The errands of those lines that stand in no thread."""


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
_ANYTHING = select(or_(exists().where(copies_due(_NOW)), exists().where(lines_due(_NOW)), exists().where(storms_due(_NOW))))
"""Asked after every change and every second, so it is put together once."""


class Outbox:
    """Everything that is to be sent, by channel."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def has_work(self, now: datetime) -> bool:
        """Whether anything is due anywhere: a look that takes no lock."""
        return self._session.scalars(_ANYTHING, {"now": now}).one()

    def claim(self, now: datetime, lease_until_at: datetime, limit: int) -> list[Claim]:
        """Takes channels that have something due and that nobody else is working on."""
        is_free = and_(
            or_(Channel.lease_until_at.is_(None), Channel.lease_until_at <= now),
            or_(Channel.not_before_at.is_(None), Channel.not_before_at <= now),
        )
        free = select(Channel.id).where(is_free, has_work(now)).limit(limit).with_for_update(skip_locked=True)
        ids = list(self._session.scalars(free))
        if not ids:
            return []
        take = update(Channel).where(Channel.id.in_(ids)).values(lease_until_at=lease_until_at, fence=Channel.fence + 1)
        self._session.execute(take, execution_options={"synchronize_session": False})
        # A channel named on the command line has no tenant yet; there is only one then.
        home = and_(ChatHome.platform == Channel.platform, or_(Channel.tenant.is_(None), ChatHome.tenant == Channel.tenant))
        rows = self._session.execute(select(Channel, ChatHome.service_url).outerjoin(ChatHome, home).where(Channel.id.in_(ids)))
        return [Claim(c.id, c.organisation_id, c.platform, c.tenant, c.external_id, url, c.fence, c.is_direct) for c, url in rows]

    def first(self, channel_id: int, now: datetime) -> Errand | None:
        """What is to be sent first in a channel."""
        found = (self._storm(channel_id, now), self._copy(channel_id, now), self._line(channel_id, now))
        return min(filter(None, found), key=_lane, default=None)

    def keep(self, claim: Claim, lease_until_at: datetime) -> bool:
        """Keeps the channel for longer, if nobody has taken it since this claim; locks it until the transaction ends."""
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        kept = self._session.execute(mine.values(lease_until_at=lease_until_at).returning(Channel.id))
        return kept.first() is not None

    def release(self, claim: Claim, not_before_at: datetime | None) -> None:
        """Gives the channel back; ``not_before_at`` is when the platform wants to hear of it again."""
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        self._session.execute(mine.values(lease_until_at=None, not_before_at=not_before_at))

    def row(self, errand: Errand) -> Message | Line | Storm | None:
        """What an errand is about, or None where it is gone."""
        if errand.kind == "storm":
            return self._session.get(Storm, errand.row)
        if errand.kind in _OF_COPIES:
            return self._session.get(Message, errand.row)
        return self._session.get(Line, errand.row)

    def _copy(self, channel_id: int, now: datetime) -> Errand | None:
        is_behind = Message.wanted_version > Message.shown_version
        lane = case((Message.external_id.is_(None), _LANES["alert"]), (is_behind, _LANES["redraw"]), else_=_LANES["numbers"])
        query = select(Message).where(Message.channel_id == channel_id, copies_due(now)).order_by(lane, Message.id)
        row = self._session.scalars(query.limit(1)).first()
        if row is None:
            return None
        kind: Kind = "redraw" if row.wanted_version > row.shown_version else "numbers"
        return _errand("alert" if row.external_id is None else kind, row, f"message-{row.id}", row.issue_id)

    def _line(self, channel_id: int, now: datetime) -> Errand | None:
        query = select(Line, Message.external_id).outerjoin(Message, Message.id == Line.message_id)
        query = query.where(Line.channel_id == channel_id, lines_due(now)).order_by(Line.kind == "digest", Line.id)
        found = self._session.execute(query.limit(1)).first()
        if found is None:
            return None
        line, thread = found
        kind = _KINDS.get(line.kind, "line")
        return Errand(kind, line.id, line.issue_id, thread, f"line-{line.id}", line.tries, line.asked_at, line.troubled_at)

    def _storm(self, channel_id: int, now: datetime) -> Errand | None:
        query = select(Storm).where(Storm.channel_id == channel_id, storms_due(now)).order_by(Storm.external_id.is_not(None), Storm.id)
        row = self._session.scalars(query.limit(1)).first()
        return _errand("storm", row, f"storm-{row.id}", None) if row else None


def _errand(kind: Kind, row: Message | Storm, key: str, issue_id: int | None) -> Errand:
    return Errand(kind, row.id, issue_id, row.external_id, key, row.tries, row.asked_at, row.troubled_at)


def _lane(errand: Errand) -> int:
    return _LANES["redraw" if errand.kind == "storm" and errand.external_id else errand.kind]
