"""Query heartbeats, outages, the backlog of the outbox, and the alerts that admins got."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select, union_all, update
from sqlalchemy.orm import Session

from core.db.columns import upsert
from core.db.messages import NewNote, note_row
from core.db.models import Activity, Channel, DoorOutcome, Heartbeat, Line, Message, Outage, Sendable, Storm
from core.note_data import AdminAlertData
from core.types import JSON

_WITHOUT_SYNC = {"synchronize_session": False}
PICKUP_GRACE = timedelta(seconds=60)
"""How long after its retry time a waiting channel or platform still explains a delay. Longer than a lease; after that no sender is working."""
_IS_SAID_IN_A_MISSING_COPY = exists().where(Message.id == Line.message_id, or_(Message.external_id.is_(None), Message.parked_at.is_not(None)))
_IS_BEHIND = {
    Message: and_(Message.wanted_version > Message.shown_version, Message.parked_at.is_(None)),
    Line: and_(Line.sent_at.is_(None), Line.parked_at.is_(None), ~_IS_SAID_IN_A_MISSING_COPY),
    Storm: and_(Storm.wanted_version > Storm.shown_version, Storm.parked_at.is_(None)),
}


@dataclass(frozen=True)
class Beat:
    """The last heartbeat of a process in a role."""

    process: str
    role: str
    host: str
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True)
class Outcome:
    """When a door last had this outcome: ``accepted``, or the reason of a refusal. ``count`` is the total."""

    door: str
    outcome: str
    last_at: datetime
    count: int


class HeartbeatStore:
    """Heartbeats of processes, and the outcomes at their doors."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def beat(self, beats: Collection[Beat]) -> None:
        """Store heartbeats, one row per process and role."""
        for beat in beats:
            upsert(self._session, Heartbeat, [asdict(beat)], {"beat_at": beat.beat_at})

    def all_beats(self) -> list[Beat]:
        """Return all stored heartbeats, newest first."""
        rows = self._session.scalars(select(Heartbeat).order_by(Heartbeat.beat_at.desc(), Heartbeat.process))
        return [Beat(row.process, row.role, row.host, row.started_at, row.beat_at) for row in rows]

    def forget_beats(self, roles: Collection[str], before: datetime) -> None:
        """Delete processes in these roles without a heartbeat since then."""
        silent = delete(Heartbeat).where(Heartbeat.role.in_(roles), Heartbeat.beat_at < before)
        self._session.execute(silent, execution_options={"synchronize_session": False})

    def leave(self, process: str) -> None:
        """Delete a process that has stopped in order."""
        self._session.execute(delete(Heartbeat).where(Heartbeat.process == process), execution_options={"synchronize_session": False})

    def add_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Merge outcomes into the stored ones: add the counts, keep the newest time."""
        for outcome in outcomes:
            change = {"last_at": outcome.last_at, "count": DoorOutcome.count + outcome.count}
            upsert(self._session, DoorOutcome, [asdict(outcome)], change)

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes of all doors, newest first."""
        rows = self._session.scalars(select(DoorOutcome).order_by(DoorOutcome.last_at.desc(), DoorOutcome.door, DoorOutcome.outcome))
        return [Outcome(row.door, row.outcome, row.last_at, row.count) for row in rows]


class OutageStore:
    """Chats that do not answer."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all_outages(self) -> list[Outage]:
        """Return the current outages."""
        return list(self._session.scalars(select(Outage).order_by(Outage.platform)))

    def begin(self, outage: JSON) -> None:
        """Start an outage; for a running one only update the reason."""
        upsert(self._session, Outage, [outage], {name: outage[name] for name in ("reason", "is_account")})

    def take_probe(self, platform: str, now: datetime, next_at: datetime) -> bool:
        """Return whether to probe the chat now. Of several callers, only the first gets True."""
        due = update(Outage).where(Outage.platform == platform, Outage.probe_at <= now).values(probe_at=next_at).returning(Outage.platform)
        return self._session.execute(due, execution_options=_WITHOUT_SYNC).first() is not None

    def end(self, platform: str, now: datetime) -> bool:
        """End the outage and make everything that waited for it due. Return False if there was none."""
        gone = self._session.execute(
            delete(Outage).where(Outage.platform == platform).returning(Outage.platform), execution_options=_WITHOUT_SYNC
        ).first()
        if gone is None:
            return False
        there = select(Channel.id).where(Channel.platform == platform)
        for model in (Message, Line, Storm):
            put_off = (model.troubled_at.is_not(None), model.parked_at.is_(None), model.not_before_at > now)
            self._session.execute(
                update(model).where(model.channel_id.in_(there), *put_off).values(not_before_at=now), execution_options=_WITHOUT_SYNC
            )
        held = update(Channel).where(Channel.platform == platform, Channel.waits_for.in_(("retry", "account", "outage")))
        self._session.execute(held.values(not_before_at=None, waits_for=None, trouble=None), execution_options=_WITHOUT_SYNC)
        return True


@dataclass(frozen=True)
class Behind:
    """A channel with unsent items. ``unexplained_since`` is the oldest of them without a known reason. ``name`` is the channel's name if it is
    known.
    """

    organization_id: int
    platform: str
    channel: str
    name: str | None
    count: int
    since: datetime
    unexplained_since: datetime | None


def changed_at() -> ColumnElement[datetime]:
    """When the oldest change was made that a copy does not show."""
    newer = select(func.min(Activity.happened_at)).where(Activity.issue_id == Message.issue_id, Activity.version > Message.shown_version)
    return case((Message.shown_version == 0, Message.created_at), else_=func.coalesce(newer.scalar_subquery(), Message.shown_at))


_SINCE = {
    Message: changed_at(),
    Line: Line.created_at.expression,
    Storm: func.coalesce(Storm.shown_at, Storm.created_at),
}


class BacklogStore:
    """Items that wait to be sent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def behind(self, now: datetime) -> list[Behind]:
        """Return the channels with items to send, longest waiting first."""
        parts = [
            select(model.channel_id, _SINCE[model].label("since"), _is_put_off(model, now).label("is_put_off")).where(_IS_BEHIND[model])
            for model in (Message, Line, Storm)
        ]
        owed = union_all(*parts).subquery()
        is_for_platform = Channel.waits_for.in_(("account", "outage"))
        is_tried = exists().where(Outage.platform == Channel.platform, Outage.probe_at > now - PICKUP_GRACE)
        is_waiting = and_(Channel.waits_for.is_not(None), ~is_for_platform, Channel.not_before_at > now - PICKUP_GRACE)
        is_held = or_(and_(Channel.waits_for.is_(None), Channel.not_before_at > now), is_waiting, and_(is_for_platform, is_tried))
        since = func.min(owed.c.since)
        unexplained = func.min(case((or_(owed.c.is_put_off, is_held), None), else_=owed.c.since))
        names = (Channel.organization_id, Channel.platform, Channel.external_id, Channel.name)
        query = select(*names, func.count(), since, unexplained).join(owed, owed.c.channel_id == Channel.id)
        rows = self._session.execute(query.group_by(Channel.id, *names).order_by(since))
        return [Behind(*row) for row in rows]

    def waiting(self, channel_id: int) -> int:
        """Return the number of items to send to a channel."""
        parts = [select(model.id).where(model.channel_id == channel_id, _IS_BEHIND[model]) for model in (Message, Line, Storm)]
        return self._session.scalars(select(func.count()).select_from(union_all(*parts).subquery())).one()

    def parked(self) -> dict[str, int]:
        """Return the number of parked items by platform."""
        parts = [select(model.channel_id).where(model.parked_at.is_not(None)) for model in (Message, Line, Storm)]
        owed = union_all(*parts).subquery()
        query = select(Channel.platform, func.count()).join(owed, owed.c.channel_id == Channel.id).group_by(Channel.platform)
        return {row[0]: row[1] for row in self._session.execute(query)}


def _is_put_off(model: type[Sendable], now: datetime) -> ColumnElement[bool]:
    return model.not_before_at > now


class AlarmStore:
    """Alerts to admins: lines with an alarm key."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def organizations_with(self, key: str) -> set[int]:
        """Return the organizations whose admins were or will be alerted under this key."""
        query = select(Channel.organization_id).join(Line, Line.channel_id == Channel.id).where(Line.alarm == key)
        return set(self._session.scalars(query.distinct()))

    def schedule(self, channel_ids: Collection[int], key: str, data: AdminAlertData, now: datetime) -> None:
        """Schedule the alert in these channels unless another process has just done so."""
        rows = [note_row(NewNote(data, id_), now) | {"alarm": key} for id_ in sorted(channel_ids)]
        upsert(self._session, Line, rows, key=("alarm", "channel_id"))

    def end(self, organization_ids: Collection[int], key: str) -> None:
        """Delete the alerts with this key, including those that are not sent yet."""
        mine = select(Channel.id).where(Channel.organization_id.in_(organization_ids))
        self._session.execute(delete(Line).where(Line.alarm == key, Line.channel_id.in_(mine)), execution_options={"synchronize_session": False})
