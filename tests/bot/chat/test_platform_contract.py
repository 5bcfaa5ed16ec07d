"""The contract of a chat platform: the fake one and the one whose memory is a file keep it like Slack and Teams in the playground."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.chat.elements import Notice
from bot.chat.interactions import ChatPerson
from bot.chat.platform import Address, ChatPlatform, OutgoingNote, PlatformError
from tests.support.fake_chat import FakeChat, FakeTeams
from tests.support.faults.durable_chat import Book, DurableChat
from tests.support.slack.app import ALERTS, Answers, opened
from tests.support.teams.app import a_card
from tests.support.teams.playground import opened_playground

SOMEWHERE = Address("TACME", "C1")


@dataclass
class Place:
    """A channel of a platform, and somebody whom that platform knows."""

    platform: ChatPlatform
    address: Address
    person: ChatPerson
    can_find: bool = True


@asynccontextmanager
async def in_memory(_: Path) -> AsyncIterator[Place]:
    yield Place(FakeChat(), SOMEWHERE, ChatPerson("slack", "TACME", "UADA", "ada"))


@asynccontextmanager
async def in_memory_like_teams(_: Path) -> AsyncIterator[Place]:
    yield Place(FakeTeams(), SOMEWHERE, ChatPerson("msteams", "tenant", "ada-object", "Ada"), can_find=False)


@asynccontextmanager
async def in_a_file(folder: Path) -> AsyncIterator[Place]:
    yield Place(DurableChat(book=Book(folder / "book")), SOMEWHERE, ChatPerson("slack", "TACME", "UADA", "ada"))


@asynccontextmanager
async def in_slack(_: Path) -> AsyncIterator[Place]:
    async with opened(Answers()) as world:
        yield Place(world.platform, ALERTS, ChatPerson("slack", ALERTS.tenant, "UPLAY1", "ana"))


@asynccontextmanager
async def in_teams(_: Path) -> AsyncIterator[Place]:
    async with opened_playground() as scene:
        person = scene.playground.accounts.people[0]
        known = ChatPerson("msteams", scene.address.tenant, person.teams_aad_id, person.name, person.teams_id)
        yield Place(scene.platform, scene.address, known, can_find=False)


@pytest_asyncio.fixture(params=[in_memory, in_memory_like_teams, in_a_file, in_slack, in_teams])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    opens: Callable[[Path], AbstractAsyncContextManager[Place]] = request.param
    async with opens(tmp_path) as place:
        yield place


async def test_what_is_posted_twice_stands_there_twice(place: Place) -> None:
    first = await place.platform.post(place.address, a_card(), "key-1")
    second = await place.platform.post(place.address, a_card(), "key-1")
    assert first
    assert second
    assert first != second


async def test_what_was_posted_is_found_by_its_key_where_the_platform_can_tell(place: Place) -> None:
    posted = await place.platform.post(place.address, a_card(), "key-1")
    await place.platform.post(place.address, a_card(), "key-2")
    assert await place.platform.find(place.address, "key-1", datetime.now(UTC)) == (posted if place.can_find else None)
    assert await place.platform.find(place.address, "key-3", datetime.now(UTC)) is None


async def test_a_message_can_be_redrawn_and_answered_in_its_thread(place: Place) -> None:
    posted = await place.platform.post(place.address, a_card(), "key-1")
    await place.platform.update(place.address, posted, a_card(state=("Resolved by @Ana",)))
    said = await place.platform.reply(place.address, posted, OutgoingNote(Notice(("Resolved.",))), "line-1")
    assert said != posted
    in_thread = replace(place.address, thread=posted)
    assert await place.platform.find(in_thread, "line-1", datetime.now(UTC)) == (said if place.can_find else None)


async def test_it_vouches_for_its_own_people_and_for_nobody_else(place: Place) -> None:
    assert (await place.platform.profile(place.person, place.address.service_url)).is_member
    assert not await vouches(place.platform, replace(place.person, subject="U0NOBODY", handle="29:nobody"), place.address.service_url)


async def vouches(platform: ChatPlatform, person: ChatPerson, service_url: str | None) -> bool:
    try:
        return (await platform.profile(person, service_url)).is_member
    except PlatformError:
        return False


async def test_a_channel_where_the_bot_can_post_has_no_trouble(place: Place) -> None:
    assert (await place.platform.channel_state(place.address)).trouble == ""
