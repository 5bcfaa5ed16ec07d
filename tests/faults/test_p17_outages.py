"""The database is full, locked, away, or has no connection left: refused with a clear answer, nothing half done, and well again by itself."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from bot.chat.elements import Notice, Reply, plain
from bot.chat.interactions import Press
from bot.chat.targets import OneIssue
from core.bootstrap import Core, CoreSettings, open_core
from core.errors import DatabaseAway
from core.events.record import Occurrence
from scheduler.jobs import JOBS, Job
from scheduler.runner import Ticker
from tests.support.core import Clock
from tests.support.db.databases import administer
from tests.support.faults.bench import Bench
from tests.support.faults.durable_chat import Book
from tests.support.faults.figures import LONG, Figures
from tests.support.faults.history import Change
from tests.support.faults.kills import Nursery, SqlitePlaces
from tests.support.faults.outages import Outage, hang_up, locked_sqlite, no_postgres, no_room_in_sqlite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
AWAY = "Quell's database does not answer. If the message does not change, nothing was done: try again in a moment."
RESOLVED = [Change(1, "set_resolved")]
OUTAGES = [
    pytest.param("sqlite", no_room_in_sqlite, id="disk full"),
    pytest.param("sqlite", locked_sqlite, id="locked"),
    pytest.param("postgres", no_postgres, id="gone", marks=pytest.mark.postgres),
]


@pytest.fixture
def database_url(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of the kind that the outage is about."""
    if kind == "sqlite":
        file = tmp_path / "quell.db"
        file.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{file}"
        return
    server, template, name = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template"), f"quell_{uuid.uuid4().hex[:12]}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def server(request: pytest.FixtureRequest, kind: str) -> str:
    """The PostgreSQL that the database lies on; empty for a file."""
    return request.getfixturevalue("postgres") if kind == "postgres" else ""


def refused(reply: Reply) -> str:
    assert isinstance(reply, Notice), reply
    assert reply.is_refusal
    return plain(reply.text)


def heavy(bench: Bench, title: str) -> list[Occurrence]:
    """So many and so large events that no page has room for them."""
    return [replace(bench.world.occurrence(title), payload={"message": "x" * 5000}) for _ in range(20)]


@pytest.mark.parametrize(("kind", "outage"), OUTAGES)
async def test_p17_while_the_database_is_out_of_order_everything_is_refused_clearly_and_then_works_again(
    bench: Bench, outage: Outage, server: str, figures: Figures
) -> None:
    """P17: a click gets a clear refusal, an event is not accepted, nothing is half done; afterwards the same ones work, and copies are true."""
    bench.takes_in(heavy(bench, "one"))
    bench.world.event("asleep")
    await bench.asks(Press("resolve", OneIssue(2, 1)))
    await bench.comes_to_rest()
    before = bench.history()
    async with bench.sending():
        with outage(bench.core, server), ticking(bench.core):
            again = heavy(bench, "one")
            with pytest.raises(DatabaseAway):
                bench.takes_in(again)
            if outage is not no_room_in_sqlite:  # a click is small, and may fit into what is left of a page
                assert refused(await bench.asks(Press("resolve", OneIssue(1, 1)), "slack:click", RESOLVED)) == AWAY
                assert not bench.core.is_ready() or outage is locked_sqlite
        assert bench.history().issues == before.issues
        bench.takes_in(again)
        assert not isinstance(await bench.asks(Press("resolve", OneIssue(1, 1)), "slack:click", RESOLVED), Notice)
    await bench.comes_to_rest()
    assert bench.core.is_ready()
    assert bench.faults() == []
    figures.cases = 1


def ticking(core: Core) -> closing[Any]:
    """The scheduler looks for what is due all the time, and must get over whatever it meets."""
    ticker = Ticker(core, tuple(Job(job.name, job.run, timedelta(seconds=0.05)) for job in JOBS[:3]))
    ticker.start()
    ticker.close = ticker.stop  # type: ignore[attr-defined]
    return closing(ticker)


def test_p17_when_no_file_can_grow_a_click_is_refused_and_later_it_works(
    nursery: Nursery, sqlite_template: Path, tmp_path: Path, figures: Figures
) -> None:
    """P17: the disk is full as the operating system says it; the click is refused, and once there is room it works and every copy is true."""
    places = SqlitePlaces(tmp_path, sqlite_template)
    place = places.new()
    nursery.ask("prepare", deed="a click", **place.as_job())
    assert nursery.ask("starve", deed="a click", **place.as_job())["said"] == AWAY
    assert nursery.ask("rest", deed="a click", excused=0, **place.as_job())["findings"] == []
    figures.cases = 1


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=LONG)])
def test_p17_a_connection_that_is_cut_at_any_statement_leaves_nothing_half_done(bench: Bench, server: str, stride: int, figures: Figures) -> None:
    """P17: PostgreSQL goes away in the middle of a click, at each statement in turn; the click is done or not, never half."""
    for number in itertools.count(1, stride):
        issue_id = bench.takes_in([bench.world.occurrence(f"issue {number}")])[0].issue_id
        cut = Cut(bench.core, server, number)
        reply = bench.now(Press("resolve", OneIssue(issue_id, 1)))
        cut.is_over()
        version = bench.world.issue(issue_id).version
        # Cut between the commit and the drawing of the card, it was done: the sentence leaves that to the message.
        assert refused(reply) == AWAY if isinstance(reply, Notice) else version == 2
        assert version in (1, 2)
        figures.cases += 1
        if not cut.was_made:
            break
    assert figures.cases > 3
    asyncio.run(bench.comes_to_rest())
    assert bench.faults() == []


class Cut:
    """Cuts all connections before the n-th statement from now on."""

    def __init__(self, core: Core, server: str, number: int) -> None:
        self._core, self._server, self._left = core, server, number
        self.was_made = False
        event.listen(core.database.engine, "before_cursor_execute", self._count)

    def is_over(self) -> None:
        event.remove(self._core.database.engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self._left -= 1
        if not self._left:
            self.was_made = True
            hang_up(self._core, self._server)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_p17_without_a_free_connection_it_says_so_and_goes_on_when_there_is_one(
    bench: Bench, clock: Clock, server: str, tmp_path: Path, figures: Figures
) -> None:
    """P17: the server has no connection left for us."""
    issue_id = bench.takes_in([bench.world.occurrence("one")])[0].issue_id
    await bench.asks(Press("review", OneIssue(issue_id, 1)))
    role = f"quell_{uuid.uuid4().hex[:12]}"
    own = make_url(bench.core.settings.database_url)
    database = make_url(server).set(database=own.database).render_as_string(hide_password=False)
    for statement in (f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0", f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"):
        administer(database, statement)
    administer(database, f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
    with closing(open_core(CoreSettings(own.set(username=role, password=None).render_as_string()), clock)) as core:
        poor = Bench.reopen_with(core, bench, Book(tmp_path / "book"))
        assert refused(await poor.asks(Press("resolve", OneIssue(issue_id, 1)), "slack:poor")) == AWAY
        administer(server, f"ALTER ROLE {role} CONNECTION LIMIT 8")
        assert not isinstance(await poor.asks(Press("resolve", OneIssue(issue_id, 1)), "slack:poor", RESOLVED), Notice)
        poor.close()
    await bench.comes_to_rest()
    assert bench.faults() == []
    figures.cases = 1
    administer(database, f"DROP OWNED BY {role}")
    administer(database, f"DROP ROLE {role}")
