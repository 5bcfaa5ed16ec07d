"""Whole turns in Teams: an activity comes in over HTTP, and is answered in time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.responses import JSONResponse

from bot.chat.dispatch import AWAY
from bot.chat.elements import Form, Listing, LookupField, Notice, Option, Options, Reply, TextField, plain
from bot.chat.interaction_queue import QueueTimings
from bot.chat.interactions import FormSubmitted, Interaction, Press
from bot.chat.platform import at_once
from bot.chat.targets import OneIssue
from bot.msteams import notices, render
from bot.msteams.app import TeamsAccount
from bot.msteams.parse import parse
from bot.msteams.responses import NO_WAY_HOME
from core.errors import DatabaseAway
from core.processes.interactions import PendingInteractions
from tests.support.teams.app import TENANT, Bot, Teams, a_card, invoke, running

DATA = {"verb": "resolve", "issue": 7, "version": 3}
EXECUTE = invoke("adaptiveCard/action", {"action": {"type": "Action.Execute", "verb": "resolve", "data": DATA}, "trigger": "manual"})
FETCH = invoke("task/fetch", {"data": DATA})
SUBMIT = invoke("task/submit", {"data": {**DATA, "form": True, "amount": "10"}})
SEARCH = invoke("application/search", {"dataset": "assignee", "queryText": "a"})
FORM = Form(
    "archive",
    OneIssue(7, 3),
    "Archive",
    ("Until when?",),
    (TextField("amount", "How many", initial="ten"),),
    "Archive",
    errors={"amount": "No number."},
)
TOAST = "application/vnd.microsoft.activity.message"
PERSONAL = "/service/v3/conversations/m1/activities"
"""Where the personal chat is: the one that the first call makes."""
THREAD = "19%3Aalerts%40thread.tacv2%3Bmessageid%3D1700000000000"


async def ask(bot: Bot, how: dict[str, Any], reply: Reply) -> Any:
    bot.answers.reply = reply
    answer = await bot.send(bot.activity(**how))
    assert answer.status == 200
    return answer.json()


async def test_execute_answers_with_the_new_card(bot: Bot) -> None:
    body = await ask(bot, EXECUTE, a_card(state=("Resolved by @Ana",)))

    assert body == {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": render.alert(a_card(state=("Resolved by @Ana",)))}
    assert bot.answers.asked[0].payload == Press("resolve", OneIssue(7, 3))
    assert bot.answers.reached == [("msteams", TENANT, bot.teams.service_url)]
    assert bot.teams.calls == []


async def test_execute_answers_a_refusal_with_a_sentence(bot: Bot) -> None:
    body = await ask(bot, EXECUTE, Notice(("Ben archived it at 14:02.",), is_refusal=True))

    assert body == {"statusCode": 200, "type": TOAST, "value": "Ben archived it at 14:02."}


async def test_execute_that_turns_out_to_need_a_form_posts_it(bot: Bot) -> None:
    body = await ask(bot, EXECUTE, FORM)
    (call,) = await bot.teams.wait_for_calls(1)

    assert (body["type"], body["value"]) == (TOAST, "This needs an answer first: the form follows as a message.")
    assert call["path"].endswith(f"/{THREAD}/activities/1700000000000")
    assert call["body"]["attachments"] == render.form_message(FORM)["attachments"]


async def test_a_card_that_refreshes_itself_changes_nothing(bot: Bot) -> None:
    answer = await bot.send(bot.activity(**invoke("adaptiveCard/action", {"action": {"verb": "resolve", "data": DATA}, "trigger": "automatic"})))

    assert (answer.status, answer.json()["type"], bot.answers.asked) == (200, TOAST, [])


async def test_what_takes_too_long_is_answered_in_time_and_told_later(bot: Bot) -> None:
    may_end = asyncio.Event()

    async def slow(_interaction: Interaction) -> Reply:
        await may_end.wait()
        return Notice(("Ben was faster.",), is_refusal=True)

    body = await ask(bot, EXECUTE, slow)  # type: ignore[arg-type]
    assert body["value"] == "Still working on it; the message will follow."
    may_end.set()
    _created, told, pointer = await bot.teams.wait_for_calls(3)
    assert (told["path"], told["body"]["text"]) == (PERSONAL, "⚠️ Ben was faster.")
    assert (THREAD in pointer["path"], pointer["body"]["text"]) == (True, "I answered you in our personal chat, where only you read it.")


async def test_what_can_be_neither_done_nor_stored_is_not_acknowledged_and_may_be_sent_again(
    account: TeamsAccount, teams: Teams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PendingInteractions, "keep", _cannot_keep)
    may_end = asyncio.Event()

    async def slow(_interaction: Interaction) -> Reply:
        await may_end.wait()
        return Notice(("Done.",))

    async with running(account, teams, timings=QueueTimings(give_up_after=0.2)) as bot:
        body = await ask(bot, EXECUTE, slow)  # type: ignore[arg-type]
        assert body["value"] == plain(AWAY.text)
        message = bot.activity(text="resolve SHOP-1F")
        assert (await bot.send(message)).status == 503
        assert len(bot.answers.asked) == 2
        may_end.set()
        assert (await bot.send(message)).status == 202
        assert len(bot.answers.asked) == 3


def _cannot_keep(*_: object) -> None:
    raise DatabaseAway


@pytest.mark.parametrize("how", [EXECUTE, SUBMIT, {"text": "resolve SHOP-1F"}], ids=["a press", "a form", "a message"])
async def test_what_was_received_before_a_restart_is_read_again_and_answered_in_its_thread(bot: Bot, how: dict[str, Any]) -> None:
    activity = json.loads(json.dumps(bot.activity(**how)))
    received = await bot.platform.read_again({"activity": activity, "tenant": TENANT})
    assert received is not None
    assert received.interaction == parse(activity, TENANT)
    assert bot.answers.asked == []
    bot.answers.reply = a_card(state=("Resolved by @Ana",))
    await received.bring(await received.answer(at_once))
    (call,) = await bot.teams.wait_for_calls(1)
    assert THREAD in call["path"]
    assert "Resolved by @Ana" in json.dumps(call["body"])


async def test_what_is_of_another_tenant_or_to_be_answered_elsewhere_is_not_read_again(bot: Bot) -> None:
    activity = bot.activity(text="resolve SHOP-1F")
    assert await bot.platform.read_again({"activity": activity, "tenant": "another"}) is None
    assert await bot.platform.read_again({"activity": {**activity, "serviceUrl": "https://evil.example/"}, "tenant": TENANT}) is None


async def test_close_waits_for_what_is_running(account: TeamsAccount, teams: Teams) -> None:
    may_end = asyncio.Event()

    async def slow(_interaction: Interaction) -> Reply:
        await may_end.wait()
        return Notice(("Done.",))

    async with running(account, teams) as bot:
        bot.answers.reply = slow
        assert (await bot.send(bot.activity(text="resolve SHOP-1F"))).status == 202
        asyncio.get_running_loop().call_later(0.05, may_end.set)
    assert [call["body"]["text"] for call in teams.calls] == ["Done."]


async def test_task_fetch_opens_the_form_as_a_dialog(bot: Bot) -> None:
    assert await ask(bot, FETCH, FORM) == render.dialog(FORM)


async def test_task_fetch_may_be_refused(bot: Bot) -> None:
    assert await ask(bot, FETCH, Notice(("You are a viewer.",), is_refusal=True)) == {"task": {"type": "message", "value": "You are a viewer."}}


async def test_a_submitted_dialog_closes_stays_or_says(bot: Bot) -> None:
    assert await ask(bot, SUBMIT, a_card()) == {}
    assert await ask(bot, SUBMIT, FORM) == render.dialog(FORM)
    assert await ask(bot, SUBMIT, Notice(("Discarded.",))) == {"task": {"type": "message", "value": "Discarded."}}
    assert bot.answers.asked[0].payload == FormSubmitted("resolve", OneIssue(7, 3), {"amount": "10"})
    assert bot.teams.calls == []


async def test_a_wrong_value_keeps_the_dialog_open_with_all_that_was_typed(bot: Bot) -> None:
    fields = (LookupField("release", "Release", "release", Option("9.9", "9.9")), TextField("amount", "How many", initial="ten"))
    wrong = Form("resolve", OneIssue(7, 3), "Resolve", (), fields, "Resolve", errors={"release": "There is no release 9.9."})
    sent = invoke("task/submit", {"data": {**DATA, "form": True, "release": "9.9", "amount": "ten"}})
    told = (await ask(bot, sent, wrong))["task"]

    shown = [(part.get("id"), part.get("value"), part.get("text")) for part in told["value"]["card"]["content"]["body"]]
    assert told["type"] == "continue"
    assert shown == [("release", "9.9", None), (None, None, "There is no release 9.9."), ("amount", "ten", None)]


async def test_a_lookup_answers_options(bot: Bot) -> None:
    assert await ask(bot, SEARCH, Options((Option("Ana", "user:1"),))) == notices.search_results(Options((Option("Ana", "user:1"),)))


async def test_an_unknown_invoke_is_refused_without_work(bot: Bot) -> None:
    assert (await bot.send(bot.activity(**invoke("composeExtension/query", {})))).status == 400
    assert bot.answers.asked == []


@pytest.mark.parametrize("reply", [Notice(("Done.",)), Listing("Issues", (("SHOP-1F",),))])
async def test_a_typed_command_is_answered_in_its_thread(bot: Bot, reply: Notice | Listing) -> None:
    bot.answers.reply = reply
    answer = await bot.send(bot.activity(text="list"))
    (call,) = await bot.teams.wait_for_calls(1)

    said = notices.notice(reply) if isinstance(reply, Notice) else notices.listing(reply)
    assert (answer.status, call["method"], call["authorization"]) == (202, "POST", "Bearer token-1")
    assert call["path"] == f"/service/v3/conversations/{THREAD}/activities/1700000000001"
    assert (call["body"]["text"], call["body"]["textFormat"], call["body"]["replyToId"]) == (said["text"], "markdown", "1700000000001")


@pytest.mark.parametrize("kind", ["channel", "groupChat", None, "meeting"])
async def test_what_is_for_one_goes_to_their_own_chat_from_wherever_is_not_known_to_be_it(bot: Bot, kind: str | None) -> None:
    bot.answers.reply = Notice(("You are @Ana.",), is_private=True)
    await bot.send(bot.activity(text="whoami", conversation={"id": "19:x@thread.v2", "tenantId": TENANT, "conversationType": kind}))
    _created, told, pointer = await bot.teams.wait_for_calls(3)

    assert (told["path"], told["body"]["text"]) == (PERSONAL, "You are @Ana.")
    assert ("thread.v2" in pointer["path"], "@Ana" in pointer["body"]["text"]) == (True, False)


async def test_what_is_for_one_stays_in_the_personal_chat_that_it_was_asked_in(bot: Bot) -> None:
    bot.answers.reply = Notice(("You are @Ana.",), is_private=True)
    await bot.send(bot.activity(text="whoami", conversation={"id": "a:1chat", "tenantId": TENANT, "conversationType": "personal"}))
    (told,) = await bot.teams.wait_for_calls(1)

    assert told["path"].startswith("/service/v3/conversations/a%3A1chat/")


async def test_an_answer_with_a_secret_is_asked_for_only_when_its_person_was_reached(bot: Bot) -> None:
    bot.answers.is_secret, bot.answers.reply = True, Notice(("The link.",), is_private=True)
    bot.teams.faults = [JSONResponse({"id": "m1"}), JSONResponse({"error": {"code": "MessageWritesBlocked"}}, 403)]
    await bot.send(bot.activity(text="login"))
    _created, _refused, told = await bot.teams.wait_for_calls(3)
    assert (THREAD in told["path"], told["body"]["text"]) == (True, notices.notice(NO_WAY_HOME)["text"])
    assert bot.answers.asked == []
    await bot.send(bot.activity(text="login", id="1700000000002"))
    calls = await bot.teams.wait_for_calls(6)
    assert [call["body"]["text"] for call in calls[3:]] == [
        "You asked in a channel for something that only you may read. Here it is:",
        "The link.",
        "I answered you in our personal chat, where only you read it.",
    ]


async def test_a_typed_command_may_answer_with_a_card_or_a_form(bot: Bot) -> None:
    bot.answers.reply = a_card()
    await bot.send(bot.activity(text="show SHOP-1F"))
    await bot.teams.wait_for_calls(1)
    bot.answers.reply = FORM
    await bot.send(bot.activity(text="archive SHOP-1F"))
    calls = await bot.teams.wait_for_calls(2)

    cards = [call["body"]["attachments"][0]["content"] for call in calls]
    assert [card["fallbackText"] for card in cards] == ["Error SHOP-1F: ValueError: bad basket", "Archive"]


async def test_a_repeated_message_is_answered_once(bot: Bot) -> None:
    answers = await asyncio.gather(*(bot.send(bot.activity(text="resolve SHOP-1F")) for _ in range(5)))
    await bot.platform.close()

    assert [answer.status for answer in answers] == [202] * 5
    assert (len(bot.answers.asked), len(bot.teams.calls)) == (1, 1)


async def test_a_press_of_an_old_client_redraws_the_card(bot: Bot) -> None:
    bot.answers.reply = a_card()
    answer = await bot.send(bot.activity(value=DATA, replyToId="42"))
    (call,) = await bot.teams.wait_for_calls(1)

    assert (answer.status, call["method"], call["body"]["id"]) == (202, "PUT", "42")
    assert call["path"].endswith(f"/{THREAD}/activities/42")
    assert call["body"]["attachments"][0]["content"] == render.alert(a_card())


@pytest.mark.parametrize(
    ("reply", "method", "shown"),
    [
        (a_card(), "PUT", "SHOP-1F: Unresolved, new"),
        (Notice(("Gone.",)), "PUT", "Gone."),
        (FORM, "PUT", None),
    ],
)
async def test_a_form_in_a_message_gives_way_to_what_came_of_it(bot: Bot, reply: Reply, method: str, shown: str | None) -> None:
    bot.answers.reply = reply
    await bot.send(bot.activity(value={**DATA, "form": True, "amount": "10"}, replyToId="42"))
    (call,) = await bot.teams.wait_for_calls(1)

    assert (call["method"], call["body"].get("text")) == (method, shown)


async def test_a_form_in_a_message_stays_where_it_is_refused_and_its_person_is_told_alone(bot: Bot) -> None:
    bot.answers.reply = Notice(("No.",), is_refusal=True)
    await bot.send(bot.activity(value={**DATA, "form": True, "amount": "10"}, replyToId="42"))
    _created, told, pointer = await bot.teams.wait_for_calls(3)

    assert (told["method"], told["path"], told["body"]["text"]) == ("POST", PERSONAL, "⚠️ No.")
    assert "No." not in pointer["body"]["text"]


@pytest.mark.parametrize("kind", ["conversationUpdate", "installationUpdate"])
async def test_installing_the_app_says_where_messages_go(bot: Bot, kind: str) -> None:
    assert (await bot.send(bot.activity(kind, action="add"))).status == 202
    await bot.platform.close()

    assert (bot.answers.reached, bot.answers.asked) == ([("msteams", TENANT, bot.teams.service_url)], [])
