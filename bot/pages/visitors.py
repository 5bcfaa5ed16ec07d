"""Identify visitors: sessions opened by a ``login`` link, kept in a signed cookie."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from bot.security.secrets import Signer
from core.accounts.logins import SESSION_LIFETIME
from core.bootstrap import Core
from core.views import UserView

COOKIE = "quell_session"


@dataclass(frozen=True)
class Visitors:
    """Reads and writes the cookie. Queries ``core`` only for cookies with a valid signature."""

    core: Core
    signer: Signer
    links_begin_with: str

    @property
    def root(self) -> str:
        """The path prefix of our URLs, without a trailing slash."""
        return urlsplit(self.links_begin_with).path.rstrip("/")

    def visitor(self, request: Request) -> UserView | None:
        """Return the user of the session. Reads the database."""
        session = self._session(request)
        return self.core.logins.user(session) if session else None

    def close(self, request: Request) -> None:
        """End the session. Writes to the database."""
        if session := self._session(request):
            self.core.logins.close(session)

    def sign_in(self, response: Response, session: str) -> None:
        """Set the cookie. Scripts cannot read it, and forms of other sites do not send it."""
        response.set_cookie(
            COOKIE,
            self.signer.sign(session),
            max_age=int(SESSION_LIFETIME.total_seconds()),
            path=f"{self.root}/",
            secure=self.links_begin_with.startswith("https:"),
            httponly=True,
            samesite="lax",
        )

    def sign_out(self, response: Response) -> None:
        """Delete the cookie."""
        response.delete_cookie(COOKIE, path=f"{self.root}/")

    def _session(self, request: Request) -> str | None:
        return self.signer.word(request.cookies.get(COOKIE, ""))


def comes_from_elsewhere(request: Request) -> bool:
    """Return whether another site's page sent the request. All browsers say so; other clients hold no cookie."""
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
