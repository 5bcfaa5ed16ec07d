"""Messages: which channel shows which issue, and which of them are behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, update
from sqlalchemy.orm import Session

from core.db.models import Channel, ChatHome, Issue, Message


@dataclass(frozen=True)
class Claim:
    """A channel with work to do, taken by one sender until the lease ends. ``fence`` tells an old claim from the newest one."""

    channel_id: int
    organisation_id: int
    platform: str
    tenant: str | None
    channel: str
    service_url: str | None
    fence: int


@dataclass(frozen=True)
class Due:
    """A copy to post (no ``external_id`` yet) or to redraw. ``told_because`` is the rule of a watch that fired last, for its footer."""

    message_id: int
    issue_id: int
    external_id: str | None
    tries: int
    told_because: str | None


_IS_BEHIND = and_(Message.wanted_version > Message.shown_version, Message.parked_at.is_(None))


def _is_due(now: datetime) -> ColumnElement[bool]:
    stale_numbers = and_(Message.numbers_due_at <= now, Message.parked_at.is_(None), Message.external_id.is_not(None))
    return or_(and_(_IS_BEHIND, Message.not_before_at <= now), stale_numbers)


class Messages:
    """The promises made to channels."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def promise(self, issue: Issue, channel_id: int, now: datetime) -> None:
        """This channel shall show this issue."""
        self._session.add(Message(issue_id=issue.id, channel_id=channel_id, wanted_version=issue.version, not_before_at=now, created_at=now))

    def follow(self, issues: Iterable[Issue]) -> None:
        """The copies of these issues shall show their newest version."""
        self._session.flush()
        newest = select(Issue.version).where(Issue.id == Message.issue_id).scalar_subquery()
        mine = update(Message).where(Message.issue_id.in_([issue.id for issue in issues]))
        self._session.execute(mine.values(wanted_version=newest), execution_options={"synchronize_session": False})

    def refresh_numbers(self, issue_ids: Sequence[int], due_at: datetime) -> None:
        """The counts on these issues' copies shall be redrawn at that time, if nothing redraws them earlier."""
        later = or_(Message.numbers_due_at.is_(None), Message.numbers_due_at > due_at)
        mine = update(Message).where(Message.issue_id.in_(issue_ids), Message.parked_at.is_(None), later)
        self._session.execute(mine.values(numbers_due_at=due_at), execution_options={"synchronize_session": False})

    def claim(self, now: datetime, lease_until_at: datetime, limit: int) -> list[Claim]:
        """Takes channels that have something due and that nobody else is working on."""
        is_free = and_(
            or_(Channel.lease_until_at.is_(None), Channel.lease_until_at <= now),
            or_(Channel.not_before_at.is_(None), Channel.not_before_at <= now),
        )
        has_work = exists().where(Message.channel_id == Channel.id, _is_due(now))
        free = select(Channel.id).where(is_free, has_work).limit(limit).with_for_update(skip_locked=True)
        ids = list(self._session.scalars(free))
        if not ids:
            return []
        take = update(Channel).where(Channel.id.in_(ids)).values(lease_until_at=lease_until_at, fence=Channel.fence + 1)
        self._session.execute(take, execution_options={"synchronize_session": False})
        # A channel named on the command line has no tenant yet; there is only one then.
        home = and_(ChatHome.platform == Channel.platform, or_(Channel.tenant.is_(None), ChatHome.tenant == Channel.tenant))
        rows = self._session.execute(select(Channel, ChatHome.service_url).outerjoin(ChatHome, home).where(Channel.id.in_(ids)))
        return [Claim(c.id, c.organisation_id, c.platform, c.tenant, c.external_id, url, c.fence) for c, url in rows]

    def has_work(self, now: datetime) -> bool:
        """Whether anything is due anywhere: a look that takes no lock."""
        return self._session.scalars(select(exists().where(_is_due(now)))).one()

    def due(self, channel_id: int, now: datetime) -> Due | None:
        """What is due first in a channel: new alerts, then changes, then mere numbers; each in the order it was promised."""
        lane = case((Message.shown_version == 0, 0), (_IS_BEHIND, 1), else_=2)
        query = select(Message).where(Message.channel_id == channel_id, _is_due(now)).order_by(lane, Message.id)
        row = self._session.scalars(query.limit(1)).first()
        return Due(row.id, row.issue_id, row.external_id, row.tries, row.told_because) if row else None

    def keep(self, claim: Claim, lease_until_at: datetime) -> bool:
        """Keeps the channel for longer, if nobody has taken it since this claim; locks it until the transaction ends."""
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        kept = self._session.execute(mine.values(lease_until_at=lease_until_at).returning(Channel.id))
        return kept.first() is not None

    def release(self, claim: Claim, not_before_at: datetime | None) -> None:
        """Gives the channel back; ``not_before_at`` is when the platform wants to hear of it again."""
        mine = update(Channel).where(Channel.id == claim.channel_id, Channel.fence == claim.fence)
        self._session.execute(mine.values(lease_until_at=None, not_before_at=not_before_at))

    def message(self, message_id: int) -> Message | None:
        """One promise, or None where its issue is gone."""
        return self._session.get(Message, message_id)

    def of_issue(self, issue_id: int) -> list[tuple[Message, Channel]]:
        """Every copy of an issue with its channel."""
        query = select(Message, Channel).join(Channel, Channel.id == Message.channel_id).where(Message.issue_id == issue_id)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Message.id))]


class Channels:
    """Places in chats, and how to reach them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_or_add(self, organisation_id: int, platform: str, external_id: str, tenant: str | None = None) -> Channel:
        """The channel of that id, noted now if it was not known."""
        query = select(Channel).where(Channel.platform == platform, Channel.external_id == external_id)
        channel = self._session.scalars(query).first()
        if channel is None:
            channel = Channel(organisation_id=organisation_id, platform=platform, external_id=external_id, fence=0)
            self._session.add(channel)
        channel.tenant = tenant or channel.tenant
        self._session.flush()
        return channel

    def set_home(self, platform: str, tenant: str, service_url: str) -> None:
        """Notes how a tenant is reached from now on."""
        query = select(ChatHome).where(ChatHome.platform == platform, ChatHome.tenant == tenant)
        home = self._session.scalars(query).first()
        if home:
            home.service_url = service_url
        else:
            self._session.add(ChatHome(platform=platform, tenant=tenant, service_url=service_url))
