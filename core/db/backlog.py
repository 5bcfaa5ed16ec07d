"""What is behind, counted by channel: since when, and what waits for no known reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from core.db.models import Activity, Channel, Line, Message, Outage, Sendable, Storm
from core.errands import Errand

TAKEN_UP_WITHIN = timedelta(seconds=60)
"""How long after a channel or a platform was to be tried again that wait still explains why something is not sent: longer than a lease. After
that nobody tries, which is what wants to be explained."""


@dataclass(frozen=True)
class Behind:
    """What a channel does not show yet. ``unexplained_since`` is the oldest of it that waits for nothing that is known. ``name`` is what people
    call the channel, as far as that is known.
    """

    organisation_id: int
    platform: str
    channel: str
    name: str | None
    count: int
    since: datetime
    unexplained_since: datetime | None


def _changed_at() -> ColumnElement[datetime]:
    """When the oldest change was made that a copy does not show."""
    newer = select(func.min(Activity.happened_at)).where(Activity.issue_id == Message.issue_id, Activity.version > Message.shown_version)
    return case((Message.shown_version == 0, Message.created_at), else_=func.coalesce(newer.scalar_subquery(), Message.shown_at))


_IS_SAID_IN_A_MISSING_COPY = exists().where(Message.id == Line.message_id, or_(Message.external_id.is_(None), Message.parked_at.is_not(None)))
_SINCE = {
    Message: _changed_at(),
    Line: Line.created_at.expression,
    Storm: func.coalesce(Storm.shown_at, Storm.created_at),
}
_IS_BEHIND = {
    Message: and_(Message.wanted_version > Message.shown_version, Message.parked_at.is_(None)),
    Line: and_(Line.sent_at.is_(None), Line.parked_at.is_(None), ~_IS_SAID_IN_A_MISSING_COPY),
    Storm: and_(Storm.wanted_version > Storm.shown_version, Storm.parked_at.is_(None)),
}


def behind(session: Session, now: datetime) -> list[Behind]:
    """The channels with something to send, the one that waits longest first."""
    parts = [
        select(model.channel_id, _SINCE[model].label("since"), _is_put_off(model, now).label("is_put_off")).where(_IS_BEHIND[model])
        for model in (Message, Line, Storm)
    ]
    owed = union_all(*parts).subquery()
    is_for_platform = Channel.waits_for.in_(("account", "outage"))
    is_tried = exists().where(Outage.platform == Channel.platform, Outage.probe_at > now - TAKEN_UP_WITHIN)
    is_waiting = and_(Channel.waits_for.is_not(None), ~is_for_platform, Channel.not_before_at > now - TAKEN_UP_WITHIN)
    is_held = or_(and_(Channel.waits_for.is_(None), Channel.not_before_at > now), is_waiting, and_(is_for_platform, is_tried))
    since = func.min(owed.c.since)
    unexplained = func.min(case((or_(owed.c.is_put_off, is_held), None), else_=owed.c.since))
    names = (Channel.organisation_id, Channel.platform, Channel.external_id, Channel.name)
    query = select(*names, func.count(), since, unexplained).join(owed, owed.c.channel_id == Channel.id)
    rows = session.execute(query.group_by(Channel.id, *names).order_by(since))
    return [Behind(*row) for row in rows]


def waiting(session: Session, channel_id: int) -> int:
    """How much is to be sent to a channel."""
    parts = [select(model.id).where(model.channel_id == channel_id, _IS_BEHIND[model]) for model in (Message, Line, Storm)]
    return session.scalars(select(func.count()).select_from(union_all(*parts).subquery())).one()


def parked(session: Session) -> dict[str, int]:
    """How much was put aside, by platform."""
    parts = [select(model.channel_id).where(model.parked_at.is_not(None)) for model in (Message, Line, Storm)]
    owed = union_all(*parts).subquery()
    query = select(Channel.platform, func.count()).join(owed, owed.c.channel_id == Channel.id).group_by(Channel.platform)
    return {row[0]: row[1] for row in session.execute(query)}


def since(session: Session, errand: Errand) -> datetime | None:
    """When what an errand tells of happened."""
    if errand.kind in ("numbers", "storm", "digest"):
        return None
    model: type[Message | Line] = Message if errand.kind in ("alert", "redraw") else Line
    return session.scalars(select(_SINCE[model]).where(model.id == errand.row)).first()


def _is_put_off(model: type[Sendable], now: datetime) -> ColumnElement[bool]:
    return model.not_before_at > now
