"""The pages for browsers: ``/issues/{id}/`` and the login that leads to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.chat.identity import IdentityResolver, NobodyToAsk
from bot.pages import issue
from bot.pages.issue import NobodyKnown, PageRequest
from bot.pages.templating import HEADERS, page
from bot.pages.visitors import Visitors, comes_from_elsewhere
from bot.security.loopback import is_local
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import DatabaseAway, TriageError
from core.views import UserView

Handler = Callable[[Request], Awaitable[Response]]


class UsedUp(TriageError):
    """This link was used already, or is older than ten minutes. In Slack or Teams, type login to get another."""


class Elsewhere(TriageError):
    """The playground is for this machine only."""


class NotOurForm(TriageError):
    """This was not sent by our own page. Open the link again."""


@dataclass(frozen=True)
class Pages:
    """The pages. ``open_to_all`` is the slug of an organization whose issues are visible to anyone on this machine: the playground's."""

    core: Core
    workers: Workers
    visitors: Visitors
    identity: IdentityResolver
    open_to_all: str | None = None

    def routes(self) -> list[BaseRoute]:
        """All routes."""
        return [
            Route("/issues/{name}/", self._answering(self._issue)),
            Route("/organizations/{organization}/issues/{name}/", self._answering(self._moved)),
            Route("/share/issue/{share}/", self._answering(self._shared_issue)),
            Route("/login/", self._answering(self._account)),
            Route("/login/{token}", self._answering(self._login)),
            Route("/login/{token}", self._answering(self._log_in), methods=["POST"]),
            Route("/logout/", self._answering(self._log_out), methods=["POST"]),
        ]

    def _answering(self, handler: Handler) -> Handler:
        """Wrap the handler: a refusal becomes a page."""

        async def answer(request: Request) -> Response:
            try:
                if self.open_to_all is not None and not is_local(request):
                    raise Elsewhere
                return await handler(request)
            except (TriageError, DatabaseAway) as error:
                return _refusal(str(error), next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 404))

        return answer

    async def _issue(self, request: Request) -> Response:
        return await self._show(request, request.path_params["name"], request.query_params.get("share", ""))

    async def _moved(self, request: Request) -> Response:
        """Lead from the address that Sentry's clients print to the page. The page itself decides who may see which issue."""
        return RedirectResponse(f"{self.visitors.root}/issues/{quote(request.path_params['name'], safe='')}/", 302, HEADERS)

    async def _shared_issue(self, request: Request) -> Response:
        return await self._show(request, None, request.path_params["share"])

    async def _show(self, request: Request, name: str | None, share: str) -> Response:
        visitor = await self._visitor(request)
        found = await self.workers.read(self._look_up, visitor, name, share)
        return page("issue.html", {**found, "visitor": visitor, "root": self.visitors.root})

    async def _visitor(self, request: Request) -> UserView | None:
        """Return the user of the session if they are still a member of the chat it began in. Raises NobodyToAsk if that is unknown."""
        visitor = await self.workers.read(self.visitors.visitor, request)
        if visitor is None or await self.identity.is_member(visitor, self.workers):
            return visitor
        await self.workers.write(self.visitors.close, request)
        return None

    def _look_up(self, visitor: UserView | None, name: str | None, share: str) -> issue.Values:
        house = visitor.organization_id if visitor else None
        if visitor is None and self.open_to_all is not None and not share:
            # In the playground a share link shows the same as for anonymous visitors elsewhere.
            house = self.core.directory.organization(self.open_to_all).id
        if name is None:
            shared = self.core.shares.find(share)
            name = str(shared[1]) if shared else ""
        return issue.look_up(self.core, PageRequest(name, share, house, visitor), self.visitors.links_begin_with)

    async def _account(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        if visitor is None:
            raise NobodyKnown
        return page("account.html", {"visitor": visitor, "root": self.visitors.root})

    async def _login(self, request: Request) -> Response:
        """Show the login page. Viewing does not use up the link, because chats fetch previews of links."""
        if not await self.workers.read(self.core.logins.is_open, request.path_params["token"]):
            raise UsedUp
        return page("login.html", {})

    async def _log_in(self, request: Request) -> Response:
        if comes_from_elsewhere(request):
            raise NotOurForm
        session = await self.workers.write(self.core.logins.redeem, request.path_params["token"])
        if session is None:
            raise UsedUp
        answer = self._back()
        self.visitors.sign_in(answer, session)
        return answer

    async def _log_out(self, request: Request) -> Response:
        await self.workers.write(self.visitors.close, request)
        answer = self._back()
        self.visitors.sign_out(answer)
        return answer

    def _back(self) -> Response:
        return RedirectResponse(f"{self.visitors.root}/login/", 303, HEADERS)


def _refusal(text: str, status: int) -> Response:
    return page("refused.html", {"text": text}, status)


_STATUSES = {Elsewhere: 403, NobodyKnown: 403, NotOurForm: 403, UsedUp: 410, DatabaseAway: 503, NobodyToAsk: 503}
"""The HTTP status of each refusal; 404 for all others."""
