"""Serves the Web API, which checks the token and the rate before it calls a method, and the `response_url`s."""

import hmac
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.buckets import Buckets, Rate
from bot.playground.faults import Faults, apply_fault
from bot.playground.slack.arguments import Arguments, read_arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.responses import Responses
from bot.playground.store import Json

Method = Callable[[Arguments], Json]

_TIER_2, _TIER_3, _TIER_4 = Rate(20, 20), Rate(50, 50), Rate(100, 100)
_SPECIAL = Rate(600, 600)
POSTING = Rate(60, 10)
"""One message a second in each channel. Slack allows short bursts; a burst of ten lets a demonstration run smoothly."""

RATES = {
    "api.test": _TIER_4,
    "auth.test": _SPECIAL,
    "chat.postMessage": POSTING,
    "chat.update": _TIER_3,
    "chat.delete": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "chat.getPermalink": _SPECIAL,
    "chat.unfurl": _TIER_3,
    "views.open": _TIER_4,
    "views.update": _TIER_4,
    "views.push": _TIER_4,
    "views.publish": _TIER_4,
    "users.info": _TIER_4,
    "users.lookupByEmail": _TIER_3,
    "users.list": _TIER_2,
    "conversations.info": _TIER_3,
    "conversations.open": _TIER_3,
    "conversations.members": _TIER_4,
    "conversations.replies": _TIER_3,
    "conversations.history": _TIER_3,
}
"""Slack's rate limits: by method and workspace, and by channel for posting."""


class Refusals:
    """The responses of the Web API to requests that fail."""

    def busy(self, seconds: int) -> Response:
        """Return 429 with the seconds to wait."""
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})

    def broken(self) -> Response:
        """Return 503 with plain text."""
        return PlainTextResponse("Service Unavailable", 503)

    def error(self, code: str) -> Response:
        """Return an error code, with status 200 as in all responses of the Web API."""
        return JSONResponse({"ok": False, "error": code})


class WebApi:
    """The endpoints the bot calls."""

    def __init__(self, token: str, methods: Mapping[str, Method], responses: Responses, faults: Faults, buckets: Buckets | None) -> None:
        self._token = token
        self._methods = methods
        self._responses = responses
        self._faults = faults
        self._buckets = buckets

    async def call(self, request: Request) -> Response:
        """Handle a call of a method."""
        name = request.path_params["method"]
        try:
            arguments = await read_arguments(request)
        except SlackError as error:
            return _refusal(error)

        async def handle() -> Response:
            return self._answer(name, _token_of(request, arguments), arguments)

        return await apply_fault(self._faults.next("slack", arguments.text("channel"), name), Refusals(), handle)

    async def respond(self, request: Request) -> Response:
        """Handle a post to a `response_url`, authorized by the secret in its path."""

        async def handle() -> Response:
            try:
                body = await request.json()
                self._responses.respond(request.path_params["secret"], body if isinstance(body, dict) else {})
            except SlackError as error:
                status = 404 if error.code in ("expired_url", "used_url") else 400
                return JSONResponse({"ok": False, "error": error.code, **error.more}, status)
            except ValueError:
                return PlainTextResponse("invalid_payload", 400)
            return PlainTextResponse("ok")

        return await apply_fault(self._faults.next("slack", "", "response_url"), Refusals(), handle)

    def _answer(self, name: str, token: str, arguments: Arguments) -> Response:
        try:
            self._check_token(token)
            method = self._methods.get(name)
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            if seconds := self._seconds_to_wait(name, arguments):
                return Refusals().busy(seconds)
            return JSONResponse({"ok": True, **method(arguments)})
        except SlackError as error:
            return _refusal(error)

    def _check_token(self, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise SlackError("invalid_auth")

    def _seconds_to_wait(self, name: str, arguments: Arguments) -> int:
        if self._buckets is None:
            return 0
        channel = arguments.text("channel") if RATES[name] is POSTING else ""
        return self._buckets.take(f"slack {name} {channel}", RATES[name])


def _token_of(request: Request, arguments: Arguments) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else arguments.text("token")


def _refusal(error: SlackError) -> Response:
    return JSONResponse({"ok": False, "error": error.code, **error.more})
