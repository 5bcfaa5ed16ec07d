"""What Teams says of people: a profile vouches for the tenant's own people, and who is named is known by their Entra id."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import JSONResponse

from bot.chat.interactions import ChatPerson, TypedCommand
from bot.chat.platform import PlatformError, Profile
from tests.support.teams.app import ANA, MENTION, TENANT, Bot, invoke

SEARCH = invoke("application/search", {"dataset": "assignee", "queryText": "a"})


MEMBER = {
    "id": ANA["id"],
    "name": "Ana Lima",
    "aadObjectId": ANA["aadObjectId"],
    "email": "ana@example.com",
    "userPrincipalName": "ana@example.com",
    "tenantId": TENANT,
    "userRole": "user",
}


@pytest.mark.parametrize(
    ("record", "profile"),
    [
        (MEMBER, Profile("Ana Lima", "ana@example.com", "Europe/Lisbon", is_member=True)),
        (MEMBER | {"email": None}, Profile("Ana Lima", "ana@example.com", "Europe/Lisbon", is_member=True)),
        (MEMBER | {"userRole": "guest"}, Profile("Ana Lima", None, "Europe/Lisbon", is_member=False)),
        (MEMBER | {"tenantId": "other"}, Profile("Ana Lima", None, "Europe/Lisbon", is_member=False)),
        (MEMBER | {"tenantId": None}, Profile("Ana Lima", None, "Europe/Lisbon", is_member=False)),
        (MEMBER | {"userPrincipalName": "ana_home.org#EXT#@acme.example"}, Profile("Ana Lima", None, "Europe/Lisbon", is_member=True)),
    ],
)
async def test_a_profile_vouches_for_the_tenants_own_people_only(bot: Bot, record: dict[str, Any], profile: Profile) -> None:
    bot.teams.member = record
    await bot.send(bot.activity(**SEARCH))
    person = bot.answers.asked[0].person

    assert await bot.platform.profile(person, bot.teams.service_url) == profile
    assert bot.teams.calls[-1]["path"] == "/service/v3/conversations/19%3Aalerts%40thread.tacv2/members/29%3A1ana"


async def test_people_who_were_not_seen_since_the_start_are_asked_about_in_their_own_chat(bot: Bot) -> None:
    bot.teams.member = MEMBER
    person = ChatPerson("msteams", TENANT, ANA["aadObjectId"])

    assert (await bot.platform.profile(person, bot.teams.service_url)).is_member
    assert [call["path"] for call in bot.teams.calls] == [
        "/service/v3/conversations",
        f"/service/v3/conversations/m1/members/{ANA['aadObjectId']}",
    ]


async def test_nothing_is_known_of_people_whom_the_bot_cannot_meet(bot: Bot) -> None:
    person = ChatPerson("msteams", TENANT, "x")
    bot.teams.faults = [JSONResponse({"error": {"code": "BotNotInConversationRoster"}}, 403)]
    for service_url in (bot.teams.service_url, None):
        with pytest.raises(PlatformError):
            await bot.platform.profile(person, service_url)


async def test_people_named_in_a_command_are_known_by_their_entra_id(bot: Bot) -> None:
    bot.teams.member = {**MEMBER, "aadObjectId": "2222"}
    named = {"type": "mention", "text": "<at>Ben</at>", "mentioned": {"id": "29:1ben", "name": "Ben"}}
    await bot.send(bot.activity(text="assign SHOP-1F to <at>Ben</at>", entities=[MENTION, named]))
    await bot.platform.close()

    assert bot.answers.asked[0].payload == TypedCommand(
        "assign SHOP-1F to @29:1ben", {"29:1ben": ChatPerson("msteams", TENANT, "2222", "Ben", "29:1ben")}
    )
