"""Ask the chats whether the channels with watches exist and whether the bot is in them, for ``quell doctor`` and ``quell watch``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.chat import cards
from bot.chat.platform import Address, ChannelState, PlatformError
from bot.cli.checks import Finding
from bot.msteams.client import Connector, TeamsClient
from bot.msteams.http import Credentials, HttpSession
from bot.platforms import Clock, teams_account
from bot.settings import Settings
from core.notify.channels import WatchedChannel

MAX_CHANNELS = 40
"""The most channels of a chat to ask about. Slack answers about fifty such calls a minute."""
_TODO = {
    "not_in_channel": "invite the bot to it",
    "is_archived": "unarchive it, or unwatch it",
    "channel_not_found": "its id is wrong, or it is a private channel that the bot is not in: invite the bot, or watch the right one",
}
Ask = Callable[[Address], Awaitable[ChannelState]]


async def channels(settings: Settings, watched: Sequence[WatchedChannel], clock: Clock) -> Finding:
    """Check the channels, at most MAX_CHANNELS of each chat."""
    if not watched:
        return Finding("channels", ok=True, said="none is told of anything yet; begin with: quell watch")
    troubles: list[str] = []
    unknown: list[str] = []
    async with _Asking(settings, clock) as asks:
        for platform in sorted({channel.platform for channel in watched}):
            mine = [channel for channel in watched if channel.platform == platform]
            ask = asks.get(platform)
            if ask is None:
                troubles.append(f"{len(mine)} in {_called(platform)}, which is switched off")
                continue
            await _look(mine[:MAX_CHANNELS], ask, troubles, unknown)
            unknown += [_named(channel) for channel in mine[MAX_CHANNELS:]]
    if troubles:
        return Finding("channels", ok=False, said="; ".join(troubles))
    rest = f"; not looked at: {', '.join(unknown[:3])}{' …' if len(unknown) > 3 else ''}" if unknown else ""
    return Finding("channels", ok=True, said=f"the bot is in {len(watched) - len(unknown)} of {len(watched)} that are told of issues{rest}")


async def state_of(settings: Settings, channel: WatchedChannel, clock: Clock) -> ChannelState | None:
    """Return the state of a channel from its chat; None if that chat is switched off. Raises PlatformError if the chat does not tell."""
    async with _Asking(settings, clock) as asks:
        ask = asks.get(channel.platform)
        return await ask(Address(channel.tenant or "", channel.external_id, channel.service_url)) if ask else None


def todo(trouble: str) -> str:
    """Return what to do about a trouble that a chat reports."""
    return _TODO.get(trouble, "add the bot to it")


async def _look(watched: Sequence[WatchedChannel], ask: Ask, troubles: list[str], unknown: list[str]) -> None:
    for channel in watched:
        try:
            state = await ask(Address(channel.tenant or "", channel.external_id, channel.service_url))
        except PlatformError as error:
            unknown.append(f"{_named(channel)} ({error})")
            continue
        if state.trouble:
            name = f"#{state.name} in {_called(channel.platform)}" if state.name else _named(channel)
            troubles.append(f"{name}: {state.trouble}; {todo(state.trouble)}")


def _named(channel: WatchedChannel) -> str:
    return f"#{channel.name or channel.external_id} in {_called(channel.platform)}"


def _called(platform: str) -> str:
    return cards.source_words(platform) or platform


class _Asking:
    """An async context manager: opens clients of the chats that are switched on and yields a function for each chat, by name."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._closing: list[Callable[[], Awaitable[None]]] = []

    async def __aenter__(self) -> Mapping[str, Ask]:
        found: dict[str, Ask] = {}
        if self._settings.slack_bot_token:
            from bot.slack.client import SlackClient

            slack = SlackClient(self._settings.slack_bot_token.get_secret_value(), self._settings.slack_api_url)
            await slack.open()
            self._closing.append(slack.close)
            found["slack"] = lambda address: slack.channel_state(address.channel)
        if self._settings.has_teams:
            account, web = teams_account(self._settings), HttpSession()
            self._closing.append(web.close)
            found["msteams"] = TeamsClient(account, Connector(account, Credentials(account, web, self._clock), web)).state
        return found

    async def __aexit__(self, *_: object) -> None:
        for close in self._closing:
            await close()
