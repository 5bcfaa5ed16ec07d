"""Two organizations in one database, each with its own chat: no door of one leads to an issue of the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from bot.api.app import api
from bot.chat import links
from bot.chat.elements import Changed, Home, Nothing, Options, Reply
from bot.chat.identity import JoinPolicy
from bot.chat.interactions import (
    ChatPerson,
    FormSubmitted,
    HomeOpened,
    Interaction,
    InteractionPayload,
    LinksShared,
    Lookup,
    Place,
    Press,
    ThreadReply,
    TypedCommand,
)
from bot.chat.platform import Profile
from bot.chat.targets import OneIssue, SeveralIssues
from bot.chat.verbs import OF_ISSUES, TYPED
from bot.pages.app import Pages
from bot.pages.visitors import Visitors
from bot.security.secrets import Signer
from bot.workers import Workers
from core.issues.actions import Comment, Delete
from tests.support.chat import Scene, refused, said
from tests.support.core import World
from tests.support.pages import Browser
from tests.support.people import ADA, ADA_IN_TEAMS, PROFILES

LINKS = "https://quell.example.com"
EVE = ChatPerson("msteams", "their-tenant", "eve-object", "Eve", "29:1eve")
SECRET = "Their secret"


@dataclass
class Houses:
    """Ours, where Ada of the Slack workspace is an admin, and theirs, where Eve of the Teams tenant is."""

    ours: Scene
    theirs: Scene
    issue_id: int = 0
    deeds: int = field(default=0)

    @property
    def world(self) -> World:
        """Theirs."""
        return self.theirs.world

    def before(self) -> tuple[object, ...]:
        """All that is to be seen of their issues."""
        reads, world = self.world.core.reads, self.world
        ids = (self.issue_id, self.issue_id + 1)
        return (
            [reads.issue(world.organization_id, id_) for id_ in ids],
            [reads.activities(world.organization_id, id_) for id_ in ids],
            [reads.details(ids, user.id) for user in (world.ada, self.ours.world.ada)],
            [world.core.outbox.receipts(world.organization_id, id_) for id_ in ids],
        )


@pytest_asyncio.fixture
async def houses(scene: Scene, other_world: World) -> Houses:
    PROFILES["eve-object"] = Profile("Eve", "ada@umbrella.example", None, is_member=True)
    theirs = Scene(other_world, scene.workers, house=JoinPolicy("umbrella", is_automatic=True, admins=frozenset()))
    other_world.event("Their first")
    houses = Houses(scene, theirs, other_world.event(SECRET).issue_id)
    other_world.event(f"{SECRET} too")
    said(await scene.types("whoami"))
    said(await theirs.types("whoami", EVE))
    other_world.do(Comment(SECRET), ids=(houses.issue_id,))
    return houses


@dataclass(frozen=True)
class Name:
    """An issue that Ada must not see, by its number and by its short id."""

    number: int
    short: str


NOBODYS = Name(999_999, "SHOP-99")
FILLED = {
    "how": "forever",
    "text": "x",
    "assignee": "user:1",
    "target": "SHOP-1",
    "version": "1.0",
    "commit": "a" * 40,
    "repository": "r",
    "priority": "high",
    "change": "",
}
VERBS = sorted(OF_ISSUES)


def presses(name: Name) -> list[InteractionPayload]:
    choices = {"assign": "user:1", "priority": "low"}
    return [Press(verb, OneIssue(name.number, 1), choices.get(verb, "")) for verb in VERBS]


def board_presses(name: Name) -> list[InteractionPayload]:
    return [Press(verb, SeveralIssues(ids)) for verb in VERBS for ids in ((name.number,), (1, name.number))]


def forms(name: Name) -> list[InteractionPayload]:
    several = [FormSubmitted(verb, SeveralIssues((1, name.number)), FILLED) for verb in VERBS]
    merge = FormSubmitted("merge", OneIssue(1, 1), {**FILLED, "target": str(name.number)})
    return [merge, *several, *(FormSubmitted(verb, OneIssue(name.number, 1), FILLED) for verb in VERBS)]


def commands(name: Name) -> list[InteractionPayload]:
    """Every command that takes an id, with the number or the short id in the place of its example's; and one of ours beside it."""
    typed = []
    for spec in TYPED:
        (example, *_) = re.findall(r"SHOP-\w+", spec.example) or [""]
        if example:
            typed += [spec.example.replace(example, word) for word in (str(name.number), name.short.lower())]
        if "ID…" in spec.usage:
            typed.append(spec.example.replace(example, f"SHOP-1 {name.number}"))
    return [TypedCommand(words) for words in typed]


DOORS: list[Callable[[Name], list[InteractionPayload]]] = [presses, board_presses, forms, commands]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
async def test_what_another_house_has_is_answered_like_what_nobody_has(houses: Houses, door: Callable[[Name], list[InteractionPayload]]) -> None:
    before, theirs = houses.before(), Name(houses.issue_id, "SHOP-2")
    refusals = 0
    for deed, same in zip(door(theirs), door(NOBODYS), strict=True):
        told, expected = [bare(await houses.ours.does(one), theirs) for one in (deed, same)]
        assert told == expected, deed
        assert SECRET not in told
        assert "Something went wrong" not in told, deed
        refusals += "There is no issue" in told
    assert refusals > 10
    assert houses.before() == before
    assert houses.ours.is_as_before()


def bare(reply: Reply, name: Name) -> str:
    """What was answered, without what was asked for."""
    return re.sub(rf"(?i)\b({name.number}|{NOBODYS.number}|{name.short}|{NOBODYS.short})\b", "ID", repr(reply))


async def test_nothing_of_another_house_is_found_by_searching(houses: Houses) -> None:
    for words in ("list", "inbox", "mine", "list secret", "list is:unresolved project:shop", "list assigned:ada@umbrella.example", "delivery SHOP-1"):
        assert SECRET not in repr(await houses.ours.types(words)), words
    home = await houses.ours.does(HomeOpened())
    assert isinstance(home, Home)
    assert SECRET not in repr(home)


async def test_no_look_up_offers_anything_of_another_house(houses: Houses) -> None:
    for source in ("assignee", "issue", "merge", "version", "project"):
        for text in ("", "secret", "umbrella", "Eve"):
            for issue_id in (houses.issue_id, houses.ours.world.issue().id):
                reply = await houses.ours.does(Lookup(source, issue_id, text))
                shown = (
                    [option for option in reply.options if "umbrella" in option.label or SECRET in option.label] if isinstance(reply, Options) else []
                )
                assert shown == [], (source, text)


async def test_a_pasted_link_to_another_houses_issue_stays_a_link(houses: Houses) -> None:
    share_id = houses.world.share(houses.issue_id)
    urls = (links.to_issue(LINKS, houses.issue_id), f"{LINKS}/issues/SHOP-2/")
    assert await houses.ours.does(LinksShared(urls)) == Nothing()
    reply: Reply = await houses.theirs.does(LinksShared(urls), EVE)
    assert SECRET in repr(reply)
    assert share_id


async def test_a_reply_in_a_thread_of_another_house_is_not_heard(houses: Houses) -> None:
    before = houses.before()
    reply = await houses.ours.does(ThreadReply("I was here"), place=Place("19:alerts", thread="1.1"))
    assert SECRET not in repr(reply)
    assert houses.before() == before


async def test_nobody_of_another_house_can_be_given_work_or_named(houses: Houses) -> None:
    for words in ("assign SHOP-1 to ada@umbrella.example", "assign SHOP-1 to @Eve"):
        refused(await houses.ours.types(words))
    refused(await houses.ours.types("assign SHOP-1 to @EVE", people={"EVE": EVE}))
    refused(await houses.ours.presses("assign", choice=f"user:{houses.world.ada.id}"))
    assert houses.ours.is_as_before()


async def test_people_of_one_chat_do_not_come_into_the_other_house(houses: Houses) -> None:
    for words in ("whoami", "list", "resolve SHOP-1", "login"):
        assert "cannot use Quell here" in refused(await houses.ours.types(words, EVE))
        assert "cannot use Quell here" in refused(await houses.theirs.types(words))
    code = houses.world.core.link_codes.make(houses.world.ada)
    assert "This code is wrong" in refused(await houses.ours.types(f"link {code}", ADA_IN_TEAMS))


async def test_the_pages_of_another_house_are_not_there(houses: Houses) -> None:
    core, ada = houses.world.core, houses.ours.world.ada
    share_id = houses.ours.world.share()
    visitors = Visitors(core, Signer("k" * 32, "sessions"), LINKS)
    browser = Browser(Starlette(routes=Pages(core, houses.ours.workers, visitors, houses.ours.dispatch.identity).routes()))
    await browser.sign_in(core.logins.make(ada.id))
    names = (houses.issue_id, "SHOP-2")
    for path in (*(f"/issues/{name}/" for name in names), *(f"/issues/{name}/?share={share_id}" for name in names)):
        page = await browser.get(path)
        assert (page.status, SECRET in page.text) == (404, False), path
    assert (await browser.get("/issues/SHOP-1/")).status == 200


READ = ("", "activities/", "events/", "events/latest/", "hashes/", "messages/")
WRITE = (
    ("PUT", "", b'{"status": "resolved"}'),
    ("DELETE", "", b""),
    ("POST", "comments/", b'{"text": "x"}'),
    ("POST", "restore/", b""),
    ("PUT", "hashes/?id=x", b""),
)


async def test_the_api_of_another_house_is_not_there(houses: Houses, workers_of_api: Workers) -> None:
    core, ours = houses.world.core, houses.ours.world
    houses.world.do(Delete(), ids=("SHOP-3",))
    before, token = houses.before()[:3], core.directory.create_token(ours.organization_id, ours.ada)
    browser = Browser(api(core, workers_of_api, LINKS))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    roots = [f"/api/0/issues/{houses.issue_id}/", "/api/0/issues/SHOP-2/", f"/api/0/organizations/acme/issues/{houses.issue_id}/"]
    roots.append(f"/api/0/organizations/umbrella/issues/{houses.issue_id}/")
    asks = (*(("GET", path, b"") for path in READ), *WRITE)
    for method, path, body in ((method, f"{root}{path}", body) for root in roots for method, path, body in asks):
        page = await browser.ask(method, path, headers, body)
        assert (page.status, SECRET in page.text) == (404, False), (method, path, page.text)
    assert houses.before()[:3] == before


@pytest.fixture
def workers_of_api(houses: Houses) -> Workers:
    return houses.ours.workers


async def test_each_house_still_does_what_it_wants_with_its_own(houses: Houses) -> None:
    """Else all of the above would say nothing."""
    interaction = Interaction(
        EVE, Place("19:alerts"), Press("resolve", OneIssue(houses.issue_id, houses.world.issue(houses.issue_id).version)), "theirs:1"
    )
    assert await houses.theirs.dispatch.answer(interaction) == Changed(houses.issue_id)
    assert "Resolved" in repr(await houses.ours.presses("resolve", ADA))
