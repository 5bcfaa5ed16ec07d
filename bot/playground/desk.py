"""The routes of the page and the tests: act, see, be told of changes, switch faults on, crash the demo shop."""

from collections.abc import AsyncIterator
from typing import Protocol

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.accounts import Accounts, Person
from bot.playground.acting import CannotDo, Deed
from bot.playground.crashes import Crashes
from bot.playground.faults import MODES, Faults
from bot.playground.shop import CRASHES
from bot.playground.slack.errors import SlackError
from bot.playground.store import Json, Store
from bot.playground.teams.errors import ConnectorError

_SHOWN = 300
"""At most so many of a conversation's latest messages are shown; the page asks for fewer."""


class Service(Protocol):
    """A chat service, as the desk needs it."""

    deeds: dict[str, Deed]

    def seen_by(self, person: Person, last: int) -> Json:
        """What a person has on the screen: so many of the latest messages of each conversation."""

    def clear(self) -> None:
        """Forget everything said."""


class Desk:
    """Where people sit."""

    def __init__(self, store: Store, accounts: Accounts, faults: Faults, services: tuple[Service, Service], dsn: str) -> None:
        self._store = store
        self._accounts = accounts
        self._faults = faults
        self._services = {"slack": services[0], "teams": services[1]}
        self._crashes = Crashes(store)
        self.dsn = dsn

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/act", self._act, methods=["POST"]),
            Route("/state", self._state),
            Route("/events", self._events),
            Route("/faults", self._set_fault, methods=["POST"]),
            Route("/crash", self._crash, methods=["POST"]),
            Route("/reset", self._reset, methods=["POST"]),
        ]

    async def aclose(self) -> None:
        """Stop what runs."""
        await self._crashes.aclose()

    async def _act(self, request: Request) -> Response:
        try:
            deed = await _object(request)
            person = self._accounts.person(str(deed.get("as") or ""))
            service = self._services.get(str(deed.get("platform") or ""))
            if person is None or service is None:
                raise CannotDo("`as` names a person and `platform` is slack or teams")
            act = service.deeds.get(str(deed.get("do") or ""))
            if act is None:
                raise CannotDo(f"`do` is one of {', '.join(service.deeds)}")
            return JSONResponse(await act(person, deed))
        except (CannotDo, SlackError, ConnectorError, ValueError) as error:
            return _refused(error)

    async def _state(self, request: Request) -> Response:
        person = self._accounts.person(request.query_params.get("as", "")) or self._accounts.people[0]
        wanted = request.query_params.get("last", "")
        last = min(int(wanted), _SHOWN) if wanted.isdecimal() else _SHOWN
        return JSONResponse(
            {
                "version": self._store.version,
                "as": person.slack_id,
                "people": [_shown(one) for one in self._accounts.people],
                "slack": self._services["slack"].seen_by(person, last),
                "teams": self._services["teams"].seen_by(person, last),
                "faults": self._faults.all(),
                "fault_modes": MODES,
                "crashes": [{"kind": kind, "title": crash.title} for kind, crash in CRASHES.items()],
                "runs": self._crashes.latest(),
                "has_dsn": bool(self.dsn),
            }
        )

    async def _events(self, _request: Request) -> Response:
        async def stream() -> AsyncIterator[dict[str, str]]:
            async for version in self._store.changes():
                yield {"event": "change", "data": str(version)}

        return EventSourceResponse(stream(), ping=15)

    async def _set_fault(self, request: Request) -> Response:
        try:
            self._faults.set(await _object(request))
        except ValueError as error:
            return _refused(error)
        return JSONResponse({"ok": True, "faults": self._faults.all()})

    async def _crash(self, request: Request) -> Response:
        try:
            wish = await _object(request)
            run = self._crashes.start(self.dsn, wish)
        except (CannotDo, ValueError) as error:
            return _refused(error)
        return JSONResponse({"ok": True, **run}, 202)

    async def _reset(self, _request: Request) -> Response:
        for service in self._services.values():
            service.clear()
        self._faults.clear()
        return JSONResponse({"ok": True})


async def _object(request: Request) -> Json:
    body = await request.json()
    if not isinstance(body, dict):
        raise CannotDo("send a JSON object")
    return body


def _refused(error: Exception) -> Response:
    return JSONResponse({"ok": False, "error": str(error)}, 400)


def _shown(person: Person) -> Json:
    return {
        "id": person.slack_id,
        "name": person.name,
        "email": person.email,
        "teams_id": person.teams_id,
        "teams_aad_id": person.teams_aad_id,
        "tz": person.tz,
    }
