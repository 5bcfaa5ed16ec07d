"""Slack's Web API as this bot uses it: the only module that sends requests to Slack. It follows no redirect."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.chat.interactions import ChatPerson, Place
from bot.chat.platform import ChannelState, PlatformError, Profile
from bot.slack.blocks import Payload
from bot.slack.errors import refusal

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def session(seconds: float) -> aiohttp.ClientSession:
    """Open a session with this timeout for calls. Slack's API never redirects, and a redirect target would get the token: a redirected call fails
    with ``aiohttp.ClientError`` before anything is sent on.
    """
    opened = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds), cookie_jar=aiohttp.DummyCookieJar())
    follow_no_redirect(opened)
    return opened


def follow_no_redirect(opened: aiohttp.ClientSession) -> None:
    """Make a session refuse redirects, no matter who opened it: Slack's SDK follows them and has no option against it."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse)
    trace.freeze()
    opened.trace_configs.append(trace)


def response_url(address: str, api: URL) -> URL | None:
    """Return the URL of a private reply if it leads to Slack, or to the configured API; a payload could name any URL."""
    url = _read(address)
    if url is None:
        return None
    is_slack = url.host == "hooks.slack.com" and url.port == 443
    is_safe = url.scheme == "https" or (url.scheme == "http" and url.host in LOOPBACK)
    return url if is_safe and (is_slack or _is_api(url, api)) else None


def socket_url(address: str, api: URL) -> URL | None:
    """Return the URL of a socket if it leads to Slack, or to the host of the configured API."""
    url = _read(address)
    if url is None:
        return None
    is_slack = url.host is not None and url.host.endswith(".slack.com") and url.port == 443
    is_safe = url.scheme == "wss" or (url.scheme == "ws" and url.host in LOOPBACK)
    # A stand-in for Slack may have its sockets on another port of this machine.
    is_here = url.host in LOOPBACK and api.host in LOOPBACK
    return url if is_safe and (is_slack or is_here or _is_api(url, api)) else None


def _read(address: str) -> URL | None:
    try:
        url = URL(address)
        _ = url.host, url.port
    except ValueError:
        return None
    return None if url.user is not None or url.password is not None else url


def _is_api(url: URL, api: URL) -> bool:
    return url.host == api.host and url.port == api.port


async def _refuse(_: aiohttp.ClientSession, __: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise aiohttp.ClientError("redirected")


MAX_NAME_CHARS = 200


def channel_state(answer: Mapping[str, Any]) -> ChannelState:
    """Return the name of a channel, and Slack's own reason why the bot cannot post there. Direct messages with the bot have no channel name."""
    name = answer.get("name")
    trouble = ""
    if answer.get("is_archived") is True:
        trouble = "is_archived"
    elif answer.get("is_member") is False and answer.get("is_im") is not True:
        trouble = "not_in_channel"
    return ChannelState(name[:MAX_NAME_CHARS] if isinstance(name, str) and name else None, trouble)


NOBODY = Profile(name="", email=None, time_zone=None, is_member=False)
"""The profile of a person whom Slack does not show us."""


def profile(user: Mapping[str, Any], own: str) -> Profile:
    """Return the profile from Slack's user object. ``own`` is our workspace: guests, bots and people of other workspaces are not members."""
    shown = user.get("profile") or {}
    grid = user.get("enterprise_user") or {}
    is_ours = own != "" and own in (user.get("team_id"), *(grid.get("teams") or ()))
    # Slackbot does not call itself a bot.
    is_person = user.get("id") != "USLACKBOT" and not (user.get("is_bot") or user.get("deleted"))
    is_member = is_ours and is_person and not any(user.get(sign) for sign in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    is_vouched = is_member and user.get("is_email_confirmed") is True
    name = shown.get("display_name") or shown.get("real_name") or user.get("real_name") or user.get("name") or ""
    return Profile(str(name), shown.get("email") or None if is_vouched else None, user.get("tz") or None, is_member)


CALL_SECONDS = 10
"""The timeout of a call. Slack usually answers within a second; the caller retries slower calls."""

EVENT_TYPE = "quell_message"
"""The event type of the metadata in all our messages."""
SEARCH_WINDOW = timedelta(minutes=5)
"""How far around its send time a message is searched: clocks differ, and Slack may have been slow."""

_PAGE, _PAGES = 200, 5  # messages; a channel takes one per second, so these cover ten minutes
_NO_CHANNEL = frozenset({"channel_not_found", "not_in_channel"})
_OTHER_TEAM_FLAGS = frozenset({"user_not_found", "user_not_visible"})
# Slack must not search foreign text for links, previews or mentions.
_INERT: dict[str, Any] = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


class ResponseUrls:
    """Posts to response URLs. ``api`` is the base URL of the Web API; the playground has both on one host."""

    def __init__(self, api: URL) -> None:
        self._api = api

    async def respond(self, session: aiohttp.ClientSession, address: str, body: Payload, proxy: str | None) -> bool:
        """Post; return False if Slack no longer accepts the URL or the URL is not Slack's."""
        url = response_url(address, self._api)
        if url is None:
            return False
        try:
            # The URL is a secret: log neither it nor an error that quotes it.
            async with session.post(url, json=body, allow_redirects=False, proxy=proxy) as answer:
                response = await answer.content.read(1000)
                return answer.status == 200 and b'"ok":false' not in response.replace(b" ", b"")
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False


def private(place: Place, payload: Payload, *, replaces: bool) -> Payload:
    """Return the body of a private reply: a new message, or a redraw of the pressed one."""
    thread = {"thread_ts": place.thread} if place.thread else {}
    return {"response_type": "ephemeral", "replace_original": replaces, "unfurl_links": False, "unfurl_media": False, **thread, **payload}


@dataclass(frozen=True)
class OwnTeam:
    """The owner of the token: our workspace and our own ids in it."""

    team: str
    bot_user: str
    bot: str


class SlackClient:
    """One workspace's Web API. Call ``open`` before use, on the same event loop; every method raises PlatformError."""

    def __init__(self, bot_token: str, api_url: str) -> None:
        api = URL(api_url)
        # A logger without a level formats every body for nothing; at DEBUG it would print them.
        quiet = logging.getLogger("bot.slack.web")
        quiet.setLevel(logging.WARNING)
        self.web = AsyncWebClient(bot_token, str(api), timeout=CALL_SECONDS, logger=quiet, retry_handlers=[])
        if api.host in LOOPBACK:
            self.web.proxy = None  # the SDK obeys HTTPS_PROXY but ignores NO_PROXY
        self._api = api
        self._response_urls = ResponseUrls(api)

    async def open(self) -> None:
        """Open the session that all calls share; otherwise the SDK opens a connection for each call."""
        self.web.session = session(CALL_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        if self.web.session:
            await self.web.session.close()

    async def own_team(self) -> OwnTeam:
        """Return the owner of the token."""
        response = await self._call(self.web.auth_test())
        return OwnTeam(_word(response, "team_id"), _word(response, "user_id"), str(response.get("bot_id") or ""))

    async def socket_url(self, app_token: str) -> str:
        """Return a new URL for Socket Mode; it works once, for a short time."""
        url = _word(await self._call(self.web.apps_connections_open(app_token=app_token)), "url")
        if socket_url(url, self._api) is None:
            raise PlatformError("Slack named a socket that is not on its own hosts")
        return url

    async def post(self, channel: str, payload: Payload, key: str) -> str:
        """Post a message and return its ``ts``. ``key`` is stored as metadata, to find the message again."""
        response = await self._call(self.web.chat_postMessage(channel=channel, metadata=_metadata(key), **_INERT, **payload))
        return _word(response, "ts")

    async def reply(self, thread: Place, payload: Payload, key: str, *, is_broadcast: bool) -> str:
        """Post a message in a thread, and with ``is_broadcast`` in the channel too; return its ``ts``."""
        where: Payload = {"channel": thread.channel, "thread_ts": thread.thread, "reply_broadcast": is_broadcast}
        response = await self._call(self.web.chat_postMessage(metadata=_metadata(key), **where, **_INERT, **payload))
        return _word(response, "ts")

    async def update(self, channel: str, ts: str, payload: Payload) -> None:
        """Redraw a message of ours."""
        await self._call(self.web.chat_update(channel=channel, ts=ts, parse="none", link_names=False, **payload))

    async def unfurl(self, channel: str, ts: str, previews: Mapping[str, Payload]) -> None:
        """Draw or redraw the previews of the links in a person's message."""
        await self._call(self.web.chat_unfurl(channel=channel, ts=ts, unfurls=dict(previews)))

    async def find(self, where: Place, key: str, near: datetime, bot: str) -> str | None:
        """Return the ``ts`` of the message posted with this key at about this time, in the thread that ``where`` names or in the channel.

        None also if we may not look: reading a channel needs a scope that an older installation lacks. ``bot`` is our own bot id, because every app
        can write metadata.
        """
        try:
            return await self._found(where, key, near, bot)
        except PlatformError as error:
            if str(error) in ("missing_scope", "thread_not_found"):
                return None
            raise

    async def direct(self, subject: str) -> str:
        """Return the channel of the direct messages with a person."""
        response = await self._call(self.web.conversations_open(users=subject))
        return _word(response.get("channel") or {}, "id")

    async def say(self, place: Place, payload: Payload) -> None:
        """Reply where a person wrote, in the same thread if there is one."""
        await self._call(self.web.chat_postMessage(channel=place.channel, thread_ts=place.thread, **_INERT, **payload))

    async def open_view(self, trigger_id: str, view: Payload) -> str:
        """Open a modal and return its id. Fails permanently if the trigger is older than 3 seconds or was used."""
        response = await self._call(self.web.views_open(trigger_id=trigger_id, view=view))
        return _word(response.get("view") or {}, "id")

    async def update_view(self, view_id: str, view: Payload) -> None:
        """Replace the content of an open modal."""
        await self._call(self.web.views_update(view_id=view_id, view=view))

    async def publish(self, subject: str, view: Payload) -> None:
        """Publish a person's App Home."""
        await self._call(self.web.views_publish(user_id=subject, view=view))

    async def say_privately(self, place: Place, person: ChatPerson, payload: Payload, response_url: str = "") -> None:
        """Send a private reply to one person: through the ``response_url``, else as an ephemeral message, else as a direct message."""
        if response_url and await self.respond(response_url, place, payload):
            return
        try:
            where: Payload = {"channel": place.channel, "user": person.subject, "thread_ts": place.thread}
            await self._call(self.web.chat_postEphemeral(parse="none", link_names=False, **where, **payload))
        except PlatformError:
            await self.send_direct(person, payload)

    async def send_direct(self, person: ChatPerson, payload: Payload) -> None:
        """Send a direct message to one person."""
        await self._call(self.web.chat_postMessage(channel=person.subject, **_INERT, **payload))

    async def respond(self, response_url: str, place: Place, payload: Payload, *, replaces: bool = False) -> bool:
        """Post a private reply to a ``response_url``; return False if Slack no longer accepts the URL or the URL is not Slack's."""
        session, body = self.web.session, private(place, payload, replaces=replaces)
        return session is not None and await self._response_urls.respond(session, response_url, body, self.web.proxy)

    async def channel_state(self, channel: str) -> ChannelState:
        """Return the name of a channel, and why nothing can be posted there, if so. Needs the scopes to read channels."""
        try:
            answer = await self._call(self.web.conversations_info(channel=channel))
        except PlatformError as error:
            if str(error) in _NO_CHANNEL:
                return ChannelState(trouble=str(error))
            raise
        return channel_state(answer.get("channel") or {})

    async def profile(self, subject: str, own: str) -> Profile:
        """Return a person's profile. ``own`` is our workspace: guests, bots and people of other workspaces are not members."""
        try:
            response = await self._call(self.web.users_info(user=subject))
        except PlatformError as error:
            if str(error) in _OTHER_TEAM_FLAGS:
                return NOBODY
            raise
        return profile(response.get("user") or {}, own)

    async def _found(self, where: Place, key: str, near: datetime, bot: str) -> str | None:
        span: Payload = {"oldest": str((near - SEARCH_WINDOW).timestamp()), "latest": str((near + SEARCH_WINDOW).timestamp()), "inclusive": True}
        cursor = ""
        for _ in range(_PAGES):
            arguments: Payload = {"channel": where.channel, "limit": _PAGE, "include_all_metadata": True, "cursor": cursor or None, **span}
            call = self.web.conversations_replies(ts=where.thread, **arguments) if where.thread else self.web.conversations_history(**arguments)
            response = await self._call(call)
            for message in response.get("messages") or ():
                if message.get("metadata") == _metadata(key) and message.get("bot_id") == bot:
                    return _word(message, "ts")
            cursor = (response.get("response_metadata") or {}).get("next_cursor") or ""
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


def _word(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise PlatformError(f"Slack said yes without {key}")
    return value
