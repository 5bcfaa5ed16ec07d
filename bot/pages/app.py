"""``GET /issues/{id}/``: one issue with its newest stack trace and its history, for a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot import cards
from bot.surface import plain
from bot.workers import Workers
from core.activity import in_words
from core.bootstrap import Core
from core.errors import TriageError
from core.views import ActivityView

_HEADERS = {
    # No script, nothing from elsewhere, in nobody's frame: the page shows foreign text.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Pages:
    """The issue pages. ``organisation`` is whose issues anybody on this machine may see; without one, nobody sees any."""

    core: Core
    workers: Workers
    organisation: str | None

    def routes(self) -> list[BaseRoute]:
        """The one route there is."""
        return [Route("/issues/{issue}/", self._show)]

    async def _show(self, request: Request) -> Response:
        if self.organisation is None:
            text = "Issue pages are open in the playground only, so far. In chat, type: show ID"
            return self._page("refused.html", {"text": text}, 403)
        try:
            found = await self.workers.read(self._look_up, self.organisation, request.path_params["issue"])
        except TriageError as error:
            return self._page("refused.html", {"text": str(error)}, 404)
        return self._page("issue.html", found, 200)

    def _look_up(self, organisation: str, name: str) -> dict[str, Any]:
        owner = self.core.directory.organisation(organisation)
        issue = self.core.reads.issue(owner.id, name)
        activities = self.core.reads.activities(owner.id, issue.id)
        event = self.core.reads.newest_event(issue.id)
        return {
            "issue": issue,
            "state": plain(cards.state_sentence(issue)),
            "sparkline": cards.sparkline(issue),
            "exceptions": _exceptions(event),
            "history": [_line(activity) for activity in activities],
        }

    @staticmethod
    def _page(template: str, values: Mapping[str, Any], status: int) -> HTMLResponse:
        # Made anew each time: a page is opened now and then, and an idle process should not hold templates.
        environment = Environment(loader=PackageLoader("bot.pages"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
        return HTMLResponse(environment.get_template(template).render(values), status, _HEADERS)


def _line(activity: ActivityView) -> dict[str, str]:
    who = f"@{activity.user.name}" if activity.user else "Quell"
    source = cards.source_words(activity.source)
    return {
        "at": f"{activity.happened_at:%Y-%m-%d %H:%M:%S} UTC",
        "who": who,
        "what": in_words(activity.type, activity.data),
        "where": f"from {source}" if source else "",
    }


def _exceptions(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The exceptions of an event, the one that was caught last first, frames newest first. Payloads were cleaned when they came in."""
    values = (event.get("exception") or {}).get("values") or []
    return [
        {**value, "frames": list(reversed(((value.get("stacktrace") or {}).get("frames")) or []))}
        for value in reversed(values)
        if isinstance(value, dict)
    ]
