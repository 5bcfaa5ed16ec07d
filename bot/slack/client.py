"""Slack's Web API as this bot uses it: the only place that sends anything to Slack."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.interactions import ChatPerson, Place
from bot.platform import PlatformError, Profile

from .blocks import Payload

SECONDS = 10
"""How long a call may take. Slack answers within one as a rule; what takes longer is tried again by whoever keeps it."""

PERMANENT = frozenset(
    """
    account_inactive app_missing_action_url as_user_not_supported bot_not_found cant_update_message channel_is_archived channel_not_found
    edit_window_closed ekm_access_denied enterprise_is_restricted exchanged_trigger_id expired_trigger_id invalid_arguments invalid_auth
    invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema invalid_trigger_id is_archived is_inactive
    message_not_found metadata_too_large missing_scope msg_blocks_too_long msg_too_long no_permission no_text not_allowed_token_type
    not_authed not_found not_in_channel org_login_required restricted_action team_access_not_granted thread_not_found token_expired
    token_revoked too_many_attachments user_not_found user_not_in_channel user_not_visible view_not_found view_too_large
    """.split()  # noqa: SIM905
)
"""The error words that another try does not change. All others may pass, unknown ones as well."""

_STRANGERS = frozenset({"user_not_found", "user_not_visible"})
_NOBODY = Profile(name="", email=None, time_zone=None, is_member=False)
# Nothing foreign is looked at for links, previews or names to mention.
_INERT: dict[str, Any] = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnTeam:
    """Who the token belongs to: our workspace and our own ids in it."""

    team: str
    bot_user: str
    bot: str


class SlackClient:
    """One workspace's Web API. ``open`` before use, on the loop that uses it; every method raises PlatformError."""

    def __init__(self, bot_token: str, api_url: str) -> None:
        self._api = URL(api_url)
        # A logger without a level formats every body for nothing; at DEBUG it would print them.
        quiet = logging.getLogger("bot.slack.web")
        quiet.setLevel(logging.WARNING)
        self.web = AsyncWebClient(bot_token, str(self._api), timeout=SECONDS, logger=quiet, retry_handlers=[])
        if self._api.host in _LOOPBACK:
            self.web.proxy = None  # the SDK obeys HTTPS_PROXY but knows no NO_PROXY

    async def open(self) -> None:
        """Opens the one session that all calls share: without one the SDK makes a new connection for each."""
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        self.web.session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Closes the connections."""
        if self.web.session:
            await self.web.session.close()

    async def own_team(self) -> OwnTeam:
        """Whose token this is."""
        said = await self._call(self.web.auth_test())
        return OwnTeam(_word(said, "team_id"), _word(said, "user_id"), str(said.get("bot_id") or ""))

    async def post(self, channel: str, payload: Payload, key: str) -> str:
        """Posts a message and returns its ``ts``. ``key`` goes along as metadata, to find the message again."""
        metadata = {"event_type": "quell_message", "event_payload": {"key": key}}
        said = await self._call(self.web.chat_postMessage(channel=channel, metadata=metadata, **_INERT, **payload))
        return _word(said, "ts")

    async def update(self, channel: str, ts: str, payload: Payload) -> None:
        """Redraws a message of ours."""
        await self._call(self.web.chat_update(channel=channel, ts=ts, parse="none", link_names=False, **payload))

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

    async def whisper(self, place: Place, person: ChatPerson, payload: Payload, response_url: str = "") -> None:
        """Tells one person alone: through the ``response_url``, else in the channel for their eyes only, else in a direct message."""
        if response_url and await self.respond(response_url, place, payload):
            return
        try:
            ephemeral = self.web.chat_postEphemeral
            await self._call(ephemeral(channel=place.channel, user=person.subject, thread_ts=place.thread, parse="none", link_names=False, **payload))
        except PlatformError:
            await self._call(self.web.chat_postMessage(channel=person.subject, **_INERT, **payload))

    async def respond(self, response_url: str, place: Place, payload: Payload, *, replaces: bool = False) -> bool:
        """Posts to a ``response_url``, only for the person's eyes; False where Slack took it no more or the address is not Slack's."""
        url = self._trusted(response_url)
        if url is None or self.web.session is None:
            return False
        thread = {"thread_ts": place.thread} if place.thread else {}
        body = {"response_type": "ephemeral", "replace_original": replaces, "unfurl_links": False, "unfurl_media": False, **thread, **payload}
        try:
            # The address is a secret: neither it nor an error that quotes it is logged.
            async with self.web.session.post(url, json=body, allow_redirects=False, proxy=self.web.proxy) as answer:
                said = await answer.content.read(1000)
                return answer.status == 200 and b'"ok":false' not in said.replace(b" ", b"")
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False

    async def profile(self, subject: str, own: str) -> Profile:
        """What Slack says of a person. ``own`` is our workspace: people of others are no members, nor are guests and bots."""
        try:
            said = await self._call(self.web.users_info(user=subject))
        except PlatformError as error:
            if str(error) in _STRANGERS:
                return _NOBODY
            raise
        return _profile(said.get("user") or {}, own)

    async def _call(self, call: Awaitable[Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = (await call).data
        except SlackApiError as error:
            raise _refusal(error.response) from None
        except Exception as error:  # noqa: BLE001 - the SDK lets through whatever its parts raise, on answers that are no JSON too
            raise PlatformError(type(error).__name__) from None
        return answer

    def _trusted(self, address: str) -> URL | None:
        """The address if it leads to Slack, or to the API we were told to use; a payload could name any."""
        try:
            url = URL(address)
        except ValueError:
            return None
        if url.user is not None or url.password is not None:
            return None
        is_slack = url.host == "hooks.slack.com" and url.port == 443
        is_api = url.host == self._api.host and url.port == self._api.port
        is_safe = url.scheme == "https" or (url.scheme == "http" and url.host in _LOOPBACK)
        return url if is_safe and (is_slack or is_api) else None


def _word(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not value:
        raise PlatformError(f"Slack said yes without {key}")
    return value


def _refusal(response: Any) -> PlatformError:
    """The error for an answer that says no. Slack's own word is the reason; the rest of the answer stays out of it."""
    data = getattr(response, "data", None)
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    word = data.get("error") if isinstance(data, dict) else None
    reason = word if isinstance(word, str) and word else f"HTTP {status}"
    return PlatformError(reason, permanent=reason in PERMANENT, retry_after=_seconds(getattr(response, "headers", {})))


def _seconds(headers: Mapping[str, str]) -> float | None:
    """What ``Retry-After`` says, where it says a number of seconds."""
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _profile(user: Mapping[str, Any], own: str) -> Profile:
    shown = user.get("profile") or {}
    grid = user.get("enterprise_user") or {}
    is_ours = own != "" and own in (user.get("team_id"), *(grid.get("teams") or ()))
    # Slackbot does not call itself a bot.
    is_person = user.get("id") != "USLACKBOT" and not (user.get("is_bot") or user.get("deleted"))
    is_member = is_ours and is_person and not any(user.get(sign) for sign in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    is_vouched = is_member and user.get("is_email_confirmed") is True
    name = shown.get("display_name") or shown.get("real_name") or user.get("real_name") or user.get("name") or ""
    return Profile(str(name), shown.get("email") or None if is_vouched else None, user.get("tz") or None, is_member)
