"""A channel in both chats of the playground, where one person talks to the bot and another reads along."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.chat.elements import Board, Card, Changed, Content, Form, Home, Listing, Nothing, Notice, Options, Reply, Unfolded, is_private
from bot.chat.interaction_queue import InteractionQueue
from bot.chat.interactions import ChannelChanged, Interaction
from bot.chat.platform import Address, Answering, BeforeCalling, ChatPlatform, at_once
from bot.msteams.app import TeamsAccount, TeamsPlatform
from bot.playground import Playground
from bot.slack.app import SlackAccount, SlackPlatform
from core.db.models import LinkCode, LoginLink
from tests.support.core import World

JSON = dict[str, Any]


ANA, BEN = "UPLAY1", "UPLAY2"


LINKS = "https://quell.example.com"


PLATFORMS = ("slack", "teams")


def marked(reply: Reply, word: str) -> Reply:  # noqa: PLR0911 - one for each kind
    """The same answer with a word where each platform shows it."""
    match reply:
        case Notice():
            return replace(reply, text=(f"{word} ", *reply.text))
        case Listing():
            return replace(reply, heading=f"{word} {reply.heading}")
        case Board():
            return replace(reply, intro=((word,), *reply.intro))
        case Home(boards):
            return Home(tuple(replace(board, intro=((word,), *board.intro)) for board in boards))
        case Form():
            return replace(reply, title=word)
        case Options(options):
            return Options(tuple(replace(option, label=f"{word} {option.label}") for option in options))
        case Card():
            return replace(reply, where=f"{word} {reply.where}")
        case Changed() | Unfolded() | Nothing():
            return reply


@dataclass
class Marking:
    """Answers as the program does, and writes ``private-7-`` or ``public-7-`` into the seventh answer."""

    inner: Answering
    given: dict[str, tuple[Interaction, Reply]] = field(default_factory=dict)

    async def answer(self, interaction: Interaction) -> Reply:
        return self._marked(interaction, await self.inner.answer(interaction))

    async def attempt(self, interaction: Interaction, before_calling: BeforeCalling = at_once) -> Reply:
        return self._marked(interaction, await self.inner.attempt(interaction, before_calling))

    async def card(self, interaction: Interaction, changed: Changed) -> Reply:
        return self._marked(interaction, await self.inner.card(interaction, changed))

    async def earlier(self, interaction: Interaction) -> Reply | None:
        return await self.inner.earlier(interaction)

    def _marked(self, interaction: Interaction, reply: Reply) -> Reply:
        word = f"{'private' if is_private(reply) else 'public'}-{len(self.given)}-"
        self.given[word] = (interaction, reply)
        return marked(reply, word)

    def faults(self, interaction: Interaction) -> dict[str, str]:
        return self.inner.faults(interaction)

    def asks(self, verb: str) -> bool:
        return self.inner.asks(verb)

    def makes_secret(self, interaction: Interaction) -> bool:
        return self.inner.makes_secret(interaction)

    async def unfolded(self, interaction: Interaction, copies: Mapping[str, Card]) -> None:
        await self.inner.unfolded(interaction, copies)

    async def channel_changed(self, change: ChannelChanged) -> None:
        await self.inner.channel_changed(change)

    async def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        await self.inner.set_service_url(platform, tenant, service_url)


@dataclass
class Square:
    """A channel in each chat, where Ana talks to the bot and Ben reads along."""

    url: str
    world: World
    answers: Marking
    playground: Playground
    platforms: Mapping[str, ChatPlatform]
    http: aiohttp.ClientSession

    async def post(self, path: str, **body: Any) -> JSON:
        async with self.http.post(f"{self.url}/playground{path}", json=body) as answer:
            done: JSON = await answer.json()
            return done

    async def act(self, platform: str, do: str, **deed: Any) -> JSON:
        return await self.post("/act", **{"platform": platform, "as": ANA, "do": do, **deed})

    async def fault(self, platform: str, method: str, code: str = "user_not_in_channel", channel: str = "") -> None:
        assert (await self.post("/faults", platform=platform, mode="error", method=method, code=code, channel=channel))["ok"]

    async def seen(self, person: str, platform: str) -> str:
        """All that stands on somebody's screen, as they and nobody else see it."""
        async with self.http.get(f"{self.url}/playground/state", params={"as": person}) as answer:
            return json.dumps((await answer.json())[platform], ensure_ascii=False)

    async def until(self, look: Callable[[], Any], seconds: float = 20) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := await look()):  # noqa: ASYNC110 - looks at a server, not at an event
                await asyncio.sleep(0.01)
        return found

    async def types(self, platform: str, text: str, *, in_thread: str = "", is_read: bool = True) -> str:
        """Ana mentions the bot in the channel; the word of the answer, as soon as it is on her screen."""
        before = len(self.answers.given)
        await self.act(platform, "mention" if platform == "slack" else "message", text=f"@Quell {text}", **in_threaded(platform, in_thread))
        return await self.answered(before, platform, is_read=is_read)

    async def answered(self, before: int, platform: str, *, is_read: bool = True) -> str:
        """The word of the next answer; where it is read, as soon as it is on Ana's screen."""

        async def look() -> str:
            word = next(iter(list(self.answers.given)[before:]), "")
            if not word or not is_read or isinstance(self.answers.given[word][1], Form):  # a form need not say all of it before it is opened
                return word
            return word if word in await self.seen(ANA, platform) else ""

        return str(await self.until(look))

    async def is_quiet(self) -> None:
        """Everything that was begun is done: nothing comes any more."""
        for platform in self.platforms.values():
            await platform.close()

    async def nobody_else_reads_private_words(self, platform: str) -> None:
        theirs = await self.seen(BEN, platform)
        leaked = [(interaction.payload, reply) for word, (interaction, reply) in self.answers.given.items() if word in theirs and is_private(reply)]
        assert leaked == []
        assert "private-" not in theirs

    async def alert(self, platform: str, content: Content) -> str:
        """Something posted in the channel, and its id."""
        accounts = self.playground.accounts
        if platform == "slack":
            return await self.platforms["slack"].post(Address("TPLAYGROUND", accounts.slack_channel), content, "key")
        address = Address(accounts.teams_tenant_id, accounts.teams_channel, accounts.teams_service_url)
        return await self.platforms["msteams"].post(address, content, "key")

    def kept(self, model: type[LoginLink | LinkCode]) -> int:
        with self.world.core.database.read() as work:
            return work.session.query(model).count()


def in_threaded(platform: str, root: str) -> JSON:
    return ({"thread_ts": root} if platform == "slack" else {"thread": root}) if root else {}


def now() -> datetime:
    return datetime.now(UTC)


def slack_in(playground: Playground, answers: Answering, queue: InteractionQueue) -> SlackPlatform:
    known = playground.accounts
    return SlackPlatform(SlackAccount((known.slack_signing_secret,), known.slack_bot_token, known.slack_api_url), answers, queue, now)


def teams_in(playground: Playground, answers: Answering, queue: InteractionQueue) -> TeamsPlatform:
    known = playground.accounts
    account = TeamsAccount(
        known.teams_app_id,
        known.teams_app_password,
        known.teams_tenant_id,
        known.teams_openid_metadata,
        known.teams_login_url,
        tuple(known.teams_service_hosts.split(",")),
        is_anonymous=False,
    )
    return TeamsPlatform(account, answers, queue, now)
