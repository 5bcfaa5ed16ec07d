"""The HTTP API for the page and the tests: act as a person, read the state, listen for changes, switch faults on, crash the demo shop."""

from collections.abc import AsyncIterator
from typing import Protocol

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.accounts import Accounts, Person
from bot.playground.crashes import Crashes
from bot.playground.faults import MODES, Faults
from bot.playground.shop import CRASHES
from bot.playground.slack.errors import SlackError
from bot.playground.store import Json, Store
from bot.playground.teams.errors import ConnectorError
from bot.playground.user_actions import ImpossibleAction, UserAction

_MAX_MESSAGES = 300
"""The most messages of a conversation in one response. The page asks for fewer."""


class Service(Protocol):
    """A chat service, as this API uses it."""

    user_actions: dict[str, UserAction]

    def screen_of(self, person: Person, last: int) -> Json:
        """Return what a person has on the screen, with at most `last` messages of each conversation."""

    def clear(self) -> None:
        """Delete all messages and views."""


class PageApi:
    """The endpoints of the page and the tests."""

    def __init__(self, store: Store, accounts: Accounts, faults: Faults, services: tuple[Service, Service], dsn: str) -> None:
        self._store = store
        self._accounts = accounts
        self._faults = faults
        self._services = {"slack": services[0], "teams": services[1]}
        self._crashes = Crashes(store)
        self.dsn = dsn

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/act", self._act, methods=["POST"]),
            Route("/state", self._state),
            Route("/events", self._events),
            Route("/faults", self._set_fault, methods=["POST"]),
            Route("/crash", self._crash, methods=["POST"]),
            Route("/reset", self._reset, methods=["POST"]),
        ]

    async def aclose(self) -> None:
        """Stop the runs of the demo shop."""
        await self._crashes.aclose()

    async def _act(self, request: Request) -> Response:
        try:
            action = await _json_object(request)
            person = self._accounts.person(str(action.get("as") or ""))
            service = self._services.get(str(action.get("platform") or ""))
            if person is None or service is None:
                raise ImpossibleAction("`as` names a person and `platform` is slack or teams")
            act = service.user_actions.get(str(action.get("do") or ""))
            if act is None:
                raise ImpossibleAction(f"`do` is one of {', '.join(service.user_actions)}")
            return JSONResponse(await act(person, action))
        except (ImpossibleAction, SlackError, ConnectorError, ValueError) as error:
            return _error(error)

    async def _state(self, request: Request) -> Response:
        person = self._accounts.person(request.query_params.get("as", "")) or self._accounts.people[0]
        last_parameter = request.query_params.get("last", "")
        last = min(int(last_parameter), _MAX_MESSAGES) if last_parameter.isdecimal() else _MAX_MESSAGES
        return JSONResponse(
            {
                "version": self._store.version,
                "as": person.slack_id,
                "people": [_person_json(person) for person in self._accounts.people],
                "slack": self._services["slack"].screen_of(person, last),
                "teams": self._services["teams"].screen_of(person, last),
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
            self._faults.set(await _json_object(request))
        except ValueError as error:
            return _error(error)
        return JSONResponse({"ok": True, "faults": self._faults.all()})

    async def _crash(self, request: Request) -> Response:
        try:
            run = self._crashes.start(self.dsn, await _json_object(request))
        except (ImpossibleAction, ValueError) as error:
            return _error(error)
        return JSONResponse({"ok": True, **run}, 202)

    async def _reset(self, _request: Request) -> Response:
        for service in self._services.values():
            service.clear()
        self._faults.clear()
        return JSONResponse({"ok": True})


async def _json_object(request: Request) -> Json:
    body = await request.json()
    if not isinstance(body, dict):
        raise ImpossibleAction("send a JSON object")
    return body


def _error(error: Exception) -> Response:
    return JSONResponse({"ok": False, "error": str(error)}, 400)


def _person_json(person: Person) -> Json:
    return {
        "id": person.slack_id,
        "name": person.name,
        "email": person.email,
        "teams_id": person.teams_id,
        "teams_aad_id": person.teams_aad_id,
        "tz": person.tz,
    }
