"""The Bot Connector over HTTP: where the bot posts, changes and deletes its messages, and asks who is there."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.accounts import Person
from bot.playground.buckets import Buckets, Rate
from bot.playground.faults import Faults, meet
from bot.playground.store import Json
from bot.playground.teams.errors import ConnectorError
from bot.playground.teams.people import only_member, person_of
from bot.playground.teams.tenant import THREAD, Tenant, chat_of
from bot.playground.teams.tokens import Tokens

MAX_MESSAGE_BYTES = 100 * 1024
"""A whole message, counted as UTF-16; over it Teams answers 413."""
SENDING = Rate(120, 7)
"""Seven at once and 60 in 30 s, for each bot and conversation."""
READING = Rate(240, 14)
"""Members may be asked for twice as often."""

Work = Callable[[Request], Awaitable[Response]]


class Refusals:
    """How the connector words what went wrong."""

    def busy(self, seconds: int) -> Response:
        """429 with the seconds to wait."""
        answer = _error(429, "TooManyRequests", "Too many requests.")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def broken(self) -> Response:
        """502, as its front door answers when nothing is behind it."""
        return _error(502, "BadGateway", "The upstream service is not available.")

    def error(self, code: str) -> Response:
        """403 with this code."""
        return _error(403, code, code)


class Connector:
    """The endpoints the bot calls."""

    def __init__(self, tenant: Tenant, tokens: Tokens, faults: Faults, buckets: Buckets | None) -> None:
        self._tenant = tenant
        self._tokens = tokens
        self._faults = faults
        self._buckets = buckets

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        base = "/teams/v3/conversations"
        one = base + "/{conversation}"
        return [
            Route(base, self._guarded(self._create), methods=["POST"]),
            Route(f"{one}/activities", self._guarded(self._send), methods=["POST"]),
            Route(f"{one}/activities/{{activity}}", self._guarded(self._reply), methods=["POST"]),
            Route(f"{one}/activities/{{activity}}", self._guarded(self._update), methods=["PUT"]),
            Route(f"{one}/activities/{{activity}}", self._guarded(self._delete), methods=["DELETE"]),
            Route(f"{one}/members", self._guarded(self._members, READING)),
            Route(f"{one}/pagedmembers", self._guarded(self._paged, READING)),
            Route(f"{one}/members/{{member}}", self._guarded(self._member, READING)),
        ]

    def _guarded(self, work: Work, rate: Rate = SENDING) -> Work:
        """The work behind the fault, the token and the rate; its errors as the connector words them."""

        async def endpoint(request: Request) -> Response:
            channel = request.path_params.get("conversation", "").partition(THREAD)[0]

            async def admitted() -> Response:
                try:
                    self._admit(request, channel, rate)
                    return await work(request)
                except ConnectorError as error:
                    if error.status == 429:
                        return Refusals().busy(int(error.message))
                    return _error(error.status, error.code, error.message)

            return await meet(self._faults.next("teams", channel, request.method), Refusals(), admitted)

        return endpoint

    def _admit(self, request: Request, channel: str, rate: Rate) -> None:
        if not self._tokens.admits(request.headers.get("authorization", "")):
            raise ConnectorError(401, "Unauthorized", "Authorization has been denied for this request.")
        if self._buckets is None:
            return
        if seconds := self._buckets.take(f"teams {rate.a_minute} {channel}", rate):
            raise ConnectorError(429, "TooManyRequests", str(seconds))

    async def _create(self, request: Request) -> Response:
        """A new thread in the channel, or the personal chat with somebody."""
        body = await _body(request)
        channel = (body.get("channelData") or {}).get("channel") or {}
        if channel.get("id"):
            return self._new_thread(channel["id"], body)
        person = only_member(self._tenant.accounts, body)
        answer: Json = {"id": chat_of(person), "serviceUrl": self._tenant.accounts.teams_service_url}
        conversation = self._tenant.writable(answer["id"])
        if body.get("activity"):
            answer["activityId"] = self._tenant.post(conversation, body["activity"])["id"]
        return JSONResponse(answer, 201)

    def _new_thread(self, key: str, body: Json) -> Response:
        conversation = self._tenant.writable(key)
        message = self._tenant.post({**conversation, "root": ""}, body.get("activity") or {})
        thread = f"{conversation['id']}{THREAD}{message['id']}"
        return JSONResponse({"id": thread, "activityId": message["id"]}, 201)

    async def _send(self, request: Request) -> Response:
        conversation, activity = self._conversation(request), await _body(request)
        if request.query_params.get("isTargetedActivity") == "true":
            activity["isTargeted"] = True
        return JSONResponse({"id": self._tenant.post(conversation, activity)["id"]}, 201)

    async def _reply(self, request: Request) -> Response:
        """A reply; in a channel it stands in the thread of the message it answers."""
        conversation, activity = self._conversation(request), await _body(request)
        answered = self._tenant.get(request.path_params["activity"])
        root = ""
        if conversation["kind"] == "channel" and answered:
            root = answered["root"] or answered["id"]
        return JSONResponse({"id": self._tenant.post(conversation, activity, root)["id"]}, 201)

    async def _update(self, request: Request) -> Response:
        message = self._tenant.bots(self._conversation(request), request.path_params["activity"])
        self._tenant.replace(message, await _body(request))
        return JSONResponse({"id": message["id"]})

    async def _delete(self, request: Request) -> Response:
        message = self._tenant.bots(self._conversation(request), request.path_params["activity"])
        self._tenant.delete(message)
        return Response(status_code=200)

    async def _members(self, request: Request) -> Response:
        return JSONResponse(self._present(request))

    async def _paged(self, request: Request) -> Response:
        return JSONResponse({"members": self._present(request), "continuationToken": None})

    async def _member(self, request: Request) -> Response:
        conversation = self._conversation(request)
        person = person_of(self._tenant.accounts, request.path_params["member"], 404, "MemberNotFoundInConversation")
        if conversation.get("with", person.slack_id) != person.slack_id:
            raise ConnectorError(404, "MemberNotFoundInConversation", "Not part of the conversation.")
        return JSONResponse(self._account(person))

    def _present(self, request: Request) -> list[Json]:
        alone = self._conversation(request).get("with")
        return [self._account(one) for one in self._tenant.accounts.people if alone in (None, one.slack_id)]

    def _account(self, person: Person) -> Json:
        given, _, family = person.name.partition(" ")
        return {
            "id": person.teams_id,
            "name": person.name,
            "aadObjectId": person.teams_aad_id,
            "objectId": person.teams_aad_id,
            "givenName": given,
            "surname": family,
            "email": person.email,
            "userPrincipalName": person.email,
            "tenantId": self._tenant.accounts.teams_tenant_id,
            "userRole": "guest" if self._tenant.is_guest(person) else "user",
        }

    def _conversation(self, request: Request) -> Json:
        return self._tenant.writable(request.path_params["conversation"])


async def _body(request: Request) -> Json:
    raw = await request.body()
    try:
        text = raw.decode()
        body: Any = json.loads(text)
    except ValueError:
        raise ConnectorError(400, "BadSyntax", "Could not parse the body.") from None
    if len(text.encode("utf-16-le")) > MAX_MESSAGE_BYTES:
        raise ConnectorError(413, "MessageSizeTooBig", "Message size too large.")
    if not isinstance(body, dict):
        raise ConnectorError(400, "BadSyntax", "The body must be an object.")
    return body


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
