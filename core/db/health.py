"""Who works, which chat is away, what is to be sent and is not sent yet, and which troubles admins were told of."""

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


@dataclass(frozen=True)
class Beat:
    """The last sign of life of a process in a role."""

    process: str
    role: str
    host: str
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True)
class Outcome:
    """When a door last had this outcome: ``accepted``, or the reason of a refusal. ``count`` is how often."""

    door: str
    outcome: str
    last_at: datetime
    count: int


class HeartbeatStore:
    """Signs of life of processes, and the outcomes at their doors."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def beat(self, beats: Collection[Beat]) -> None:
        """Notes these signs of life, one row for each process and role."""
        for beat in beats:
            upsert(self._session, Heartbeat, [asdict(beat)], {"beat_at": beat.beat_at})

    def all_beats(self) -> list[Beat]:
        """Every sign of life that is kept, the newest first."""
        rows = self._session.scalars(select(Heartbeat).order_by(Heartbeat.beat_at.desc(), Heartbeat.process))
        return [Beat(row.process, row.role, row.host, row.started_at, row.beat_at) for row in rows]

    def forget_beats(self, roles: Collection[str], before: datetime) -> None:
        """Forgets processes in these roles that gave no sign of life since then."""
        silent = delete(Heartbeat).where(Heartbeat.role.in_(roles), Heartbeat.beat_at < before)
        self._session.execute(silent, execution_options={"synchronize_session": False})

    def leave(self, process: str) -> None:
        """Forgets a process that has stopped in order."""
        self._session.execute(delete(Heartbeat).where(Heartbeat.process == process), execution_options={"synchronize_session": False})

    def add_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Adds these to what is known: the counts add up, the newest time stays."""
        for outcome in outcomes:
            change = {"last_at": outcome.last_at, "count": DoorOutcome.count + outcome.count}
            upsert(self._session, DoorOutcome, [asdict(outcome)], change)

    def outcomes(self) -> list[Outcome]:
        """What every door had, the newest first."""
        rows = self._session.scalars(select(DoorOutcome).order_by(DoorOutcome.last_at.desc(), DoorOutcome.door, DoorOutcome.outcome))
        return [Outcome(row.door, row.outcome, row.last_at, row.count) for row in rows]


_WITHOUT_SYNC = {"synchronize_session": False}


class OutageStore:
    """The chats that are away."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all_outages(self) -> list[Outage]:
        """The chats that are away."""
        return list(self._session.scalars(select(Outage).order_by(Outage.platform)))

    def begin(self, outage: JSON) -> None:
        """The chat is away from now on; one that is away already only gets the newest reason."""
        upsert(self._session, Outage, [outage], {name: outage[name] for name in ("reason", "is_account")})

    def take_probe(self, platform: str, now: datetime, next_at: datetime) -> bool:
        """Whether something is to be tried in a chat now, by whoever asks first."""
        due = update(Outage).where(Outage.platform == platform, Outage.probe_at <= now).values(probe_at=next_at).returning(Outage.platform)
        return self._session.execute(due, execution_options=_WITHOUT_SYNC).first() is not None

    def end(self, platform: str, now: datetime) -> bool:
        """The chat answers again: what was put off because it did not is due now. False where it was not away."""
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


PICKUP_GRACE = timedelta(seconds=60)
"""How long after a channel or a platform was to be tried again that wait still explains why something is not sent: longer than a lease. After
that nobody tries, which is what wants to be explained."""


@dataclass(frozen=True)
class Behind:
    """What a channel does not show yet. ``unexplained_since`` is the oldest of it that waits for nothing that is known. ``name`` is what people
    call the channel, as far as that is known.
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


_IS_SAID_IN_A_MISSING_COPY = exists().where(Message.id == Line.message_id, or_(Message.external_id.is_(None), Message.parked_at.is_not(None)))
_SINCE = {
    Message: changed_at(),
    Line: Line.created_at.expression,
    Storm: func.coalesce(Storm.shown_at, Storm.created_at),
}
_IS_BEHIND = {
    Message: and_(Message.wanted_version > Message.shown_version, Message.parked_at.is_(None)),
    Line: and_(Line.sent_at.is_(None), Line.parked_at.is_(None), ~_IS_SAID_IN_A_MISSING_COPY),
    Storm: and_(Storm.wanted_version > Storm.shown_version, Storm.parked_at.is_(None)),
}


class BacklogStore:
    """What is to be sent and is not sent yet."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def behind(self, now: datetime) -> list[Behind]:
        """The channels with something to send, the one that waits longest first."""
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
        """How much is to be sent to a channel."""
        parts = [select(model.id).where(model.channel_id == channel_id, _IS_BEHIND[model]) for model in (Message, Line, Storm)]
        return self._session.scalars(select(func.count()).select_from(union_all(*parts).subquery())).one()

    def parked(self) -> dict[str, int]:
        """How much was put aside, by platform."""
        parts = [select(model.channel_id).where(model.parked_at.is_not(None)) for model in (Message, Line, Storm)]
        owed = union_all(*parts).subquery()
        query = select(Channel.platform, func.count()).join(owed, owed.c.channel_id == Channel.id).group_by(Channel.platform)
        return {row[0]: row[1] for row in self._session.execute(query)}


def _is_put_off(model: type[Sendable], now: datetime) -> ColumnElement[bool]:
    return model.not_before_at > now


class AlarmStore:
    """What admins are told of troubles: lines that name an alarm."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def organizations_with(self, key: str) -> set[int]:
        """The organizations whose admins were told, or are to be told, of a trouble of this name."""
        query = select(Channel.organization_id).join(Line, Line.channel_id == Channel.id).where(Line.alarm == key)
        return set(self._session.scalars(query.distinct()))

    def schedule(self, channel_ids: Collection[int], key: str, data: AdminAlertData, now: datetime) -> None:
        """The trouble of this name shall be told in these channels, unless another process has just promised the same."""
        rows = [note_row(NewNote(data, id_), now) | {"alarm": key} for id_ in sorted(channel_ids)]
        upsert(self._session, Line, rows, key=("alarm", "channel_id"))

    def end(self, organization_ids: Collection[int], key: str) -> None:
        """Forgets what was told of this trouble; what was not said yet is not said any more."""
        mine = select(Channel.id).where(Channel.organization_id.in_(organization_ids))
        self._session.execute(delete(Line).where(Line.alarm == key, Line.channel_id.in_(mine)), execution_options={"synchronize_session": False})
