"""What is acknowledged is carried out or stored, and what a process leaves is done by another one, once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.chat.dispatch import AWAY
from bot.chat.elements import Changed, Notice, Reply, plain
from bot.chat.identity import account_of
from bot.chat.interaction_queue import EXPIRED, KEPT, InteractionQueue, QueueTimings
from bot.chat.interactions import FormSubmitted, Interaction, Place, Press, TypedCommand
from bot.chat.platform import BeforeCalling, PlatformError, Received
from bot.chat.targets import OneIssue
from bot.security.secrets import Sealer
from core.errors import DatabaseAway
from core.notify.watches import ChannelName
from core.processes.interactions import LASTS, LEASE, MOST_TRIES
from tests.support.chat import Scene
from tests.support.core import Clock
from tests.support.fake_chat import FakeChat
from tests.support.interaction_queue import queue_on
from tests.support.people import ADA, BEN

SECRET = "https://hooks.slack.com/actions/T1/a-secret"


@dataclass
class Presser(FakeChat):
    """A chat of one person who presses something; it keeps what she was told."""

    answer: Callable[[BeforeCalling], Awaitable[Reply]] = field(default=lambda _: _done())
    told: list[Reply] = field(default_factory=list)
    is_unready: bool = False
    number: int = 0

    def received(self, deed: Press | TypedCommand | None = None, request_id: str = "slack:1") -> Received:
        interaction = Interaction(ADA, Place("CALERTS", "1.2"), deed or Press("resolve", OneIssue(1, 1)), request_id)
        return Received(interaction, {"request_id": request_id, "response_url": SECRET}, self.answer, self.bring)

    async def read_again(self, payload: Mapping[str, Any]) -> Received | None:
        if self.is_unready:
            raise PlatformError("Slack has not told yet which workspace this is")
        return self.received(request_id=payload["request_id"])

    async def bring(self, reply: Reply) -> None:
        self.told.append(reply)


async def _done() -> Reply:
    return Notice(("Done.",))


@dataclass
class Answers:
    """Knows what was carried out before."""

    before: Reply | None = None

    async def earlier(self, interaction: Interaction) -> Reply | None:
        return self.before


@dataclass
class Line:
    """Processes on one database, one after another or side by side."""

    url: str
    clock: Clock
    answers: Answers = field(default_factory=Answers)
    chat: Presser = field(default_factory=Presser)
    processes: list[InteractionQueue] = field(default_factory=list)
    timings: QueueTimings = QueueTimings(store_after=0.02, patience=0.05)  # noqa: RUF009 - it is frozen

    def process(self) -> InteractionQueue:
        queue = queue_on(self.url, self.answers, self.clock, self.timings)  # type: ignore[arg-type]  # of all that answers it asks for this only
        self.processes.append(queue)
        return queue

    def stored(self) -> list[dict[str, Any]]:
        return self.process().pending.store.rows()

    async def looks(self, queue: InteractionQueue | None = None) -> None:
        """A process looks once, and finishes what it has found."""
        queue = queue or self.process()
        await queue._look({"slack": self.chat})
        while queue._tasks:
            await asyncio.wait(queue._tasks)

    async def left_by_a_killed_process(self) -> None:
        """One interaction that was stored and acknowledged, and whose process is dead."""
        never = asyncio.Event()
        self.chat.answer = lambda _: never.wait()  # type: ignore[assignment,return-value]
        accepted = await self.process().accept(self.chat.received())
        assert accepted.is_kept
        accepted._answer.cancel()
        self.chat.answer = lambda _: _done()
        self.clock.pass_by(seconds=LEASE.total_seconds() + 1)


@pytest.fixture
async def line(database_url: str, clock: Clock) -> AsyncIterator[Line]:
    made = Line(database_url, clock)
    yield made
    for queue in made.processes:
        await queue.close()
        queue.pending.close()


def slow(until: asyncio.Event) -> Callable[[BeforeCalling], Awaitable[Reply]]:
    async def answer(_: BeforeCalling) -> Reply:
        await until.wait()
        return Notice(("Done.",))

    return answer


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
        while not queue._held:  # noqa: ASYNC110 - looks at a set, not at an event
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


# After a crash ----------------------------------------------------------------------------------------------------------


async def test_what_a_killed_process_left_is_done_by_one_of_those_that_look(line: Line) -> None:
    await line.left_by_a_killed_process()
    await asyncio.gather(*(line.looks() for _ in range(3)))
    assert line.chat.told == [Notice(("Done.",))]
    assert line.stored() == []


async def test_nobody_takes_what_a_living_process_works_on(line: Line) -> None:
    is_over = asyncio.Event()
    line.chat.answer = slow(is_over)
    owner = line.process()
    accepted = await owner.accept(line.chat.received())
    for _ in range(3):
        line.clock.pass_by(seconds=LEASE.total_seconds() - 1)
        await line.looks(owner)
        await line.looks()
    assert line.chat.told == []
    is_over.set()
    await accepted.finish()
    assert line.chat.told == [Notice(("Done.",))]


async def test_a_process_that_stops_gives_back_what_it_has_not_done(line: Line) -> None:
    never = asyncio.Event()
    line.chat.answer = slow(never)
    owner = line.process()
    accepted = await owner.accept(line.chat.received())
    accepted._answer.cancel()
    await owner.close()
    line.chat.answer = lambda _: _done()
    await line.looks()
    assert line.chat.told == [Notice(("Done.",))]


async def test_what_was_committed_before_the_crash_is_only_answered(line: Line) -> None:
    await line.left_by_a_killed_process()
    line.answers.before = Notice(("It is resolved.",))
    line.chat.answer = lambda _: pytest.fail("it was carried out before")
    await line.looks()
    assert line.chat.told == [Notice(("It is resolved.",))]
    assert line.stored() == []


async def test_what_is_an_hour_old_is_not_done_any_more_and_its_person_is_told(line: Line) -> None:
    await line.left_by_a_killed_process()
    line.clock.pass_by(seconds=LASTS.total_seconds())
    line.chat.answer = lambda _: pytest.fail("nobody expects that any more")
    await line.looks()
    assert line.chat.told == [EXPIRED]
    assert line.stored() == []


async def test_what_never_comes_to_an_end_is_dropped(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    await line.left_by_a_killed_process()

    async def answer(_: BeforeCalling) -> Reply:
        raise ZeroDivisionError(SECRET)

    line.chat.answer = answer
    for _ in range(MOST_TRIES):
        await line.looks()
        assert len(line.stored()) == 1
        line.clock.pass_by(seconds=10)
    await line.looks()
    assert (line.stored(), line.chat.told) == ([], [])
    assert f"a pending interaction was dropped: platform=slack tries={MOST_TRIES + 1}" in caplog.text
    assert SECRET not in caplog.text


async def test_what_waits_for_the_platform_is_not_counted_as_tried(line: Line) -> None:
    await line.left_by_a_killed_process()
    line.chat.is_unready = True
    for _ in range(MOST_TRIES + 2):
        await line.looks()
        line.clock.pass_by(seconds=10)
    line.chat.is_unready = False
    await line.looks()
    assert line.chat.told == [Notice(("Done.",))]


async def test_what_was_sealed_with_another_key_is_dropped(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    await line.left_by_a_killed_process()
    queue = line.process()
    queue.sealer = lambda: Sealer("another key of thirty-two letters", "pending interactions")
    await line.looks(queue)
    assert (line.stored(), line.chat.told) == ([], [])
    assert "dropped" in caplog.text


async def test_nothing_of_it_can_be_read_in_the_database_and_only_its_owner_may_read_the_file(line: Line) -> None:
    await line.left_by_a_killed_process()
    (row,) = line.stored()
    assert "hooks.slack.com" not in str(row)
    file = line.processes[0].pending.store.file
    if file:
        assert file.name == "quell.db-interactions"
        assert b"hooks.slack.com" not in file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600


async def test_run_goes_on_when_the_database_comes_back(line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    line.timings = replace(line.timings, look_every=0.01)
    await line.left_by_a_killed_process()
    queue = line.process()
    claim, calls = queue.pending.claim, []

    def claimed(limit: int) -> Any:
        calls.append(limit)
        if len(calls) < 3:
            raise DatabaseAway
        return claim(limit)

    object.__setattr__(queue, "pending", _With(queue.pending, claim=claimed))
    running = asyncio.create_task(queue.run({"slack": line.chat}))
    async with asyncio.timeout(5):
        while not line.chat.told:  # noqa: ASYNC110 - looks at a list, not at an event
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await queue.drain()
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        f"nobody knows what is pending: {DatabaseAway.__doc__}"
    ]


class _With:
    """Something with one of its methods in the place of another."""

    def __init__(self, inner: Any, **methods: Any) -> None:
        self._inner = inner
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._inner, name)


# What is said of what was done before -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (Press("resolve", OneIssue(1, 1)), Changed),
        (FormSubmitted("archive", OneIssue(1, 1), {"how": "forever"}), Changed),
        (TypedCommand("resolve SHOP-1"), "SHOP-1 Boom: Resolved"),
        (TypedCommand("comment SHOP-1 looking"), "SHOP-1 Boom: Unresolved"),
        (TypedCommand("threads off"), "Done."),
        (TypedCommand("watch shop"), "Done."),
        (TypedCommand("unwatch shop"), "Done."),
        (TypedCommand("role @UBEN viewer", {"UBEN": BEN}), "Done."),
    ],
)
async def test_after_a_crash_the_person_hears_where_things_stand(scene: Scene, deed: Any, said: Any) -> None:
    await scene.types("whoami")
    interaction = Interaction(ADA, Place("CALERTS", "1.2"), deed, "slack:crashed")
    assert await scene.dispatch.earlier(interaction) is None
    await scene.dispatch.answer(interaction)
    history = scene.world.history()
    reply = await scene.dispatch.earlier(interaction)
    assert isinstance(reply, Changed) if said is Changed else isinstance(reply, Notice) and said in plain(reply.text), reply
    assert scene.world.history() == history


@pytest.mark.parametrize("text", ["threads off", "watch shop level:error", "unwatch shop", "show SHOP-1", "unlink"])
async def test_a_command_that_is_repeated_after_somebody_changed_it_again_changes_nothing(scene: Scene, text: str) -> None:
    await scene.types("whoami")
    core, organization_id = scene.world.core, scene.world.organization_id
    interaction = Interaction(ADA, Place("CALERTS", "1.2"), TypedCommand(text), "slack:repeated")
    await scene.dispatch.answer(interaction)
    if text == "unlink":
        await scene.types("whoami")  # she is back
    core.channels.change(organization_id, "slack", "CALERTS", threads="all")
    core.watches.set(scene.world.project, ChannelName("slack", "CALERTS"))
    await scene.dispatch.answer(interaction)
    assert core.channels.settings(organization_id, "slack", "CALERTS").threads == "all"
    assert [one.terms.query for one in core.watches.listed(organization_id)] == [""]
    assert len([one for one in core.outbox.receipts(organization_id, 1) if one.channel == "CALERTS"]) == (text == "show SHOP-1")
    assert core.directory.user_of_account(account_of(ADA)) is not None


async def test_a_code_that_was_redeemed_is_not_asked_for_again(scene: Scene) -> None:
    core = scene.world.core
    code = core.link_codes.make(scene.world.ada)
    interaction = Interaction(ADA, Place("D1", "1.2"), TypedCommand(f"link {code}"), "slack:linked")
    first, second = await scene.dispatch.answer(interaction), await scene.dispatch.answer(interaction)
    assert first == second
    assert isinstance(first, Notice)
    assert "you are @Ada" in plain(first.text)
