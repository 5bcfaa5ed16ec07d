"""A snooze ends once and in time: with schedulers that are killed, clocks that are set, a million that wait, and when the hour changes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from bot.chat.interactions import FormSubmitted, TypedCommand
from bot.chat.targets import OneIssue
from core.bootstrap import system_clock
from core.db.models import Activity, Issue, Snooze
from core.issues.actions import Archive
from core.rules.snooze import Condition
from core.types import ActivityType, Source, Status
from scheduler.jobs import JOBS
from scheduler.runner import Ticker
from tests.support.core import Clock, World
from tests.support.faults.bench import Bench
from tests.support.faults.figures import LONG, Figures

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(900)]
IN_TIME = 1.0
"""Seconds within which a snooze ends."""
KILL_EVERY = 2.0


class Scheduler:
    """A process that does nothing else."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "tests.support.faults.scheduler_process", url]
        self._process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)

    def has_begun(self) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline() == "begun\n"

    def kill(self) -> None:
        """No warning, no clean-up."""
        self._process.kill()
        self._process.wait(timeout=10)
        assert self._process.stdout
        self._process.stdout.close()


@pytest.mark.parametrize(("snoozes", "seconds"), [(60, 7), pytest.param(1500, 45, marks=LONG)])
def test_p09_a_snooze_ends_once_while_schedulers_are_killed_every_two_seconds(world: World, snoozes: int, seconds: float, figures: Figures) -> None:
    """P9: two schedulers, of which one is killed every two seconds; each snooze ends once, within a second of its time."""
    url = world.core.settings.database_url
    schedulers = [Scheduler(url), Scheduler(url)]
    for one in schedulers:
        one.has_begun()
    world.clock.now = system_clock()
    begin = world.clock() + timedelta(seconds=1)
    ends = [begin + timedelta(seconds=seconds * number / snoozes) for number in range(snoozes)]
    world.core.occurrences.record(world.project.id, [world.occurrence(f"issue {number}") for number in range(snoozes)])
    with world.core.database.write() as work:
        work.session.execute(text("UPDATE issues SET status = :status"), {"status": int(Status.ARCHIVED)})
        rows = [{"issue_id": number, "until_at": end, "events_before": 1, "users_before": 0, "began_at": begin} for number, end in enumerate(ends, 1)]
        work.session.execute(insert(Snooze), rows)
    kills = 0
    while system_clock() < ends[-1] + timedelta(seconds=IN_TIME):
        time.sleep(KILL_EVERY)
        schedulers[kills % 2].kill()
        schedulers[kills % 2] = Scheduler(url)
        schedulers[kills % 2].has_begun()
        kills += 1
    for one in schedulers:
        one.kill()
    figures.cases, figures.kills = snoozes, kills
    _all_ended_once(world, ends, figures)


def _all_ended_once(world: World, ends: list[datetime], figures: Figures) -> None:
    with world.core.database.read() as work:
        lifted = select(Activity.issue_id, Activity.happened_at).where(
            Activity.type == ActivityType.SET_UNRESOLVED, Activity.source == Source.SCHEDULER
        )
        found = work.session.execute(lifted).all()
    times = Counter(row.issue_id for row in found)
    figures.losses, figures.duplicates = len(ends) - len(times), sum(times.values()) - len(times)
    figures.worst_lag = max((row.happened_at - ends[row.issue_id - 1]).total_seconds() for row in found)
    assert (figures.losses, figures.duplicates) == (0, 0)
    assert min((row.happened_at - ends[row.issue_id - 1]).total_seconds() for row in found) >= 0
    assert figures.worst_lag <= IN_TIME


def test_p09_a_clock_that_is_set_ends_a_snooze_once(world: World, figures: Figures) -> None:
    """P9: the clock jumps two days ahead and back again; what was over is over, once, and what is not over stays."""
    for title, hours in (("soon", 1), ("later", 1000)):
        world.event(title)
        world.do(Archive(Condition(until_at=world.clock() + timedelta(hours=hours))), ids=(world.events,))
    ticker = Ticker(world.core, JOBS[:1])
    with _running(ticker):
        for jump in (2, -2, 2):
            world.clock.pass_by(days=jump)
            ticker.notice_jump(lambda jump=jump: jump * 86_400.0)  # type: ignore[misc]
            until = time.monotonic() + 5
            while world.issue("SHOP-1").status is Status.ARCHIVED:
                assert time.monotonic() < until
                time.sleep(0.01)
    assert world.history("SHOP-1") == ["first_seen", "set_ignored", "set_unresolved"]
    assert world.issue("SHOP-2").status is Status.ARCHIVED
    figures.cases = 3


@contextmanager
def _running(ticker: Ticker) -> Iterator[None]:
    ticker.start()
    try:
        yield
    finally:
        ticker.stop()


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),  # in Lisbon, summer time ends that night
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 8, tzinfo=UTC)),  # and here it begins
    ],
    ids=["autumn", "spring"],
)
def test_p09_tomorrow_at_nine_is_nine_although_the_hour_changes_in_the_night(bench: Bench, now: datetime, end: datetime, figures: Figures) -> None:
    """P9: a snooze until nine ends at nine by the clock on the wall, on the nights on which an hour is missing or comes twice."""
    bench.world.clock.now = now
    bench.takes_in([bench.world.occurrence("one")])
    bench.now(TypedCommand("whoami"))
    bench.now(FormSubmitted("archive", OneIssue(1, 1), {"how": "tomorrow"}))
    snooze = bench.world.issue(1).snooze
    assert snooze
    assert snooze.until_at == end
    for moment, status in ((end - timedelta(seconds=1), Status.ARCHIVED), (end, Status.UNRESOLVED)):
        bench.world.clock.now = moment
        bench.ticks()
        assert bench.world.issue(1).status is status
    figures.cases = 1


MANY = 1_000_000
DUE = 500


@LONG
def test_p09_among_a_million_the_next_one_due_is_found_in_a_millisecond(world: World, clock: Clock, figures: Figures) -> None:
    """P9: with a million snoozes pending, looking for what is due costs less than a millisecond, and what is due ends within a second."""
    world.event()
    _multiply(world, MANY)
    with world.core.database.read() as work:
        looks = []
        for _ in range(200):
            begun = time.perf_counter()
            assert not work.deadlines.has_expired_snoozes(clock())
            looks.append(time.perf_counter() - begun)
    assert statistics.median(looks) < 0.001
    clock.pass_by(minutes=1)
    begun, lifted = time.perf_counter(), 0
    while count := world.core.timers.lift_snoozes():
        lifted += count
    figures.cases, figures.worst_lag = MANY, time.perf_counter() - begun
    assert lifted == DUE
    assert figures.worst_lag < IN_TIME


def _multiply(world: World, many: int) -> None:
    """So many archived issues like the first; a few end in a minute, the others next year."""
    copied = ", ".join(column.name for column in Issue.__table__.columns if column.name not in ("id", "number", "status"))
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})"
    issues = (
        f"INSERT INTO issues (number, status, {copied}) {numbers}"
        f" SELECT 1000 + i, {int(Status.ARCHIVED)}, {copied} FROM issues, n WHERE issues.id = 1"
    )
    snoozes = (
        "INSERT INTO snoozes (issue_id, until_at, events_before, users_before, began_at)"
        f" SELECT id, CASE WHEN number <= {1000 + DUE} THEN :soon ELSE :late END, 1, 0, first_seen_at FROM issues WHERE id > 1"
    )
    is_sqlite = world.core.settings.database_url.startswith("sqlite")
    ends = {"soon": world.clock() + timedelta(seconds=30), "late": world.clock() + timedelta(days=365)}
    plain = {name: end.strftime("%Y-%m-%d %H:%M:%S.%f") if is_sqlite else end for name, end in ends.items()}
    with world.core.database.write() as work:
        work.session.execute(text(issues))
        work.session.execute(text(snoozes), plain)
        work.session.commit()
        work.session.execute(text("ANALYZE"))
