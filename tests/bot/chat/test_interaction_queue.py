"""What is acknowledged is carried out or stored before, and nothing else is acknowledged."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.chat.dispatch import AWAY
from bot.chat.elements import Notice, Reply
from bot.chat.interaction_queue import KEPT
from bot.chat.platform import BeforeCalling
from core.errors import DatabaseAway
from tests.support.interaction_queue import Line, _done, slow

# The acknowledgement ----------------------------------------------------------------------------------------------------


async def test_what_is_carried_out_at_once_is_never_stored(line: Line) -> None:
    queue = line.process()
    accepted = await queue.accept(line.chat.received())
    assert (accepted.is_kept, accepted.reply) == (True, Notice(("Done.",)))
    assert line.stored() == []
    await accepted.finish()
    assert line.chat.told == [Notice(("Done.",))]


async def test_what_takes_longer_is_stored_acknowledged_and_forgotten_when_it_is_done(line: Line) -> None:
    is_over = asyncio.Event()
    line.chat.answer = slow(is_over)
    accepted = await line.process().accept(line.chat.received())
    assert (accepted.is_kept, accepted.reply) == (True, None)
    assert [row["request_id"] for row in line.stored()] == ["slack:1"]
    finishing = asyncio.create_task(accepted.finish())
    is_over.set()
    await finishing
    assert line.chat.told == [Notice(("Done.",))]
    assert line.stored() == []


async def test_what_can_be_neither_carried_out_nor_stored_is_not_acknowledged_and_may_be_done_later(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.timings = replace(line.timings, give_up_after=0.1)
    is_over, queue = asyncio.Event(), line.process()
    line.chat.answer = slow(is_over)
    monkeypatch.setattr(type(queue.pending), "keep", away)
    accepted = await queue.accept(line.chat.received())
    assert (accepted.is_kept, accepted.reply) == (False, None)
    is_over.set()
    await accepted.finish()
    assert line.chat.told == [Notice(("Done.",))]


def away(*_: object) -> None:
    raise DatabaseAway


async def test_no_chat_is_called_before_the_acknowledgement_and_what_wants_to_is_stored_at_once(line: Line) -> None:
    calls: list[str] = []

    async def answer(before_calling: BeforeCalling) -> Reply:
        await before_calling()
        calls.append("users.info")
        return Notice(("Done.",))

    line.chat.answer = answer
    accepted = await line.process().accept(line.chat.received(), patience=60)
    assert (accepted.is_kept, len(line.stored()), calls) == (True, 1, [])
    await accepted.finish()
    assert calls == ["users.info"]
    assert line.stored() == []


async def test_nothing_is_sent_while_something_waits_for_its_acknowledgement(line: Line) -> None:
    queue, order = line.process(), []
    accepted = await queue.accept(line.chat.received())

    async def send() -> None:
        await queue.quiet()
        order.append("sent")

    sending = asyncio.create_task(send())
    await asyncio.sleep(0)
    order.append("acknowledged")
    await accepted.settle()
    await sending
    assert order == ["acknowledged", "sent"]
    await queue.quiet()


async def test_a_database_that_is_away_at_once_refuses_what_is_not_stored(line: Line) -> None:
    async def answer(_: BeforeCalling) -> Reply:
        raise DatabaseAway

    line.chat.answer = answer
    accepted = await line.process().accept(line.chat.received())
    assert (accepted.is_kept, accepted.reply) == (True, AWAY)
    await accepted.finish()
    assert line.chat.told == [AWAY]


async def test_what_was_acknowledged_while_the_database_goes_away_is_kept_and_its_person_told_so_once(line: Line) -> None:
    is_over = asyncio.Event()

    async def answer(_: BeforeCalling) -> Reply:
        await is_over.wait()
        raise DatabaseAway

    line.chat.answer = answer
    queue = line.process()
    accepted = await queue.accept(line.chat.received())
    is_over.set()
    await accepted.finish()
    assert line.chat.told == [KEPT]
    line.clock.pass_by(seconds=10)
    await line.looks(queue)
    assert (line.chat.told, len(line.stored())) == ([KEPT], 1)
    line.chat.answer = lambda _: _done()
    line.clock.pass_by(seconds=10)
    await line.looks(queue)
    assert (line.chat.told, line.stored()) == ([KEPT, Notice(("Done.",))], [])


async def test_what_is_kept_stays_stored_when_the_acknowledgement_has_said_so(line: Line) -> None:
    is_over = asyncio.Event()

    async def answer(_: BeforeCalling) -> Reply:
        await is_over.wait()
        raise DatabaseAway

    line.chat.answer = answer
    queue = line.process()
    accepting = asyncio.create_task(queue.accept(line.chat.received(), patience=60, may_call=True))
    async with asyncio.timeout(5):
        while not queue._unacknowledged:  # noqa: ASYNC110 - looks at a set, not at an event
            await asyncio.sleep(0.01)
    is_over.set()
    accepted = await accepting
    assert (accepted.is_kept, accepted.reply) == (True, KEPT)
    await accepted.settle()
    line.chat.answer = lambda _: _done()
    line.clock.pass_by(seconds=10)
    await line.looks(queue)
    assert (line.chat.told, line.stored()) == ([Notice(("Done.",))], [])


async def test_the_same_interaction_at_two_processes_is_stored_once(line: Line) -> None:
    is_over = asyncio.Event()
    line.chat.answer = slow(is_over)
    accepted = await asyncio.gather(*(line.process().accept(line.chat.received()) for _ in range(2)))
    assert [one.is_kept for one in accepted] == [True, True]
    assert len(line.stored()) == 1
    is_over.set()
    await asyncio.gather(*(one.finish() for one in accepted))
    assert line.stored() == []
