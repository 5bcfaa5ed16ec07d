"""Sign in to the issue pages: a one-time link from a chat opens a session in a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.accounts.directory import user_view
from core.accounts.tokens import new_token, sha256
from core.db.database import Database
from core.db.models import LoginLink, LoginSession
from core.views import UserView

LINK_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class Logins:
    """Creates and redeems links, and looks up sessions."""

    database: Database
    clock: Callable[[], datetime]

    def make(self, user_id: int) -> str:
        """Create a link token that opens one session for this user within ``LINK_LIFETIME``."""
        token, now = new_token(), self.clock()
        with self.database.write() as work:
            work.logins.forget_expired(now)
            work.add(LoginLink(sha256=sha256(token), user_id=user_id, expires_at=now + LINK_LIFETIME))
        return token

    def is_open(self, token: str) -> bool:
        """Return whether a link can still be used. Does not use it up: chats fetch previews of links."""
        with self.database.read() as work:
            return work.logins.is_open(sha256(token), self.clock())

    def redeem(self, token: str) -> str | None:
        """Return the token of a new session, valid for ``SESSION_LIFETIME``; None if the link was used, is too old or never existed."""
        session, now = new_token(), self.clock()
        with self.database.write() as work:
            user_id = work.logins.redeem(sha256(token), now)
            if user_id is None:
                return None
            work.add(LoginSession(sha256=sha256(session), user_id=user_id, expires_at=now + SESSION_LIFETIME))
        return session

    def user(self, session: str) -> UserView | None:
        """Return the user of a session; None if it has ended or never existed."""
        with self.database.read() as work:
            row = work.logins.user(sha256(session), self.clock())
        return user_view(row) if row else None

    def close(self, session: str) -> None:
        """End a session."""
        with self.database.write() as work:
            work.logins.close(sha256(session))
