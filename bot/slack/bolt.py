"""Bolt behind our own ingress: finds the listener of a payload; the listener acknowledges after the payload is carried out or stored."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.background import BackgroundTask
from starlette.responses import Response

from bot.chat.elements import Form
from bot.chat.interaction_queue import Accepted, InteractionQueue
from bot.chat.interactions import FormSubmitted, Interaction
from bot.slack.background import Background, Job
from bot.slack.client import OwnTeam
from bot.slack.parse import ReplyHandles
from bot.slack.payload import Json, MalformedPayload
from bot.slack.responses import InteractionFlow, form_view

_NOT_KEPT = BoltResponse(status=503, body="neither done nor stored; try again")
_OURS = re.compile(r"^v1:")
_ANY_COMMAND = re.compile(r"^/")
EVENTS = ("app_home_opened", "app_mention", "link_shared", "message")
"""The event types with a listener; events that do not concern us are dropped before."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _IncomingPayload:
    """The data that travels through Bolt with the payload: the parsed interaction, and the listener's work after the acknowledgement."""

    payload: Json
    interaction: Interaction
    handles: ReplyHandles
    later: list[Job]


class Bolt:
    """The listeners. ``own`` returns our workspace, once it is known."""

    def __init__(
        self, web: AsyncWebClient, own: Callable[[], OwnTeam | None], flow: InteractionFlow, queue: InteractionQueue, work: Background
    ) -> None:
        self._flow = flow
        self._queue = queue
        self._work = work
        self._app = _app(web, own)
        self._listen()

    async def dispatch(self, payload: Json, interaction: Interaction, handles: ReplyHandles) -> Response:
        """Return the acknowledgement, or 503 if the payload can be neither carried out nor stored; calls to Slack start after it is sent. Raises
        MalformedPayload.
        """
        arrival = _IncomingPayload(payload, interaction, handles, [])
        try:
            request = AsyncBoltRequest(body=dict(payload), mode="socket_mode", context={"arrival": arrival})
        except Exception:  # noqa: BLE001 - Bolt reads more of the payload than we do, and trusts all of it
            raise MalformedPayload from None
        answer = await self._app.async_dispatch(request)
        later = BackgroundTask(self._work.start, arrival.later)
        return Response(answer.body, answer.status, headers=answer.first_headers_without_set_cookie(), background=later)

    def _listen(self) -> None:
        self._app.view(_OURS)(self._on_submission)
        self._app.options(_OURS)(self._on_lookup)
        self._app.action(_OURS)(self._on_interaction)
        self._app.command(_ANY_COMMAND)(self._on_interaction)
        for name in EVENTS:
            self._app.event(name)(self._on_interaction)

    async def _on_interaction(self, ack: AsyncAck, context: AsyncBoltContext) -> BoltResponse:
        arrival: _IncomingPayload = context["arrival"]
        if self._flow.opens_form(arrival.interaction):
            arrival.later.append(partial(self._flow.open_form, arrival.interaction, arrival.handles))
            return await ack()
        accepted = await self._accepted(arrival)
        arrival.later.append(accepted.finish)
        return await ack() if accepted.is_kept else _NOT_KEPT

    async def _on_submission(self, ack: AsyncAck, context: AsyncBoltContext) -> BoltResponse:
        arrival: _IncomingPayload = context["arrival"]
        faults = _at_fields(self._flow.faults(arrival.interaction), arrival.interaction)
        if faults:
            # The modal stays open, with the typed answers and each error at its field.
            return await ack(response_action="errors", errors=faults)
        accepted = await self._accepted(arrival)
        if not isinstance(accepted.reply, Form):
            arrival.later.append(accepted.finish)
            return await ack() if accepted.is_kept else _NOT_KEPT
        arrival.later.append(accepted.settle)
        if faults := _at_fields(accepted.reply.errors, arrival.interaction):
            return await ack(response_action="errors", errors=faults)
        return await ack(response_action="update", view=form_view(accepted.reply, arrival.interaction, arrival.handles))

    async def _on_lookup(self, ack: AsyncAck, context: AsyncBoltContext) -> BoltResponse:
        arrival: _IncomingPayload = context["arrival"]
        options, rest = await self._flow.look_up(arrival.interaction)
        arrival.later.append(rest)
        return await ack(options)

    async def _accepted(self, arrival: _IncomingPayload) -> Accepted:
        return await self._queue.accept(self._flow.received(arrival.payload, arrival.interaction, arrival.handles))


def _app(web: AsyncWebClient, own: Callable[[], OwnTeam | None]) -> AsyncApp:
    async def authorized() -> AuthorizeResult:
        """Authorize from known data, without a request to Slack."""
        known = own()
        if known is None:
            raise MalformedPayload  # the ingress lets nothing through before it is known
        return AuthorizeResult(enterprise_id=None, team_id=known.team, bot_user_id=known.bot_user, bot_id=known.bot)

    # Its warnings quote bodies, so Bolt only ever speaks through `_on_error`.
    quiet = logging.getLogger("bot.slack.bolt")
    quiet.setLevel(logging.CRITICAL)
    app = AsyncApp(
        name="quell",  # else Bolt searches the stack for one
        signing_secret="unused",  # noqa: S106 - the door has verified already
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        process_before_response=True,  # else Bolt polls for the acknowledgement and keeps no hold of its tasks
        authorize=authorized,
        client=web,
        logger=quiet,
    )
    app.error(_on_error)
    return app


def _at_fields(faults: Mapping[str, str], interaction: Interaction) -> dict[str, str]:
    """Put each error at a field that the modal has: Slack shows no errors at all if one names a missing field."""
    fields = tuple(interaction.payload.values) if isinstance(interaction.payload, FormSubmitted) else ()
    return {name if name in fields else fields[0]: sentence for name, sentence in faults.items()} if fields else {}


async def _on_error(error: Exception) -> Any:
    """Log where the code failed, without the message, which may quote a person's text.

    ``parse`` has read every payload before Bolt gets it, so a failure here is an impossible payload or a bug of ours.
    """
    log.error("Bolt could not dispatch a request: %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return BoltResponse(status=400, body="malformed")
