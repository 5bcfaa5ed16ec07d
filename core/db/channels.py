"""Query channels of chats, and how to reach them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, and_, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session

from core.db.columns import upsert
from core.db.models import Channel, ChatHome, Identity, Subscription, User, Watch
from core.types import Role

_NEEDS_REPAIR = Channel.waits_for.in_(("repair", "account"))


@dataclass(frozen=True)
class Account:
    """A user's chat account, for direct messages."""

    user_id: int
    organization_id: int
    platform: str
    tenant: str
    subject: str


class ChannelStore:
    """Channels with their settings, and the people who are reached directly."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_or_add(self, organization_id: int, platform: str, external_id: str, tenant: str | None = None) -> Channel:
        """Return the channel with this id; insert it if it is unknown."""
        channel = self.find(platform, external_id)
        if channel is None:
            channel = Channel(organization_id=organization_id, platform=platform, external_id=external_id, fence=0)
            self._session.add(channel)
        channel.tenant = tenant or channel.tenant
        self._session.flush()
        return channel

    def find(self, platform: str, external_id: str) -> Channel | None:
        """Return the channel with this id, or None."""
        return self._session.scalars(select(Channel).where(Channel.platform == platform, Channel.external_id == external_id)).first()

    def set_name(self, platform: str, external_id: str, name: str) -> None:
        """Store the name of a channel."""
        mine = update(Channel).where(Channel.platform == platform, Channel.external_id == external_id)
        self._session.execute(mine.values(name=name), execution_options={"synchronize_session": False})

    def mark_added(self, platform: str, external_id: str | None, now: datetime) -> None:
        """Store that the bot was added to this channel. Without an id it applies to the group channels that need repair."""
        there = Channel.external_id == external_id if external_id else and_(_NEEDS_REPAIR, Channel.is_direct.is_(False))
        mine = update(Channel).where(Channel.platform == platform, there)
        again = mine.where(_NEEDS_REPAIR).values(not_before_at=None, waits_for=None, trouble=None)
        self._session.execute(mine.values(added_at=now), execution_options={"synchronize_session": False})
        self._session.execute(again, execution_options={"synchronize_session": False})

    def needing_repair(self) -> list[tuple[str, str]]:
        """Return the channels in which nothing works until somebody repairs them."""
        rows = self._session.execute(select(Channel.platform, Channel.external_id).where(_NEEDS_REPAIR))
        return [(row.platform, row.external_id) for row in rows]

    def watched(self) -> list[tuple[Channel, str | None]]:
        """Return the channels with a watch, each with its tenant's service URL."""
        home = and_(ChatHome.platform == Channel.platform, or_(Channel.tenant.is_(None), ChatHome.tenant == Channel.tenant))
        query = select(Channel, ChatHome.service_url).outerjoin(ChatHome, home).where(exists().where(Watch.channel_id == Channel.id))
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Channel.platform, Channel.id))]

    def service_url(self, platform: str, tenant: str | None) -> str | None:
        """Return the service URL of a tenant; of the first tenant for None."""
        query = select(ChatHome.service_url).where(ChatHome.platform == platform).order_by(ChatHome.tenant)
        return self._session.scalars(query.where(ChatHome.tenant == tenant) if tenant else query).first()

    def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        """Store the URL at which a tenant is reached."""
        query = select(ChatHome).where(ChatHome.platform == platform, ChatHome.tenant == tenant)
        home = self._session.scalars(query).first()
        if home:
            home.service_url = service_url
        else:
            self._session.add(ChatHome(platform=platform, tenant=tenant, service_url=service_url))

    def has_digest_due(self, now: datetime) -> bool:
        """Return whether any digest is due."""
        return self._session.scalars(select(exists().where(Channel.digest_due_at <= now))).one()

    def with_digest_due(self, now: datetime, limit: int) -> Sequence[Channel]:
        """Return the channels whose digest is due, locked. Skips channels that are locked by others."""
        query = select(Channel).where(Channel.digest_due_at <= now).order_by(Channel.digest_due_at).limit(limit)
        return self._session.scalars(query.with_for_update(skip_locked=True)).all()

    def accounts(self, user_ids: Collection[int]) -> list[Account]:
        """Return the chat accounts of these users, oldest first."""
        rows = self._session.execute(_accounts().where(Identity.user_id.in_(user_ids)))
        return [_account(row.Identity, row.organization_id) for row in rows]

    def admins(self, organization_id: int) -> list[Account]:
        """Return the chat accounts of an organization's admins, oldest first."""
        rows = self._session.execute(_accounts().where(User.organization_id == organization_id, User.role == Role.ADMIN))
        return [_account(row.Identity, row.organization_id) for row in rows]

    def subscribed(self, issue_ids: Collection[int]) -> dict[int, list[Account]]:
        """Return the chat accounts of the subscribers of these issues, by issue."""
        query = _accounts().add_columns(Subscription.issue_id).join(Subscription, Subscription.user_id == User.id)
        found: dict[int, list[Account]] = {}
        for row in self._session.execute(query.where(Subscription.issue_id.in_(issue_ids), Subscription.is_active)):
            found.setdefault(row.issue_id, []).append(_account(row.Identity, row.organization_id))
        return found

    def direct_channels(self, accounts: Collection[Account]) -> dict[Account, int]:
        """Return the ids of the direct-message channels of these accounts."""
        rows = [_row(account) for account in sorted(set(accounts), key=lambda account: (account.platform, account.subject))]
        upsert(self._session, Channel, rows, key=("platform", "external_id"))
        mine = tuple_(Channel.platform, Channel.external_id).in_([(row["platform"], row["external_id"]) for row in rows])
        found = self._session.execute(select(Channel.platform, Channel.external_id, Channel.organization_id, Channel.id).where(mine))
        ids = {(row.platform, row.external_id, row.organization_id): row.id for row in found}
        known = ((account, ids.get((account.platform, account.subject, account.organization_id))) for account in accounts)
        # Skip accounts that another organization reaches already.
        return {account: id_ for account, id_ in known if id_ is not None}


@cache
def _accounts() -> Select[Identity, int]:
    """Select the accounts of members. Guests and deactivated accounts get no messages."""
    members = select(Identity, User.organization_id).join(User, User.id == Identity.user_id).where(Identity.vouched_at.is_not(None))
    return members.order_by(Identity.id)


def _account(row: Identity, organization_id: int) -> Account:
    return Account(row.user_id, organization_id, row.platform, row.tenant, row.subject)


def _row(account: Account) -> dict[str, object]:
    names = {"organization_id": account.organization_id, "platform": account.platform, "tenant": account.tenant, "external_id": account.subject}
    return {**names, "is_direct": True}
