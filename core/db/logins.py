"""The one-time links to the issue pages, and the sessions they open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db.models import LoginLink, LoginSession, User


class Logins:
    """Links and sessions, by the hashes of their tokens."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_expired(self, now: datetime) -> None:
        """Removes what is too old to open anything."""
        for model in (LoginLink, LoginSession):
            self._session.execute(delete(model).where(model.expires_at <= now))

    def is_open(self, sha256: str, now: datetime) -> bool:
        """Whether a link would still open something."""
        return self._session.scalars(select(LoginLink).where(LoginLink.sha256 == sha256, LoginLink.expires_at > now)).first() is not None

    def take(self, sha256: str, now: datetime) -> int | None:
        """The number of the user whom the link was made for. It is gone then, so it opens one session only."""
        link = delete(LoginLink).where(LoginLink.sha256 == sha256, LoginLink.expires_at > now)
        return self._session.scalars(link.returning(LoginLink.user_id)).first()

    def user(self, sha256: str, now: datetime) -> User | None:
        """Whose session it is."""
        query = select(User).join(LoginSession, LoginSession.user_id == User.id)
        return self._session.scalars(query.where(LoginSession.sha256 == sha256, LoginSession.expires_at > now)).first()

    def close(self, sha256: str) -> None:
        """Ends a session."""
        self._session.execute(delete(LoginSession).where(LoginSession.sha256 == sha256))
