"""What a process leaves is done by another one, once, and its person hears of it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.elements import Changed, Notice, Reply, plain
from bot.chat.identity import account_of
from bot.chat.interaction_queue import EXPIRED
from bot.chat.interactions import FormSubmitted, Interaction, Place, Press, TypedCommand
from bot.chat.platform import BeforeCalling
from bot.chat.targets import OneIssue
from bot.security.secrets import Sealer
from core.errors import DatabaseAway
from core.notify.watches import ChannelName
from core.processes.interactions import LEASE, LIFETIME, MAX_TRIES
from tests.support.chat import Scene
from tests.support.interaction_queue import SECRET, Line, _done, slow
from tests.support.people import ADA, BEN


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
    line.clock.pass_by(seconds=LIFETIME.total_seconds())
    line.chat.answer = lambda _: pytest.fail("nobody expects that any more")
    await line.looks()
    assert line.chat.told == [EXPIRED]
    assert line.stored() == []


async def test_what_never_comes_to_an_end_is_dropped(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    await line.left_by_a_killed_process()

    async def answer(_: BeforeCalling) -> Reply:
        raise ZeroDivisionError(SECRET)

    line.chat.answer = answer
    for _ in range(MAX_TRIES):
        await line.looks()
        assert len(line.stored()) == 1
        line.clock.pass_by(seconds=10)
    await line.looks()
    assert (line.stored(), line.chat.told) == ([], [])
    assert f"a pending interaction was dropped: platform=slack tries={MAX_TRIES + 1}" in caplog.text
    assert SECRET not in caplog.text


async def test_what_waits_for_the_platform_is_not_counted_as_tried(line: Line) -> None:
    await line.left_by_a_killed_process()
    line.chat.is_unready = True
    for _ in range(MAX_TRIES + 2):
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
    assert [one.rule.query for one in core.watches.listed(organization_id)] == [""]
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
