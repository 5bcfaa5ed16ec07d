"""Serves the Bot Connector: the bot posts, updates and deletes messages here, and reads members."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.accounts import Person
from bot.playground.buckets import Buckets, Rate
from bot.playground.faults import Faults, apply_fault
from bot.playground.store import Json
from bot.playground.teams.errors import ConnectorError
from bot.playground.teams.people import only_member, person_of
from bot.playground.teams.tenant import THREAD, Tenant, chat_of
from bot.playground.teams.tokens import Tokens

MAX_MESSAGE_BYTES = 100 * 1024
"""The size of a whole message in UTF-16. Teams responds 413 to larger ones."""
SENDING = Rate(120, 7)
"""Seven at once and 60 in 30 s, for each conversation."""
READING = Rate(240, 14)
"""Twice as many for reading members."""

Handler = Callable[[Request], Awaitable[Response]]


class Refusals:
    """The responses of the connector to requests that fail."""

    def busy(self, seconds: int) -> Response:
        """Return 429 with the seconds to wait."""
        answer = _error(429, "TooManyRequests", "Too many requests.")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def broken(self) -> Response:
        """Return 502, as its gateway does while the service is down."""
        return _error(502, "BadGateway", "The upstream service is not available.")

    def error(self, code: str) -> Response:
        """Return 403 with this code."""
        return _error(403, code, code)


class Connector:
    """The endpoints the bot calls."""

    def __init__(self, tenant: Tenant, tokens: Tokens, faults: Faults, buckets: Buckets | None) -> None:
        self._tenant = tenant
        self._tokens = tokens
        self._faults = faults
        self._buckets = buckets

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        base = "/teams/v3/conversations"
        conversation = base + "/{conversation}"
        return [
            Route(base, self._guarded(self._create), methods=["POST"]),
            Route(f"{conversation}/activities", self._guarded(self._send), methods=["POST"]),
            Route(f"{conversation}/activities/{{activity}}", self._guarded(self._reply), methods=["POST"]),
            Route(f"{conversation}/activities/{{activity}}", self._guarded(self._update), methods=["PUT"]),
            Route(f"{conversation}/activities/{{activity}}", self._guarded(self._delete), methods=["DELETE"]),
            Route(f"{conversation}/members", self._guarded(self._members, READING)),
            Route(f"{conversation}/pagedmembers", self._guarded(self._paged_members, READING)),
            Route(f"{conversation}/members/{{member}}", self._guarded(self._member, READING)),
        ]

    def _guarded(self, handle: Handler, rate: Rate = SENDING) -> Handler:
        """Return an endpoint that applies faults, checks the token and the rate, and turns ConnectorError into a response."""

        async def endpoint(request: Request) -> Response:
            channel = request.path_params.get("conversation", "").partition(THREAD)[0]

            async def checked() -> Response:
                try:
                    self._check(request, channel, rate)
                    return await handle(request)
                except ConnectorError as error:
                    if error.status == 429:
                        return Refusals().busy(int(error.message))
                    return _error(error.status, error.code, error.message)

            return await apply_fault(self._faults.next("teams", channel, request.method), Refusals(), checked)

        return endpoint

    def _check(self, request: Request, channel: str, rate: Rate) -> None:
        if not self._tokens.is_valid(request.headers.get("authorization", "")):
            raise ConnectorError(401, "Unauthorized", "Authorization has been denied for this request.")
        if self._buckets is None:
            return
        if seconds := self._buckets.take(f"teams {rate.per_minute} {channel}", rate):
            raise ConnectorError(429, "TooManyRequests", str(seconds))

    async def _create(self, request: Request) -> Response:
        """Start a thread in the channel, or open the personal chat with a person."""
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
        """Post a reply, in a channel in the thread of the message that it answers."""
        conversation, activity = self._conversation(request), await _body(request)
        answered = self._tenant.get(request.path_params["activity"])
        root = ""
        if conversation["kind"] == "channel" and answered:
            root = answered["root"] or answered["id"]
        return JSONResponse({"id": self._tenant.post(conversation, activity, root)["id"]}, 201)

    async def _update(self, request: Request) -> Response:
        message = self._tenant.bot_message(self._conversation(request), request.path_params["activity"])
        self._tenant.replace(message, await _body(request))
        return JSONResponse({"id": message["id"]})

    async def _delete(self, request: Request) -> Response:
        message = self._tenant.bot_message(self._conversation(request), request.path_params["activity"])
        self._tenant.delete(message)
        return Response(status_code=200)

    async def _members(self, request: Request) -> Response:
        return JSONResponse(self._members_json(request))

    async def _paged_members(self, request: Request) -> Response:
        return JSONResponse({"members": self._members_json(request), "continuationToken": None})

    async def _member(self, request: Request) -> Response:
        conversation = self._conversation(request)
        person = person_of(self._tenant.accounts, request.path_params["member"], 404, "MemberNotFoundInConversation")
        if conversation.get("with", person.slack_id) != person.slack_id:
            raise ConnectorError(404, "MemberNotFoundInConversation", "Not part of the conversation.")
        return JSONResponse(self._account(person))

    def _members_json(self, request: Request) -> list[Json]:
        owner = self._conversation(request).get("with")
        return [self._account(person) for person in self._tenant.accounts.people if owner in (None, person.slack_id)]

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
