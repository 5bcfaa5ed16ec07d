"""Slack's Web API as this bot uses it: the only place that sends anything to Slack."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.interactions import ChatPerson, Place
from bot.platform import ChannelState, PlatformError, Profile

from . import outward
from .blocks import Payload
from .channel_states import channel_state
from .profiles import NOBODY, profile
from .refusals import refusal
from .response_urls import ResponseUrls, private

SECONDS = 10
"""How long a call may take. Slack answers within one as a rule; what takes longer is tried again by whoever keeps it."""

EVENT_TYPE = "quell_message"
"""Of the metadata that every message of ours carries."""
AROUND = timedelta(minutes=5)
"""How far from the time it was sent a message is looked for: clocks differ, and Slack may have been slow."""

_PAGE, _PAGES = 200, 5  # messages; one a second is all that a channel takes, so these hold what ten minutes do
_NO_CHANNEL = frozenset({"channel_not_found", "not_in_channel"})
_STRANGERS = frozenset({"user_not_found", "user_not_visible"})
# Nothing foreign is looked at for links, previews or names to mention.
_INERT: dict[str, Any] = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True)
class OwnTeam:
    """Who the token belongs to: our workspace and our own ids in it."""

    team: str
    bot_user: str
    bot: str


class SlackClient:
    """One workspace's Web API. ``open`` before use, on the loop that uses it; every method raises PlatformError."""

    def __init__(self, bot_token: str, api_url: str) -> None:
        api = URL(api_url)
        # A logger without a level formats every body for nothing; at DEBUG it would print them.
        quiet = logging.getLogger("bot.slack.web")
        quiet.setLevel(logging.WARNING)
        self.web = AsyncWebClient(bot_token, str(api), timeout=SECONDS, logger=quiet, retry_handlers=[])
        if api.host in outward.LOOPBACK:
            self.web.proxy = None  # the SDK obeys HTTPS_PROXY but knows no NO_PROXY
        self._api = api
        self._response_urls = ResponseUrls(api)

    async def open(self) -> None:
        """Opens the one session that all calls share: without one the SDK makes a new connection for each."""
        self.web.session = outward.session(SECONDS)

    async def close(self) -> None:
        """Closes the connections."""
        if self.web.session:
            await self.web.session.close()

    async def own_team(self) -> OwnTeam:
        """Whose token this is."""
        said = await self._call(self.web.auth_test())
        return OwnTeam(_word(said, "team_id"), _word(said, "user_id"), str(said.get("bot_id") or ""))

    async def socket_url(self, app_token: str) -> str:
        """A new address for Socket Mode, which works once and soon."""
        url = _word(await self._call(self.web.apps_connections_open(app_token=app_token)), "url")
        if outward.socket_url(url, self._api) is None:
            raise PlatformError("Slack named a socket that is not on its own hosts")
        return url

    async def post(self, channel: str, payload: Payload, key: str) -> str:
        """Posts a message and returns its ``ts``. ``key`` goes along as metadata, to find the message again."""
        said = await self._call(self.web.chat_postMessage(channel=channel, metadata=_metadata(key), **_INERT, **payload))
        return _word(said, "ts")

    async def reply(self, thread: Place, payload: Payload, key: str, *, is_broadcast: bool) -> str:
        """The same in a thread, and with ``is_broadcast`` in the channel too."""
        where: Payload = {"channel": thread.channel, "thread_ts": thread.thread, "reply_broadcast": is_broadcast}
        said = await self._call(self.web.chat_postMessage(metadata=_metadata(key), **where, **_INERT, **payload))
        return _word(said, "ts")

    async def update(self, channel: str, ts: str, payload: Payload) -> None:
        """Redraws a message of ours."""
        await self._call(self.web.chat_update(channel=channel, ts=ts, parse="none", link_names=False, **payload))

    async def unfurl(self, channel: str, ts: str, previews: Mapping[str, Payload]) -> None:
        """Draws, or draws again, what stands below the links in somebody's message."""
        await self._call(self.web.chat_unfurl(channel=channel, ts=ts, unfurls=dict(previews)))

    async def find(self, where: Place, key: str, near: datetime, bot: str) -> str | None:
        """The ``ts`` of the message that was posted with this key at about this time, in the thread that ``where`` names or in the channel.

        None also where we may not look: reading a channel needs a scope that an older installation lacks. ``bot`` is our own bot id, as
        metadata can be written by every app.
        """
        try:
            return await self._found(where, key, near, bot)
        except PlatformError as error:
            if str(error) in ("missing_scope", "thread_not_found"):
                return None
            raise

    async def direct(self, subject: str) -> str:
        """The channel of the direct messages with a person."""
        said = await self._call(self.web.conversations_open(users=subject))
        return _word(said.get("channel") or {}, "id")

    async def say(self, place: Place, payload: Payload) -> None:
        """Answers where somebody wrote, in the thread if they wrote in one."""
        await self._call(self.web.chat_postMessage(channel=place.channel, thread_ts=place.thread, **_INERT, **payload))

    async def open_view(self, trigger_id: str, view: Payload) -> str:
        """Opens a modal and returns its id. Fails for good where the trigger is older than 3 seconds or was used."""
        said = await self._call(self.web.views_open(trigger_id=trigger_id, view=view))
        return _word(said.get("view") or {}, "id")

    async def update_view(self, view_id: str, view: Payload) -> None:
        """Puts something else into an open modal."""
        await self._call(self.web.views_update(view_id=view_id, view=view))

    async def publish(self, subject: str, view: Payload) -> None:
        """Draws a person's App Home."""
        await self._call(self.web.views_publish(user_id=subject, view=view))

    async def whisper(self, place: Place, person: ChatPerson, payload: Payload, response_url: str = "") -> None:
        """Tells one person alone: through the ``response_url``, else in the channel for their eyes only, else in a direct message."""
        if response_url and await self.respond(response_url, place, payload):
            return
        try:
            where: Payload = {"channel": place.channel, "user": person.subject, "thread_ts": place.thread}
            await self._call(self.web.chat_postEphemeral(parse="none", link_names=False, **where, **payload))
        except PlatformError:
            await self.tell(person, payload)

    async def tell(self, person: ChatPerson, payload: Payload) -> None:
        """Tells one person in a direct message."""
        await self._call(self.web.chat_postMessage(channel=person.subject, **_INERT, **payload))

    async def respond(self, response_url: str, place: Place, payload: Payload, *, replaces: bool = False) -> bool:
        """Posts to a ``response_url``, only for the person's eyes; False where Slack took it no more or the address is not Slack's."""
        session, body = self.web.session, private(place, payload, replaces=replaces)
        return session is not None and await self._response_urls.respond(session, response_url, body, self.web.proxy)

    async def channel_state(self, channel: str) -> ChannelState:
        """The name of a channel, and why nothing can be posted there, if nothing can. It needs the scopes to read channels."""
        try:
            said = await self._call(self.web.conversations_info(channel=channel))
        except PlatformError as error:
            if str(error) in _NO_CHANNEL:
                return ChannelState(trouble=str(error))
            raise
        return channel_state(said.get("channel") or {})

    async def profile(self, subject: str, own: str) -> Profile:
        """What Slack says of a person. ``own`` is our workspace: people of others are no members, nor are guests and bots."""
        try:
            said = await self._call(self.web.users_info(user=subject))
        except PlatformError as error:
            if str(error) in _STRANGERS:
                return NOBODY
            raise
        return profile(said.get("user") or {}, own)

    async def _found(self, where: Place, key: str, near: datetime, bot: str) -> str | None:
        span: Payload = {"oldest": str((near - AROUND).timestamp()), "latest": str((near + AROUND).timestamp()), "inclusive": True}
        cursor = ""
        for _ in range(_PAGES):
            asked: Payload = {"channel": where.channel, "limit": _PAGE, "include_all_metadata": True, "cursor": cursor or None, **span}
            call = self.web.conversations_replies(ts=where.thread, **asked) if where.thread else self.web.conversations_history(**asked)
            said = await self._call(call)
            for message in said.get("messages") or ():
                if message.get("metadata") == _metadata(key) and message.get("bot_id") == bot:
                    return _word(message, "ts")
            cursor = (said.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    async def _call(self, call: Awaitable[Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = (await call).data
        except SlackApiError as error:
            raise refusal(error.response) from None
        except Exception as error:  # noqa: BLE001 - the SDK lets through whatever its parts raise, on answers that are no JSON too
            raise PlatformError(type(error).__name__) from None
        return answer


def _metadata(key: str) -> Payload:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def _word(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not value:
        raise PlatformError(f"Slack said yes without {key}")
    return value
