"""Chat accounts, and when their chats last called the person behind each a member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from core.db.models import ChatHome, Identity, User


class Memberships:
    """Accounts with their users."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_account(self, platform: str, tenant: str, subject: str) -> tuple[Identity, User] | None:
        """The account's row, and whose it is."""
        query = select(Identity, User).join(User, Identity.user_id == User.id)
        mine = query.where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)
        row = self._session.execute(mine).first()
        return (row.Identity, row.User) if row else None

    def of_user(self, user_id: int) -> Sequence[tuple[Identity, User, str | None]]:
        """The rows of a user's accounts, each with the service URL of its tenant, where that is known."""
        is_home = and_(ChatHome.platform == Identity.platform, ChatHome.tenant == Identity.tenant)
        query = select(Identity, User, ChatHome.service_url).join(User, Identity.user_id == User.id).outerjoin(ChatHome, is_home)
        rows = self._session.execute(query.where(Identity.user_id == user_id).order_by(Identity.id))
        return [(row.Identity, row.User, row.service_url) for row in rows]

    def note(self, platform: str, tenant: str, subject: str, vouched_at: datetime | None) -> None:
        """Since when the person counts as a member, or that they do not."""
        mine = update(Identity).where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)
        self._session.execute(mine.values(vouched_at=vouched_at))
