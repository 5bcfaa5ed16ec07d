"""Everything of one Quell that faults are tried on: core, dispatch and sender, with a chat whose memory is a file."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from bot.chat import cards
from bot.chat.dispatch import Dispatch
from bot.chat.elements import Changed, Form, Notice, Reply, plain
from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.chat.interaction_queue import InteractionQueue, QueueTimings
from bot.chat.interactions import ChatPerson, Interaction, InteractionPayload, Place, Press
from bot.chat.platform import BeforeCalling, Received
from bot.chat.targets import OneIssue
from bot.delivery.rate_limits import RateLimits, Table
from bot.delivery.sender import Sender, SenderDeps
from bot.security.secrets import Sealer
from bot.workers import Workers, workers_for
from core.bootstrap import Core, system_clock
from core.db.models import Activity, Channel, Issue, Line, Message, Redirect, Storm
from core.db.outbox import lines_due, storms_due
from core.events.record import Occurrence, Recorded
from core.notify.watches import ChannelName
from core.types import ActivityType
from tests.support.core import Clock, World, make_world
from tests.support.faults.durable_chat import Book, DurableChat
from tests.support.faults.history import Change, Copy, History, Standing, findings
from tests.support.sender import may_speak

LINKS = "https://quell.example.com"
ADA = ChatPerson("slack", "TACME", "UADA", "ada")
PATIENCE = 30.0
"""Seconds in which everything must come to rest."""


class RealTime(Clock):
    """The clock of the machine, set ahead by as much as has passed by."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead

    def pass_by(self, **time: float) -> None:
        self.ahead += timedelta(**time)


@dataclass
class Bench:
    """A world at work."""

    world: World
    book: Book
    chat: DurableChat
    workers: Workers
    deeds: int = 0
    channels: Sequence[str] = ("C1", "C2")
    limits: Table = field(default_factory=dict)
    """How often the chat may be called: as often as one likes, unless a test is about that."""
    queue_timings: QueueTimings = QueueTimings()  # noqa: RUF009 - it is frozen
    brought: list[Reply] = field(default_factory=list)
    """The replies to presses that came through the queue, which logs what fails while it brings one."""

    @classmethod
    def build(cls, core: Core, clock: Clock, book: Book, channels: Sequence[str] = ("C1", "C2")) -> Bench:
        """A new world whose channels watch its one project."""
        world = make_world(core, clock)
        for channel in channels:
            core.watches.set(world.project, ChannelName("slack", channel))
        return cls(world, book, DurableChat(book=book), workers_for(core.settings.database_url), channels=channels)

    @classmethod
    def reopen(cls, core: Core, clock: Clock, book: Book) -> Bench:
        """The same world, after a crash."""
        project = core.directory.project("acme/shop")
        ada = core.directory.user_of_email("ada@acme.example", project.organization_id)
        return cls(World(core, clock, project, ada), book, DurableChat(book=book), workers_for(core.settings.database_url))

    @classmethod
    def reopen_with(cls, core: Core, other: Bench, book: Book) -> Bench:
        """The same world through another door."""
        world = World(core, other.world.clock, other.world.project, other.world.ada)
        return cls(world, book, DurableChat(book=book), workers_for(core.settings.database_url))

    @property
    def core(self) -> Core:
        return self.world.core

    def close(self) -> None:
        self.workers.close()

    # Deeds ----------------------------------------------------------------------------------------------------------

    def takes_in(self, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        """Events come in; what was accepted is noted."""
        recorded = self.core.occurrences.record(self.world.project.id, occurrences)
        for occurrence, one in zip(occurrences, recorded, strict=True):
            self.book.note("accepted", event_id=occurrence.event_id, issue_id=one.issue_id)
        return recorded

    async def asks(self, deed: InteractionPayload, request_id: str = "", changes: Sequence[Change] = ()) -> Reply:
        """Ada does something in the chat; what she was promised is noted, once for each request however often it is repeated."""
        self.deeds += 1
        request_id = request_id or f"slack:{self.deeds}"
        reply = await self.dispatch.answer(Interaction(ADA, self.place, deed, request_id))
        if not (isinstance(reply, Form) or (isinstance(reply, Notice) and reply.is_refusal)):
            self._note(request_id, changes)
        return reply

    async def acknowledges(self, payload: Mapping[str, Any], change: Change, at_the_door: Callable[[str], None]) -> None:
        """Ada presses something, as ``received`` reads it; once that is acknowledged it is promised, whatever happens then."""
        async with self.queued() as queue:
            accepted = await queue.accept(self.received(payload))
            assert accepted.is_kept
            self._note(payload["request_id"], [change])
            at_the_door("acknowledged")
            await accepted.finish()
        self._check_brought()

    async def recovers(self) -> None:
        """After a crash, a process carries out what was left."""
        self.chat.read = self.received
        async with self.queued() as queue, asyncio.timeout(PATIENCE):
            await queue._look({"slack": self.chat})
            while queue._tasks:
                await asyncio.wait(queue._tasks)
        self._check_brought()

    def _check_brought(self) -> None:
        assert [reply for reply in self.brought if not isinstance(reply, Changed)] == []

    @asynccontextmanager
    async def queued(self) -> AsyncIterator[InteractionQueue]:
        """The interactions of one process."""
        queue = InteractionQueue(self.core.pending, self.dispatch, lambda: Sealer("k" * 32, "pending interactions"), self.queue_timings)
        yield queue
        await queue.close()

    def received(self, payload: Mapping[str, Any]) -> Received:
        """A press of Ada's. One that ``is_slow`` is carried out after it was acknowledged, like that of somebody who is here for the first time."""
        interaction = Interaction(ADA, self.place, Press(payload["verb"], OneIssue(payload["issue_id"], 1)), payload["request_id"])

        async def answer(before_calling: BeforeCalling) -> Reply:
            if payload["is_slow"]:
                await before_calling()
            return await self.dispatch.attempt(interaction)

        async def bring(reply: Reply) -> None:
            self.brought.append(reply)

        return Received(interaction, payload, answer, bring)

    @property
    def place(self) -> Place:
        """Where Ada does things."""
        return Place(self.channels[0], "1.2")

    @cached_property
    def dispatch(self) -> Dispatch:
        """Who answers her."""
        identity = IdentityResolver(self.core, JoinPolicy("acme", is_automatic=True, admins=frozenset()), {"slack": self.chat})
        return Dispatch(self.core, self.workers, identity, LINKS)

    def _note(self, request_id: str, changes: Sequence[Change]) -> None:
        for change in changes:
            self.book.note("answered", request_id=request_id, issue_id=change.issue_id, what=change.what)

    def now(self, deed: InteractionPayload) -> Reply:
        """The same, for those who have no event loop."""
        return asyncio.run(self.asks(deed))

    # Coming to rest -------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Sender]:
        """A sender at work, woken by each change and stopped in order."""
        limits = RateLimits(self.limits, time.monotonic)
        sender = Sender(SenderDeps(self.core, {"slack": self.chat}, self.workers, LINKS, limits))
        wake = partial(asyncio.get_running_loop().call_soon_threadsafe, sender.wake)
        self.core.listeners.append(wake)
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            self.core.listeners.remove(wake)
            sender.stop()
            await task

    async def comes_to_rest(self) -> None:
        """The sender works, and time passes, until every promise is kept or parked."""
        async with self.sending() as sender, asyncio.timeout(PATIENCE):
            while owes := self.owes():
                if owes == "waits":
                    self.world.clock.pass_by(seconds=5)
                    sender.wake()
                await asyncio.sleep(0.005)

    async def is_told(self) -> None:
        """Waits, in real time, until a sender that is at work has told everything."""
        async with asyncio.timeout(2 * PATIENCE):
            while self.owes():  # noqa: ASYNC110 - looks at a database, not at an event
                await asyncio.sleep(0.05)

    def owes(self) -> str:
        """``works`` while a sender holds a channel or may take one, ``waits`` while time must pass first, empty at rest."""
        now = self.world.clock()
        with self.core.database.read() as work:
            if work.session.scalars(select(Channel.id).where(or_(Channel.lease_until_at > now, and_(may_speak(now), _owed(now))))).first():
                return "works"
            return "waits" if work.session.scalars(select(Channel.id).where(_owed(now + timedelta(days=2)))).first() else ""

    def ticks(self) -> None:
        """The scheduler does all that is due."""
        due = self.core.timers
        for job in (due.lift_snoozes, due.begin_purges, due.purge, due.move_merged_events, due.settle, self.core.storms.calm_down):
            while job():
                pass

    # What came of it ------------------------------------------------------------------------------------------------

    def history(self, excused: int = 0) -> History:
        """What the chat accepted and what the database holds."""
        now = self.world.clock()
        with self.core.database.read() as work:
            ids = list(work.session.scalars(select(Issue.id)))
            views = work.views.issues(ids, now)
            rows = work.session.execute(select(Message, Channel.external_id).join(Channel, Channel.id == Message.channel_id)).all()
            copies = [Copy(m.id, channel, m.issue_id, m.external_id, m.parked_at is not None, m.storm_id) for m, channel in rows]
            activities = work.session.execute(select(Activity.issue_id, Activity.type).where(Activity.user_id.is_not(None))).all()
            led = {row.previous_id: row.issue_id for row in work.session.scalars(select(Redirect))}
        issues = {view.id: Standing(view.version, plain(cards.alert(view, LINKS).state), view.times_seen) for view in views}
        accepted = {one["event_id"]: led.get(one["issue_id"], one["issue_id"]) for one in self.book.all("accepted")}
        answered = {(one["request_id"], one["issue_id"], one["what"]) for one in self.book.all("answered")}
        asked = {Change(issue_id, what) for _, issue_id, what in answered}
        changes = [Change(issue_id, ActivityType(kind).name.lower()) for issue_id, kind in activities]
        events = {id_: count for id_, count in Counter(accepted.values()).items() if id_ in issues and id_ not in led}
        return History(
            sent=self.book.sent(),
            copies=copies,
            issues=issues,
            answered=[Change(issue_id, what) for _, issue_id, what in answered if issue_id in issues],
            changes=[change for change in changes if change in asked],
            events=events,
            excused=excused,
        )

    def faults(self, excused: int = 0) -> list[str]:
        """Every broken promise, in words."""
        return [str(one) for one in findings(self.history(excused))]


def _owed(now: datetime) -> ColumnElement[bool]:
    """Channels with anything to say at that time but new numbers, which nobody waits for."""
    is_behind = and_(Message.wanted_version > Message.shown_version, Message.parked_at.is_(None), Message.not_before_at <= now)
    copies = exists().where(Message.channel_id == Channel.id, is_behind)
    lines = exists().where(Line.channel_id == Channel.id, lines_due(now))
    return or_(copies, lines, exists().where(Storm.channel_id == Channel.id, storms_due(now)))
