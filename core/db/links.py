"""The codes that join chat accounts to users, and who tried wrong ones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import Identity, LinkCode, LinkTries, User


class Links:
    """Codes, tries and chat accounts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_expired(self, now: datetime) -> None:
        """Removes the codes that are too old to be used."""
        self._session.execute(delete(LinkCode).where(LinkCode.expires_at <= now))

    def take(self, sha256: str, organisation_id: int, now: datetime) -> User | None:
        """Whom the code was made for. It is gone then, so of two who use it at once one finds nothing."""
        members = select(User.id).where(User.organisation_id == organisation_id)
        code = delete(LinkCode).where(LinkCode.sha256 == sha256, LinkCode.expires_at > now, LinkCode.user_id.in_(members))
        user_id = self._session.scalars(code.returning(LinkCode.user_id)).first()
        return None if user_id is None else self._session.get(User, user_id)

    def spend(self, sha256s: Collection[str]) -> None:
        """Removes these codes, as far as they are any."""
        self._session.execute(delete(LinkCode).where(LinkCode.sha256.in_(sha256s)))

    def tries(self, platform: str, tenant: str, subject: str, now: datetime) -> LinkTries:
        """The wrong tries of a chat account; whoever else tries for it waits until this transaction ends."""
        account = {"platform": platform, "tenant": tenant, "subject": subject}
        upsert(self._session, LinkTries, [{**account, "tries": 0, "since_at": now}])
        return self._session.scalars(select(LinkTries).filter_by(**account).with_for_update()).one()

    def owner(self, platform: str, tenant: str, subject: str) -> Identity | None:
        """The row that says whom a chat account belongs to."""
        return self._session.scalars(select(Identity).filter_by(platform=platform, tenant=tenant, subject=subject)).first()

    def unlink(self, platform: str, tenant: str, subject: str) -> None:
        """The chat account belongs to nobody."""
        self._session.execute(delete(Identity).filter_by(platform=platform, tenant=tenant, subject=subject))
