"""The Bot Framework: its adapter dispatches each activity to its handler, behind our own ingress and with our own connector.

Its own authentication and connector are replaced: they answer forged tokens with 500, fetch keys and tokens on the event loop, and cost twenty
times the CPU. It has no types, so ``Any`` stays in this file.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, Attachment, ChannelAccount, ConversationAccount, ResourceResponse
from botframework.connector.auth import BotFrameworkAuthentication, ClaimsIdentity
from botframework.connector.auth.authenticate_request_result import AuthenticateRequestResult
from botframework.connector.auth.connector_factory import ConnectorFactory

from bot.chat.interactions import Interaction
from bot.chat.platform import Received
from bot.msteams.client import Connector, Conversation
from bot.msteams.elements import CardOrigin, JsonObject
from bot.msteams.tokens import CHANNEL, ISSUER

_TURN = "quell.turn"


@dataclass
class Turn:
    """One activity in progress. ``origin`` is where the pressed control is; ``afterwards`` runs once the request is answered.

    ``tenant`` is the one that the ingress found. ``is_again`` is true for an activity from before a restart: it is only parsed, into ``received``.
    ``is_refused`` is true if it could be neither carried out nor stored.
    """

    activity: JsonObject
    tenant: str
    interaction: Interaction
    origin: CardOrigin
    afterwards: Callable[[], Coroutine[Any, Any, None]] | None = None
    is_again: bool = False
    is_refused: bool = False
    received: Received | None = None


class ConversationVoice:
    """Sends messages to the conversation of a turn, also after the turn. Raises PlatformError."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def say(self, message: JsonObject) -> None:
        """Reply with a message, in the same thread."""
        await self._context.send_activity(_message(message))

    async def change(self, message_id: str, message: JsonObject) -> None:
        """Replace the content of a message of ours."""
        activity = _message(message)
        activity.id = message_id
        await self._context.update_activity(activity)


class Listener(Protocol):
    """Handles activities; implemented by ``bot.msteams.responses``."""

    async def on_message(self, turn: Turn, voice: ConversationVoice) -> None:
        """Handle a message; the reply follows through ``voice``, afterwards."""

    async def on_invoke(self, turn: Turn, voice: ConversationVoice) -> JsonObject:
        """Return the response body of an invoke."""

    def on_replay(self, turn: Turn, voice: ConversationVoice) -> None:
        """Parse an activity from before a restart."""


class Turns:
    """Runs activities through the framework."""

    def __init__(self, listener: Listener, connector: Connector) -> None:
        self._bot = _Bot(listener)
        self._adapter = _Adapter(_Authentication(connector))
        self._connector = connector

    async def take(self, turn: Turn) -> JsonObject | None:
        """Return the response to an invoke, or None for a message. The sender must already be verified."""
        admitted = AuthenticateRequestResult()
        admitted.audience = ISSUER
        admitted.claims_identity = ClaimsIdentity({}, is_authenticated=True)
        admitted.connector_factory = _Factory(self._connector)

        async def dispatch(context: Any) -> None:
            context.turn_state[_TURN] = turn
            await self._bot.on_turn(context)

        response = await self._adapter.process_activity(admitted, _incoming(turn), dispatch)
        return None if response is None else response.body


class _Bot(TeamsActivityHandler):  # type: ignore[misc]
    """Dispatches each kind of activity."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        turn: Turn = turn_context.turn_state[_TURN]
        if turn.is_again:
            self._listener.on_replay(turn, ConversationVoice(turn_context))
        else:
            await self._listener.on_message(turn, ConversationVoice(turn_context))

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        turn: Turn = turn_context.turn_state[_TURN]
        if turn.is_again:
            self._listener.on_replay(turn, ConversationVoice(turn_context))
            return InvokeResponse(status=200, body={})
        return InvokeResponse(status=200, body=await self._listener.on_invoke(turn, ConversationVoice(turn_context)))


class _Adapter(CloudAdapterBase):  # type: ignore[misc]
    """The framework's adapter with our own parts."""


class _Authentication(BotFrameworkAuthentication):  # type: ignore[misc]
    """Provides our connector; the ingress has already checked the request."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def authenticate_request(self, activity: Any, auth_header: str) -> Any:
        raise NotImplementedError("requests are checked at the door")

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> Any:
        raise NotImplementedError("there is no streaming")

    def create_connector_factory(self, claims_identity: Any) -> Any:
        return _Factory(self._connector)

    async def create_user_token_client(self, claims_identity: Any) -> Any:
        return None


class _Factory(ConnectorFactory):  # type: ignore[misc]
    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def create(self, service_url: str, audience: str) -> Any:
        return _Client(_Operations(self._connector, service_url))


@dataclass(frozen=True)
class _Client:
    conversations: _Operations


class _Operations:
    """The methods of the framework's connector that its adapter calls."""

    def __init__(self, connector: Connector, service_url: str) -> None:
        self._connector = connector
        self._service_url = service_url

    async def send_to_conversation(self, conversation_id: str, activity: Any) -> Any:
        return ResourceResponse(id=await self._connector.send(self._conversation(conversation_id), activity.serialize()))

    async def reply_to_activity(self, conversation_id: str, activity_id: str, activity: Any) -> Any:
        return ResourceResponse(id=await self._connector.reply(self._conversation(conversation_id), activity_id, activity.serialize()))

    async def update_activity(self, conversation_id: str, activity_id: str, activity: Any) -> Any:
        await self._connector.update(self._conversation(conversation_id), activity_id, activity.serialize())
        return ResourceResponse(id=activity_id)

    async def delete_activity(self, conversation_id: str, activity_id: str) -> None:
        await self._connector.delete(self._conversation(conversation_id), activity_id)

    def _conversation(self, conversation_id: str) -> Conversation:
        return Conversation(self._service_url, conversation_id)


def _incoming(turn: Turn) -> Any:
    """Return the fields of an activity that the framework needs. Other fields are untrusted, and unknown ones would cause warnings."""
    raw = turn.activity
    # Replies go below this message. An invoke has no message of its own, so its replies go below the pressed card.
    answered = raw["id"] if raw["type"] == "message" else turn.interaction.place.message
    return Activity(
        type=raw["type"],
        id=answered,
        name=raw.get("name"),
        channel_id=CHANNEL,
        service_url=turn.interaction.place.service_url,
        conversation=ConversationAccount(id=raw["conversation"]["id"]),
        from_property=ChannelAccount(id=turn.interaction.person.handle, name=turn.interaction.person.name),
        recipient=ChannelAccount(id=str((raw.get("recipient") or {}).get("id") or "")),
    )


def _message(message: JsonObject) -> Any:
    attachments = [Attachment(content_type=attachment["contentType"], content=attachment["content"]) for attachment in message.get("attachments", ())]
    return Activity(
        type=message["type"],
        text=message.get("text"),
        text_format=message.get("textFormat"),
        summary=message.get("summary"),
        attachments=attachments or None,
    )
