"""A chat of a few people before a real core, for tests of what their deeds come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.chat.dispatch import Dispatch
from bot.chat.elements import Board, Button, Card, Changed, Form, Home, Listing, Notice, Reply, plain
from bot.chat.handlers.presses import READ_ONLY_VERBS
from bot.chat.identity import ASK_SECONDS, IdentityResolver, JoinPolicy
from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, InteractionPayload, Place, Press, TypedCommand
from bot.chat.platform import ChatPlatform
from bot.chat.targets import OneIssue
from bot.workers import Workers
from core.accounts.directory import Newcomer
from core.types import Role, Status
from core.views import UserView
from tests.support.core import World
from tests.support.fake_chat import FakeChat, FakeTeams
from tests.support.people import ADA


@dataclass
class Scene:
    """Everything behind a chat, and short words for what people do in it."""

    world: World
    workers: Workers
    chat: FakeChat = field(default_factory=FakeChat)
    teams: FakeTeams = field(default_factory=FakeTeams)
    house: JoinPolicy = field(default_factory=lambda: JoinPolicy("acme", is_automatic=True, admins=frozenset()))
    ask_seconds: float = ASK_SECONDS
    deeds: int = 0

    @property
    def dispatch(self) -> Dispatch:
        platforms: dict[str, ChatPlatform] = {"slack": self.chat, "msteams": self.teams}
        return Dispatch(
            self.world.core, self.workers, IdentityResolver(self.world.core, self.house, platforms, self.ask_seconds), "https://quell.example.com"
        )

    async def does(self, deed: InteractionPayload, who: ChatPerson = ADA, request_id: str = "", place: Place | None = None) -> Reply:
        self.deeds += 1
        interaction = Interaction(who, place or Place("CALERTS", "1.2"), deed, request_id or f"{who.platform}:{self.deeds}")
        reply = await self.dispatch.answer(interaction)
        # A card is drawn only where a chat shows one.
        return await self.dispatch.card(interaction, reply) if isinstance(reply, Changed) else reply

    async def types(self, text: str, who: ChatPerson = ADA, people: dict[str, ChatPerson] | None = None, request_id: str = "") -> Reply:
        return await self.does(TypedCommand(text, people or {}), who, request_id)

    async def presses(self, verb: str, who: ChatPerson = ADA, choice: str | None = None, version: int | None = None) -> Reply:
        issue = self.world.issue()
        return await self.does(Press(verb, OneIssue(issue.id, issue.version if version is None else version), choice), who)

    async def submits(self, verb: str, who: ChatPerson = ADA, version: int | None = None, **values: str) -> Reply:
        return await self.sends(verb, values, who, version)

    async def sends(self, verb: str, values: Mapping[str, str], who: ChatPerson = ADA, version: int | None = None) -> Reply:
        issue = self.world.issue()
        return await self.does(FormSubmitted(verb, OneIssue(issue.id, issue.version if version is None else version), values), who)

    def user(self, name: str, role: Role = Role.MEMBER) -> UserView:
        """Somebody who is known by e-mail before they come in."""
        newcomer = Newcomer(name, f"{name.lower()}@acme.example", None)
        return self.world.core.directory.create_user(self.world.organization_id, newcomer, role)

    def is_as_before(self) -> bool:
        """Whether the one issue is as its first event left it, and no copy of it was touched."""
        issue = self.world.issue()
        return (issue.version, issue.status, issue.assignee, self.world.history()) == (1, Status.UNRESOLVED, None, ["first_seen"])


def as_answered(interaction: Interaction, reply: Reply) -> Reply:
    """What the program answers where the test wants this shown: a press or a form that changed an issue is answered without its card."""
    is_change = isinstance(interaction.payload, FormSubmitted) or (
        isinstance(interaction.payload, Press) and interaction.payload.verb not in READ_ONLY_VERBS
    )
    return Changed(reply.issue_id) if isinstance(reply, Card) and is_change else reply


def refused(reply: Reply) -> str:
    """The sentence of a refusal."""
    assert isinstance(reply, Notice), reply
    assert reply.is_refusal
    return plain(reply.text)


def said(reply: Reply) -> str:
    """What was answered, as plain text."""
    match reply:
        case Notice(text, is_refusal):
            assert not is_refusal, plain(text)
            return plain(text)
        case Listing(heading, lines, footer):
            return "\n".join([heading, *(plain(line) for line in lines), plain(footer)])
        case Board():
            return "\n".join([reply.heading, *(plain(line) for line in reply.intro), *(f"{row.title} · {row.details}" for row in reply.rows)])
        case Home(boards):
            return "\n".join(said(board) for board in boards)
        case _:
            raise AssertionError(reply)


def carded(reply: Reply) -> str:
    """The state on a card that was answered."""
    assert isinstance(reply, Card), reply
    return plain(reply.state)


def formed(reply: Reply) -> Form:
    assert isinstance(reply, Form), reply
    return reply


def boarded(reply: Reply) -> Board:
    assert isinstance(reply, Board), reply
    return reply


def pressed(buttons: Sequence[Button], verb: str) -> Button:
    """The button of that verb."""
    (found,) = (button for button in buttons if button.verb == verb)
    return found
