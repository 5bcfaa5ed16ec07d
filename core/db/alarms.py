"""Which troubles admins were told of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import Channel, Line
from core.types import JSON


def raised(session: Session, key: str) -> set[int]:
    """The organisations whose admins were told, or are to be told, of a trouble of this name."""
    query = select(Channel.organisation_id).join(Line, Line.channel_id == Channel.id).where(Line.alarm == key)
    return set(session.scalars(query.distinct()))


def promise(session: Session, channel_ids: Collection[int], line: JSON) -> None:
    """This line shall be said in these channels, unless another process has just promised the same."""
    rows: Sequence[JSON] = [line | {"channel_id": id_} for id_ in sorted(channel_ids)]
    upsert(session, Line, rows, key=("alarm", "channel_id"))


def end(session: Session, organisation_ids: Collection[int], key: str) -> None:
    """Forgets what was told of this trouble; what was not said yet is not said any more."""
    mine = select(Channel.id).where(Channel.organisation_id.in_(organisation_ids))
    session.execute(delete(Line).where(Line.alarm == key, Line.channel_id.in_(mine)), execution_options={"synchronize_session": False})
