"""Places in chats, and how to reach them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session

from core.db.columns import upsert
from core.db.models import Channel, ChatHome, Identity, Subscription, User, Watch
from core.types import Role


@dataclass(frozen=True)
class Account:
    """A chat account of a user, where they can be told something alone."""

    user_id: int
    organization_id: int
    platform: str
    tenant: str
    subject: str


_NEEDS_REPAIR = Channel.waits_for.in_(("repair", "account"))


class ChannelStore:
    """Channels, with what is wanted there, and the people who are reached directly."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_or_add(self, organization_id: int, platform: str, external_id: str, tenant: str | None = None) -> Channel:
        """The channel of that id, noted now if it was not known."""
        channel = self.find(platform, external_id)
        if channel is None:
            channel = Channel(organization_id=organization_id, platform=platform, external_id=external_id, fence=0)
            self._session.add(channel)
        channel.tenant = tenant or channel.tenant
        self._session.flush()
        return channel

    def find(self, platform: str, external_id: str) -> Channel | None:
        """The channel of that id, if it was met before."""
        return self._session.scalars(select(Channel).where(Channel.platform == platform, Channel.external_id == external_id)).first()

    def set_name(self, platform: str, external_id: str, name: str) -> None:
        """Notes what people call a channel."""
        mine = update(Channel).where(Channel.platform == platform, Channel.external_id == external_id)
        self._session.execute(mine.values(name=name), execution_options={"synchronize_session": False})

    def mark_added(self, platform: str, external_id: str | None, now: datetime) -> None:
        """The bot is in this channel again; without an id, in one of the group channels that want to be repaired."""
        there = Channel.external_id == external_id if external_id else and_(_NEEDS_REPAIR, Channel.is_direct.is_(False))
        mine = update(Channel).where(Channel.platform == platform, there)
        again = mine.where(_NEEDS_REPAIR).values(not_before_at=None, waits_for=None, trouble=None)
        self._session.execute(mine.values(added_at=now), execution_options={"synchronize_session": False})
        self._session.execute(again, execution_options={"synchronize_session": False})

    def needing_repair(self) -> list[tuple[str, str]]:
        """The channels in which nothing works until somebody repairs them."""
        rows = self._session.execute(select(Channel.platform, Channel.external_id).where(_NEEDS_REPAIR))
        return [(row.platform, row.external_id) for row in rows]

    def watched(self) -> list[tuple[Channel, str | None]]:
        """The channels with a watch, each with the service URL of its tenant."""
        home = and_(ChatHome.platform == Channel.platform, or_(Channel.tenant.is_(None), ChatHome.tenant == Channel.tenant))
        query = select(Channel, ChatHome.service_url).outerjoin(ChatHome, home).where(exists().where(Watch.channel_id == Channel.id))
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Channel.platform, Channel.id))]

    def service_url(self, platform: str, tenant: str | None) -> str | None:
        """The service URL of a tenant, or of the first one where None."""
        query = select(ChatHome.service_url).where(ChatHome.platform == platform).order_by(ChatHome.tenant)
        return self._session.scalars(query.where(ChatHome.tenant == tenant) if tenant else query).first()

    def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        """Notes how a tenant is reached from now on."""
        query = select(ChatHome).where(ChatHome.platform == platform, ChatHome.tenant == tenant)
        home = self._session.scalars(query).first()
        if home:
            home.service_url = service_url
        else:
            self._session.add(ChatHome(platform=platform, tenant=tenant, service_url=service_url))

    def has_digest_due(self, now: datetime) -> bool:
        """Whether the summary of the day is due anywhere."""
        return self._session.scalars(select(exists().where(Channel.digest_due_at <= now))).one()

    def with_digest_due(self, now: datetime, limit: int) -> Sequence[Channel]:
        """The channels whose summary of the day is due, locked; those that somebody is working on are left out."""
        query = select(Channel).where(Channel.digest_due_at <= now).order_by(Channel.digest_due_at).limit(limit)
        return self._session.scalars(query.with_for_update(skip_locked=True)).all()

    def accounts(self, user_ids: Collection[int]) -> list[Account]:
        """The chat accounts of these users, the first one first."""
        rows = self._session.execute(_accounts().where(Identity.user_id.in_(user_ids)))
        return [_account(row.Identity, row.organization_id) for row in rows]

    def admins(self, organization_id: int) -> list[Account]:
        """The chat accounts of an organization's admins, the first one first."""
        rows = self._session.execute(_accounts().where(User.organization_id == organization_id, User.role == Role.ADMIN))
        return [_account(row.Identity, row.organization_id) for row in rows]

    def subscribed(self, issue_ids: Collection[int]) -> dict[int, list[Account]]:
        """The chat accounts of those who asked to be told of these issues, by issue."""
        query = _accounts().add_columns(Subscription.issue_id).join(Subscription, Subscription.user_id == User.id)
        found: dict[int, list[Account]] = {}
        for row in self._session.execute(query.where(Subscription.issue_id.in_(issue_ids), Subscription.is_active)):
            found.setdefault(row.issue_id, []).append(_account(row.Identity, row.organization_id))
        return found

    def direct_channels(self, accounts: Collection[Account]) -> dict[Account, int]:
        """Where these people are told something alone: the numbers of their channels."""
        rows = [_row(account) for account in sorted(set(accounts), key=lambda account: (account.platform, account.subject))]
        upsert(self._session, Channel, rows, key=("platform", "external_id"))
        mine = tuple_(Channel.platform, Channel.external_id).in_([(row["platform"], row["external_id"]) for row in rows])
        found = self._session.execute(select(Channel.platform, Channel.external_id, Channel.organization_id, Channel.id).where(mine))
        ids = {(row.platform, row.external_id, row.organization_id): row.id for row in found}
        known = ((account, ids.get((account.platform, account.subject, account.organization_id))) for account in accounts)
        # An account that another organization reaches already is not ours to talk to.
        return {account: id_ for account, id_ in known if id_ is not None}


def _accounts() -> Select[Identity, int]:
    """Those of members. Whoever became a guest or was deactivated is told nothing any more."""
    members = select(Identity, User.organization_id).join(User, User.id == Identity.user_id).where(Identity.vouched_at.is_not(None))
    return members.order_by(Identity.id)


def _account(row: Identity, organization_id: int) -> Account:
    return Account(row.user_id, organization_id, row.platform, row.tenant, row.subject)


def _row(account: Account) -> dict[str, object]:
    names = {"organization_id": account.organization_id, "platform": account.platform, "tenant": account.tenant, "external_id": account.subject}
    return {**names, "is_direct": True}
