"""What people write beside our messages: replies in threads and pasted links; and what we say there ourselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.chat.elements import Board, Button, Card, Nothing, Notice, Unfolded
from bot.chat.interactions import LinksShared, Press, ThreadReply
from bot.chat.platform import Address, OutgoingNote, PlatformError
from bot.chat.targets import OneIssue

pytestmark = pytest.mark.asyncio

ALERTS = Address("TPLAYGROUND", "CALERTS")
ANA = Address("TPLAYGROUND", "UPLAY1", is_direct=True)


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_reply_in_a_thread_is_heard(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Nothing()
    done = await world.act("say", text="Fixed & <done>", thread_ts=message["ts"])
    assert done["statuses"] == [200]
    await world.platform.close()
    (did,) = world.answers.asked
    assert did.payload == ThreadReply("Fixed & <done>")
    assert (did.place.channel, did.place.thread, did.place.message) == ("CALERTS", message["ts"], done["ts"])
    assert world.diary.lines == ["acknowledged"]


async def test_what_is_to_be_said_of_a_reply_is_said_to_its_writer_alone(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Notice(("Your account is not linked yet.",), is_refusal=True)
    await world.act("say", text="Fixed", thread_ts=message["ts"])
    await world.called("acknowledged", "chat.postEphemeral")
    told = (await world.messages())[1]
    assert told["thread_ts"] == message["ts"]
    assert len(await world.messages("UPLAY2")) == 1


async def test_other_messages_are_dropped_unread(world: Any, card: Card) -> None:
    message = await world.posted(card)
    await world.act("say", text="Good morning")
    await world.act("mention", text="@Quell list", thread_ts=message["ts"])
    await world.platform.close()
    assert [type(did.payload).__name__ for did in world.answers.asked] == ["TypedCommand"]


async def pasted(world: Any, card: Card) -> tuple[str, str]:
    """A message with a link that unfolded; its time and the link."""
    link = f"{world.url}/issues/12/"
    world.answers.reply = Unfolded({link: card})
    done = await world.act("say", text=f"Look at {link} please")
    await world.called("acknowledged", "acknowledged", "chat.unfurl")
    return done["ts"], link


async def preview(world: Any, ts: str, link: str) -> dict[str, Any]:
    said = next(message for message in (await world.seen())["messages"]["CALERTS"] if message["ts"] == ts)
    found: dict[str, Any] = said["unfurls"][link]
    return found


async def test_a_pasted_link_unfolds_into_the_live_message(world: Any, card: Card) -> None:
    ts, link = await pasted(world, card)
    assert world.answers.asked[0].payload == LinksShared((link,))
    assert "ZeroDivisionError" in (await preview(world, ts, link))["blocks"][0]["text"]["text"]

    async def noted() -> bool:
        return bool(world.answers.copies == {f"unfurl:{ts}:{link}": card})

    await world.until(noted)


async def test_what_unfolded_is_redrawn_like_any_other_copy(world: Any, card: Card) -> None:
    ts, link = await pasted(world, card)
    await world.platform.update(ALERTS, f"unfurl:{ts}:{link}", replace(card, version=4, state=("Resolved",)))
    shown = await preview(world, ts, link)
    assert shown["blocks"][2]["text"]["text"] == "Resolved"
    assert shown["blocks"][5]["block_id"].startswith("i12.v4.")


async def test_what_unfolded_can_be_pressed(world: Any, card: Card) -> None:
    ts, link = await pasted(world, card)
    world.answers.reply = Notice(("Ben was faster.",), is_refusal=True)
    await world.act("press", message=ts, action_id="v1:resolve")
    await world.called("acknowledged", "acknowledged", "chat.unfurl", "acknowledged", "response")
    did = world.answers.asked[-1]
    assert did.payload == Press("resolve", OneIssue(12, 3))
    assert did.place.message == f"unfurl:{ts}:{link}"


@pytest.mark.parametrize("reply", [Nothing(), Unfolded({}), Notice(("Who are you?",), is_refusal=True)], ids=["nothing", "none", "refused"])
async def test_a_link_that_is_not_theirs_to_see_stays_a_link(world: Any, reply: Any) -> None:
    world.answers.reply = reply
    await world.act("say", text=f"Look at {world.url}/issues/12/")
    await world.platform.close()
    assert world.diary.lines == ["acknowledged", "acknowledged"]


async def test_a_link_whose_message_is_gone_is_gone_for_good(world: Any, card: Card) -> None:
    with pytest.raises(PlatformError, match="cannot_find_message") as refused:
        await world.platform.update(ALERTS, f"unfurl:1.2:{world.url}/issues/12/", card)
    assert refused.value.permanent


async def test_a_line_in_a_thread_pings_whom_it_names_and_nobody_else(world: Any, card: Card) -> None:
    message = await world.posted(card)
    line = OutgoingNote(Notice(("<!channel> <@UPLAY3> assigned it",)), mentions=("UPLAY2", "UPLAY1> <!here", "S0TEAM"))
    ts = await world.platform.reply(ALERTS, message["ts"], line, "line-1")
    said = (await world.messages())[1]
    assert (said["ts"], said["thread_ts"], said.get("reply_broadcast")) == (ts, message["ts"], None)
    assert said["blocks"][0]["text"]["text"] == "<@UPLAY2> &lt;!channel&gt; &lt;@UPLAY3&gt; assigned it"
    assert said["text"] == said["blocks"][0]["text"]["text"]
    assert said["metadata"]["event_payload"] == {"key": "line-1"}


async def test_a_line_may_go_to_the_channel_too_and_have_buttons(world: Any, card: Card) -> None:
    message = await world.posted(card)
    line = OutgoingNote(Notice(("It is back.",), issue=OneIssue(12, 4), buttons=(Button("show", "Show"),)), is_broadcast=True)
    await world.platform.reply(ALERTS, message["ts"], line, "line-1")
    said = (await world.messages())[1]
    assert said["reply_broadcast"] is True
    assert said["blocks"][1]["block_id"].startswith("n12.v4.")


async def test_a_line_for_an_unfolded_link_goes_to_the_thread_of_its_message(world: Any, card: Card) -> None:
    ts, link = await pasted(world, card)
    await world.platform.reply(ALERTS, f"unfurl:{ts}:{link}", OutgoingNote(Notice(("Resolved.",))), "line-1")
    assert (await world.message())["thread_ts"] == ts


async def test_a_direct_message_is_posted_redrawn_answered_and_found(world: Any, card: Card, board: Board) -> None:
    ts = await world.platform.post(ANA, card, "dm-1")
    await world.platform.update(ANA, ts, board)
    await world.platform.reply(ANA, ts, OutgoingNote(Notice(("A line.",))), "dm-2")
    first, second = await world.messages()
    assert (first["channel"], second["channel"], second["thread_ts"]) == ("DPLAY1", "DPLAY1", ts)
    assert first["blocks"][0]["text"]["text"] == "Inbox"
    assert await world.messages("UPLAY2") == []
    assert await world.platform.find(ANA, "dm-1", now()) == ts


async def test_what_was_posted_is_found_by_its_key(world: Any, card: Card) -> None:
    ts = await world.platform.post(ALERTS, card, "key-1")
    await world.platform.post(ALERTS, card, "key-2")
    line = await world.platform.reply(ALERTS, ts, OutgoingNote(Notice(("A line.",))), "line-1")
    assert await world.platform.find(ALERTS, "key-1", now()) == ts
    assert await world.platform.find(ALERTS, "key-3", now()) is None
    assert await world.platform.find(ALERTS, "line-1", now()) is None
    assert await world.platform.find(replace(ALERTS, thread=ts), "line-1", now()) == line
    assert await world.platform.find(replace(ALERTS, thread="1.2"), "line-1", now()) is None


@pytest.mark.parametrize(("minutes", "is_found"), [(-6, False), (-4, True), (4, True), (6, False)])
async def test_it_is_looked_for_a_few_minutes_around(world: Any, card: Card, minutes: int, *, is_found: bool) -> None:
    ts = await world.platform.post(ALERTS, card, "key-1")
    assert await world.platform.find(ALERTS, "key-1", now() + timedelta(minutes=minutes)) == (ts if is_found else None)


async def test_where_we_may_not_look_there_is_nothing_to_be_found(world: Any, card: Card) -> None:
    await world.platform.post(ALERTS, card, "key-1")
    await world.fault("error", code="missing_scope")
    assert await world.platform.find(ALERTS, "key-1", now()) is None


async def test_a_busy_slack_is_no_answer(world: Any, card: Card) -> None:
    await world.fault("429", seconds=7)
    with pytest.raises(PlatformError) as refused:
        await world.platform.find(ALERTS, "key-1", now())
    assert refused.value.retry_after == 7.0


async def test_another_apps_message_with_our_key_is_not_ours(world: Any, card: Card) -> None:
    await world.platform.post(ALERTS, card, "key-1")
    world.platform._own = replace(world.platform._own, bot="BOTHER")
    assert await world.platform.find(ALERTS, "key-1", now()) is None
