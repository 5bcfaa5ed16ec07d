"""What is for one person is read by one person: every command and every control, typed and pressed in a channel of both chats.

The requests come by the chats' real protocols, signed and with tokens; what the bot sends goes to the playground, which refuses what the real
services refuse and shows each person what that person would see. Every answer bears a word of its own, so that it can be looked for on the
screens of those whom it does not concern.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, get_args

import aiohttp
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.chat import cards, commands, verbs
from bot.chat.dispatch import Dispatch
from bot.chat.elements import Board, Card, Changed, Content, Form, Home, Listing, Nothing, Notice, Option, Options, Reply, Unfolded, is_private
from bot.chat.handlers.presses import LOOKS
from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.chat.interaction_queue import InteractionQueue
from bot.chat.interactions import ChannelChanged, Interaction, TypedCommand
from bot.chat.issue_lists import PAGE
from bot.chat.platform import Address, Answering, BeforeCalling, ChatPlatform, at_once
from bot.chat.targets import OneIssue
from bot.chat.verbs import OF_ISSUES
from bot.msteams.app import TeamsAccount, TeamsPlatform
from bot.playground import Playground, Rules, open_playground
from bot.slack.app import SlackAccount, SlackPlatform
from bot.workers import workers_for
from core.accounts.directory import Newcomer
from core.db.models import LinkCode, LoginLink
from core.types import Role
from tests.support.core import World
from tests.support.interaction_queue import queue_on
from tests.support.teams.app import a_card, serving

pytestmark = pytest.mark.asyncio

JSON = dict[str, Any]
ANA, BEN = "UPLAY1", "UPLAY2"
LINKS = "https://quell.example.com"
COMMANDS = tuple(spec.example for spec in verbs.TYPED)
VERBS = (*OF_ISSUES, *LOOKS, PAGE)
PLATFORMS = ("slack", "teams")
whatever_the_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where an answer goes does not depend on it."""


# Every answer bears a word -----------------------------------------------------------------------------------------------


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

    async def reachable_at(self, platform: str, tenant: str, service_url: str) -> None:
        await self.inner.reachable_at(platform, tenant, service_url)


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


@pytest_asyncio.fixture
async def square(world: World, database_url: str) -> AsyncIterator[Square]:
    for person, role in (("ana", Role.ADMIN), ("ben", Role.MEMBER)):
        world.core.directory.create_user(world.organization_id, Newcomer(person.title(), f"{person}@example.com", None), role)
    world.event()
    workers = workers_for(database_url)
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        playground = open_playground(None, f"{url}/playground", url, rules=Rules(is_rate_limited=False))
        platforms: dict[str, ChatPlatform] = {}
        identity = IdentityResolver(world.core, JoinPolicy("acme", is_open=True, admins=frozenset()), platforms)
        answers = Marking(Dispatch(world.core, workers, identity, LINKS))
        queue = queue_on(database_url, answers)
        platforms |= {"slack": slack_in(playground, answers, queue), "msteams": teams_in(playground, answers, queue)}
        doors = [route for platform in platforms.values() for route in platform.routes]
        app = Starlette(routes=[*doors, Mount("/playground", playground.app)])
        async with serving(app, listening), aiohttp.ClientSession() as http:
            for platform in platforms.values():
                await platform.start()
            yield Square(url, world, answers, playground, platforms, http)
            for platform in platforms.values():
                await platform.close()
        await queue.close()
        queue.pending.close()
        await playground.aclose()
    workers.close()


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


# What is private ---------------------------------------------------------------------------------------------------------


EACH_KIND: Mapping[type, tuple[Reply, bool]] = {
    Card: (a_card(), False),
    Changed: (Changed(1), False),
    Form: (Form("archive", OneIssue(1, 1), "Archive", (), (), "Archive"), False),
    Notice: (Notice(("Done.",)), False),
    Listing: (Listing("Found", ()), False),
    Board: (Board("Inbox", (), ()), False),
    Home: (Home(()), True),
    Unfolded: (Unfolded({}), False),
    Options: (Options((Option("Me", "user:1"),)), True),
    Nothing: (Nothing(), False),
}


async def test_each_kind_of_reply_says_whether_it_is_for_one_person() -> None:
    assert set(EACH_KIND) == set(get_args(Reply))
    assert {kind: is_private(reply) for kind, (reply, _) in EACH_KIND.items()} == {kind: wanted for kind, (_, wanted) in EACH_KIND.items()}
    assert is_private(Notice(("No.",), is_refusal=True))
    assert all(is_private(replace(reply, is_private=True)) for reply in (Notice(("Done.",)), Listing("Found", ()), Board("Inbox", (), ())))


PRIVATE = {"mine", "link", "unlink", "whoami", "login", "delivery", "subscribe", "unsubscribe", "bookmark", "unbookmark", "share"}
"""The commands whose answers are for the person who asked alone, whatever comes of them. Any other's are where they are refused."""


def real(example: str) -> str:
    """The example of a command, about issues that there are."""
    return example.replace("SHOP-1F", "SHOP-1").replace("SHOP-2A", "SHOP-2")


@whatever_the_database
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_no_command_in_a_channel_is_answered_where_others_read_what_is_for_one(square: Square, platform: str) -> None:
    square.world.event("the second")
    for example in COMMANDS:
        for text in dict.fromkeys((example, real(example))):
            word = await square.types(platform, text)
            _, reply = square.answers.given[word]
            verb = commands.parse(text).verb
            assert is_private(reply) == (verb in PRIVATE or (isinstance(reply, Notice) and reply.is_refusal)), text
    await square.is_quiet()
    await square.nobody_else_reads_private_words(platform)
    assert "public-" in await square.seen(BEN, platform)
    assert all(isinstance(did.payload, TypedCommand) and did.payload.is_overheard for did, _ in square.answers.given.values())


@whatever_the_database
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_no_command_in_a_thread_is_answered_where_others_read_what_is_for_one(square: Square, platform: str) -> None:
    root = await square.alert(platform, cards.alert(square.world.issue(), LINKS))
    for example in ("whoami", "login", "mine", "bookmark SHOP-1", "list bookmarks:me", "resolve SHOP-99", "delivery SHOP-1"):
        assert (await square.types(platform, example, in_thread=root)).startswith("private-")
    await square.is_quiet()
    await square.nobody_else_reads_private_words(platform)


@whatever_the_database
async def test_slash_commands_are_answered_to_the_one_who_typed_them(square: Square) -> None:
    for example in COMMANDS:
        before = len(square.answers.given)
        await square.act("slack", "command", text=example)
        await square.answered(before, "slack")
    await square.is_quiet()
    theirs = await square.seen(BEN, "slack")
    assert "private-" not in theirs
    assert "public-" not in theirs


@whatever_the_database
@pytest.mark.parametrize("query", ["bookmarks:me", "!bookmarks:me", "is:unresolved is:bookmarked", "bookmarks:[me,ben@example.com]"])
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_list_of_what_somebody_keeps_for_themselves_is_for_one(square: Square, platform: str, query: str) -> None:
    for text in (f"list {query}", f"list {query} nosuchissue"):
        assert (await square.types(platform, text)).startswith("private-"), text
    await square.is_quiet()
    await square.nobody_else_reads_private_words(platform)


# Controls ----------------------------------------------------------------------------------------------------------------


def presses(square: Square) -> Iterator[tuple[str, str, int, int]]:
    """Every verb: of an issue without and with a choice, of one that is gone, and of a list of one's own."""
    issue = square.world.issue()
    mine = json.dumps(["Found", "bookmarks:me", ""])
    for verb in VERBS:
        yield verb, "", issue.id, issue.version
        yield verb, "high", issue.id, issue.version
        yield verb, "", 999, 1
        yield verb, mine, 0, 0


@whatever_the_database
async def test_no_control_in_a_channel_of_slack_is_answered_where_others_read_what_is_for_one(square: Square) -> None:
    message = await square.alert("slack", cards.alert(square.world.issue(), LINKS))
    for verb, choice, issue, version in presses(square):
        before = len(square.answers.given)
        block = f"i{issue}.v{version}.nonce" if issue else "b0.nonce"
        button = {"type": "button", "text": {"type": "plain_text", "text": verb}, "value": choice}
        done = await square.act("slack", "press", message=message, block_id=block, action_id=f"v1:{verb}", element=button, value=choice)
        assert done["ok"], done
        await square.answered(before, "slack", is_read=False)
        await submit_what_opened(square)
    await square.is_quiet()
    await square.nobody_else_reads_private_words("slack")
    assert {"bookmark", "share"} <= {
        getattr(did.payload, "verb", "") for word, (did, _) in square.answers.given.items() if word.startswith("private")
    }


async def submit_what_opened(square: Square) -> None:
    """Sends the form that a press opened as it is, and closes it."""
    async with square.http.get(f"{square.url}/playground/state", params={"as": ANA}) as answer:
        views = (await answer.json())["slack"]["views"]
    for view in views:
        await square.act("slack", "submit_view", view=view["id"], values={})
        await square.act("slack", "close_view", view=view["id"])


@whatever_the_database
@pytest.mark.parametrize("how", ["execute", "submit", "open_dialog"])
async def test_no_control_in_a_channel_of_teams_is_answered_where_others_read_what_is_for_one(square: Square, how: str) -> None:
    """By a client that runs actions, by an old one that sends a message for each, and in a dialog."""
    message = await square.alert("teams", cards.alert(square.world.issue(), LINKS))
    for verb, choice, issue, version in presses(square):
        before = len(square.answers.given)
        data = {"verb": verb, "issue": issue, "version": version, "choice": choice, **({} if issue else {"on": "board", "board": 0, "page": choice})}
        kind = "Action.Execute" if how == "execute" else "Action.Submit"
        await square.act("teams", how, message=message, action={"type": kind, "verb": verb, "data": data})
        await square.answered(before, "teams", is_read=False)
        if how == "open_dialog":
            await square.act("teams", "submit_dialog")
    await square.is_quiet()
    await square.nobody_else_reads_private_words("teams")
    assert {"bookmark", "share"} <= {
        getattr(did.payload, "verb", "") for word, (did, _) in square.answers.given.items() if word.startswith("private")
    }


# Where the person cannot be reached ----------------------------------------------------------------------------------------


SECRETS = ("login", "whoami", "mine", "bookmark SHOP-1", "resolve SHOP-99", "list bookmarks:me", "link 3F7K-9QXM-2B4H", "unlink")


@whatever_the_database
async def test_where_slack_whispers_nothing_the_answer_is_a_direct_message(square: Square) -> None:
    await square.fault("slack", "chat.postEphemeral")
    await square.fault("slack", "response_url")
    for text, do in itertools.product(SECRETS, ("mention", "command")):
        before = len(square.answers.given)
        await square.act("slack", do, text=text)
        assert (await square.answered(before, "slack")).startswith("private-")
    await square.is_quiet()
    await square.nobody_else_reads_private_words("slack")


@whatever_the_database
async def test_what_slack_brings_in_no_private_way_is_not_brought_at_all(square: Square) -> None:
    await square.fault("slack", "chat.postEphemeral")
    await square.fault("slack", "response_url")
    await square.fault("slack", "chat.postMessage", "messages_tab_disabled", channel=ANA)
    for text, do in itertools.product(SECRETS, ("mention", "command")):
        before = len(square.answers.given)
        await square.act("slack", do, text=text)
        await square.answered(before, "slack", is_read=False)
    await square.is_quiet()
    await square.nobody_else_reads_private_words("slack")
    assert "private-" not in await square.seen(ANA, "slack")


@whatever_the_database
async def test_where_the_personal_chat_cannot_be_reached_teams_says_how_to_open_it_and_nothing_else(square: Square) -> None:
    await square.act("teams", "uninstall", conversation="personal")
    for number, text in enumerate(SECRETS, 1):
        await square.act("teams", "message", text=f"@Quell {text}")

        async def is_told(told: int = number) -> bool:
            # Each answer names it twice: as it was sent, and as it is shown.
            return (await square.seen(BEN, "teams")).count("choose **Add**") == 2 * told

        await square.until(is_told)
    await square.is_quiet()
    await square.nobody_else_reads_private_words("teams")
    assert "private-" not in await square.seen(ANA, "teams")


async def test_no_login_link_is_made_where_it_cannot_be_given(square: Square) -> None:
    await square.act("teams", "uninstall", conversation="personal")
    await square.types("teams", "help")
    await square.act("teams", "message", text="@Quell login")
    await square.is_quiet()
    assert "choose **Add**" in await square.seen(ANA, "teams")
    assert square.kept(LoginLink) == 0
    assert [getattr(did.payload, "text", "") for did, _ in square.answers.given.values()] == ["help"], "it was not even asked for"


async def test_a_login_link_reaches_its_person_and_the_channel_reads_only_that(square: Square) -> None:
    await square.types("teams", "login")
    await square.is_quiet()
    assert square.kept(LoginLink) == 1
    assert "/login/" in await square.seen(ANA, "teams")
    theirs = await square.seen(BEN, "teams")
    assert "/login/" not in theirs
    assert "I answered you in our personal chat, where only you read it." in theirs


# Codes that others could read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["link {}", "LINK “{}”", "link {} please", "link {}."])
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_code_that_was_refused_in_a_channel_is_spent(square: Square, platform: str, written: str) -> None:
    """Ana's account is Ana's already, so the code for Ben is refused; whoever read it could be Ben with it."""
    await square.types(platform, "whoami")
    ben = square.world.core.directory.user_of_email("ben@example.com")
    word = await square.types(platform, written.format(square.world.core.link_codes.make(ben)))
    assert "does not work any more" in str(square.answers.given[word][1])
    assert square.kept(LinkCode) == 0


@pytest.mark.parametrize("do", ["command", "dm"])
async def test_a_code_that_nobody_else_could_read_stays_good_when_it_is_refused(square: Square, do: str) -> None:
    await square.types("slack", "whoami")
    before = len(square.answers.given)
    ben = square.world.core.directory.user_of_email("ben@example.com")
    await square.act("slack", do, text=f"link {square.world.core.link_codes.make(ben)}")
    word = await square.answered(before, "slack")
    assert "the code stays good meanwhile" in str(square.answers.given[word][1])
    assert square.kept(LinkCode) == 1


@whatever_the_database
async def test_what_is_typed_in_a_personal_chat_is_heard_by_nobody_else(square: Square) -> None:
    await square.act("teams", "message", text="whoami", conversation="personal")
    await square.act("slack", "dm", text="whoami")
    await square.act("slack", "command", text="whoami")
    await square.is_quiet()
    overheard = {did.person.platform: did.payload.is_overheard for did, _ in square.answers.given.values() if isinstance(did.payload, TypedCommand)}
    assert overheard == {"msteams": False, "slack": False}


# Whoever is a member no more ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("platform", "becomes"), [("slack", "become_guest"), ("slack", "be_deactivated"), ("teams", "become_guest")])
async def test_a_member_who_becomes_a_guest_or_is_deactivated_reads_and_does_nothing_a_minute_later(
    square: Square, platform: str, becomes: str
) -> None:
    message = await square.alert(platform, cards.alert(square.world.issue(), LINKS))
    assert "You are @Ana" in str(square.answers.given[await square.types(platform, "whoami")])
    await square.act(platform, becomes)
    square.world.clock.pass_by(seconds=60)
    for text in ("list", "resolve SHOP-1", "login", "show SHOP-1"):
        assert "cannot use Quell here" in str(square.answers.given[await square.types(platform, text)])
    before = len(square.answers.given)
    if platform == "slack":
        button = {"type": "button", "text": {"type": "plain_text", "text": "Resolve"}}
        await square.act("slack", "press", message=message, block_id="i1.v1.nonce", action_id="v1:resolve", element=button)
    else:
        await square.act("teams", "execute", message=message, verb="resolve")
    assert "cannot use Quell here" in str(square.answers.given[await square.answered(before, platform, is_read=False)])
    assert square.world.history() == ["first_seen"]
    assert square.kept(LoginLink) == 0
    await square.act(platform, "become_member")
    assert "You are @Ana" in str(square.answers.given[await square.types(platform, "whoami")])
