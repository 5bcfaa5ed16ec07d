"""What Quell is killed in the middle of: each deed is prepared, done, and after the crash done again, as platforms, SDKs and the ticker do."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bot.chat.elements import Form, Notice
from bot.chat.interactions import FormSubmitted, Press, TypedCommand
from bot.chat.issue_lists import INBOX
from bot.chat.targets import OneIssue, SeveralIssues
from core.issues.actions import Archive, Delete, Resolve
from core.rules.snooze import Condition
from tests.support.faults.bench import Bench
from tests.support.faults.history import Change


@dataclass(frozen=True)
class Deed:
    """Something to be killed in."""

    prepare: Callable[[Bench], Coroutine[None, None, None]]
    do: Callable[[Bench], Coroutine[None, None, None]]
    can_find: bool = True
    """Whether the chat can be asked what it has got."""
    is_repeated: bool = True
    """Whether it is done again after the crash, as chats and SDKs do with what was not answered. Nobody repeats a press that was acknowledged."""


ACKNOWLEDGED = {"verb": "resolve", "issue_id": 1, "request_id": "slack:acknowledged"}


async def _acknowledged(bench: Bench, *, is_slow: bool) -> None:
    await bench.acknowledges({**ACKNOWLEDGED, "is_slow": is_slow}, Change(1, "set_resolved"), bench.chat.boundary)


async def _two_issues(bench: Bench) -> None:
    bench.takes_in([bench.world.occurrence("one"), bench.world.occurrence("two"), bench.world.occurrence("one")])
    await bench.asks(TypedCommand("whoami"))
    await bench.comes_to_rest()


async def _done(bench: Bench, deed: Press | FormSubmitted | TypedCommand, request_id: str, *changes: Change) -> None:
    """Ada asks; a refusal would leave nothing to be killed in."""
    reply = await bench.asks(deed, request_id, changes)
    assert not isinstance(reply, Form), reply
    assert not (isinstance(reply, Notice) and reply.is_refusal), reply


async def _click(bench: Bench) -> None:
    await _done(bench, Press("resolve", OneIssue(1, 1)), "slack:click", Change(1, "set_resolved"))


async def _form(bench: Bench) -> None:
    await _done(bench, FormSubmitted("archive", OneIssue(1, 1), {"how": "forever"}), "slack:form", Change(1, "set_ignored"))


async def _several(bench: Bench) -> None:
    changes = [Change(number, "set_resolved") for number in (1, 2)]
    await _done(bench, Press("resolve", SeveralIssues((1, 2), str(INBOX))), "slack:several", *changes)


async def _merge(bench: Bench) -> None:
    await _done(bench, FormSubmitted("merge", SeveralIssues((1, 2))), "slack:merge", Change(1, "merge"))
    bench.ticks()


async def _resolved(bench: Bench) -> None:
    await _two_issues(bench)
    bench.world.do(Resolve())
    await bench.comes_to_rest()


async def _events(bench: Bench) -> None:
    """A new issue, one that regresses, and more of one that is open."""
    titles = ("three", "one", "two", "three", "two")
    batch = [replace(bench.world.occurrence(title), event_id=f"{number:032x}") for number, title in enumerate(titles, 1)]
    bench.takes_in(batch)


async def _asleep(bench: Bench) -> None:
    await _two_issues(bench)
    until = bench.world.clock() + timedelta(minutes=30)
    bench.world.do(Archive(Condition(until_at=until)), ids=("SHOP-1", "SHOP-2"))
    await bench.comes_to_rest()
    bench.world.clock.pass_by(hours=1)


async def _tick(bench: Bench) -> None:
    bench.ticks()


async def _on_its_way_out(bench: Bench) -> None:
    await _two_issues(bench)
    bench.world.do(Delete())
    await bench.comes_to_rest()
    bench.world.clock.pass_by(hours=2)


async def _purge(bench: Bench) -> None:
    bench.ticks()
    await bench.comes_to_rest()
    bench.ticks()


async def _much_to_say(bench: Bench) -> None:
    """Two new alerts for each channel, and a change to redraw."""
    await _two_issues(bench)
    bench.world.do(Resolve())
    bench.takes_in([bench.world.occurrence("three"), bench.world.occurrence("four")])


async def _say(bench: Bench) -> None:
    await bench.comes_to_rest()


DEEDS = {
    "a click": Deed(_two_issues, _click),
    "a form": Deed(_two_issues, _form),
    "a click, acknowledged": Deed(_two_issues, partial(_acknowledged, is_slow=False), is_repeated=False),
    "a slow click, acknowledged": Deed(_two_issues, partial(_acknowledged, is_slow=True), is_repeated=False),
    "several ticked": Deed(_two_issues, _several),
    "a merge": Deed(_two_issues, _merge),
    "events": Deed(_resolved, _events),
    "snoozes that end": Deed(_asleep, _tick),
    "a purge": Deed(_on_its_way_out, _purge),
    "sending": Deed(_much_to_say, _say),
    "sending blindly": Deed(_much_to_say, _say, can_find=False),
}
