"""Chats that are away: everything for them waits, and one thing at a time is tried."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import Channel, Line, Message, Outage, Storm
from core.types import JSON

_QUIETLY = {"synchronize_session": False}


def all_outages(session: Session) -> list[Outage]:
    """The chats that are away."""
    return list(session.scalars(select(Outage).order_by(Outage.platform)))


def begin(session: Session, outage: JSON) -> None:
    """The chat is away from now on; one that is away already only gets the newest reason."""
    upsert(session, Outage, [outage], {name: outage[name] for name in ("reason", "is_account")})


def take_probe(session: Session, platform: str, now: datetime, next_at: datetime) -> bool:
    """Whether something is to be tried in a chat now, by whoever asks first."""
    due = update(Outage).where(Outage.platform == platform, Outage.probe_at <= now).values(probe_at=next_at).returning(Outage.platform)
    return session.execute(due, execution_options=_QUIETLY).first() is not None


def end(session: Session, platform: str, now: datetime) -> bool:
    """The chat answers again: what was put off because it did not is due now. False where it was not away."""
    gone = session.execute(delete(Outage).where(Outage.platform == platform).returning(Outage.platform), execution_options=_QUIETLY).first()
    if gone is None:
        return False
    there = select(Channel.id).where(Channel.platform == platform)
    for model in (Message, Line, Storm):
        put_off = (model.troubled_at.is_not(None), model.parked_at.is_(None), model.not_before_at > now)
        session.execute(update(model).where(model.channel_id.in_(there), *put_off).values(not_before_at=now), execution_options=_QUIETLY)
    held = update(Channel).where(Channel.platform == platform, Channel.waits_for.in_(("retry", "account", "outage")))
    session.execute(held.values(not_before_at=None, waits_for=None, trouble=None), execution_options=_QUIETLY)
    return True
