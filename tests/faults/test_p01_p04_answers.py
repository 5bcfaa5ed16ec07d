"""Clicks on the real program by the chats' real protocols: answered in time whatever is slow, and carried out once however often they come."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from bot import demo
from core.bootstrap import Core, CoreSettings, open_core, system_clock
from core.types import ActivityType
from tests.support.core import Clock, World
from tests.support.faults.figures import LONG, Figures
from tests.support.faults.outages import held
from tests.support.faults.program import Apart, Knock, apart
from tests.support.program import ANA, BEN, JSON, Town, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(400)]
USUALLY, ALWAYS = 0.5, 2.0
"""Seconds within which 99 of 100 and all are answered."""
HOLD, LET_GO = 3.0, 0.3
"""For so many seconds the database is locked, and then free."""
HANG = 20.0
"""Seconds that the chats take for every answer."""


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Apart]:
    with apart(tmp_path, database_url) as town:
        yield town


@contextmanager
def opened(town: Apart) -> Iterator[Core]:
    with closing(open_core(CoreSettings(town.database_url))) as core:
        yield core


def happens(town: Apart, title: str) -> str:
    """An event of a new issue, whose copies are there then; returns its short id."""
    with opened(town) as core:
        project = core.directory.project(f"{demo.ORGANIZATION}/{demo.PROJECT}")
        ada = core.directory.user_of_email("ana@example.com", project.organization_id)
        (made,) = core.occurrences.record(project.id, [World(core, Clock(system_clock()), project, ada).occurrence(title)])
        name = core.reads.issue(project.organization_id, made.issue_id).short_id
    wait_for(lambda: town.slack_copy(name) and town.teams_copy(name), 15)
    return name


@pytest.mark.parametrize("presses", [12, pytest.param(100, marks=LONG)])
def test_p01_every_click_is_acknowledged_in_time_and_before_anything_is_said(town: Apart, presses: int, figures: Figures) -> None:
    """P1: no request of ours to a chat lies between a click and its acknowledgement; and with the database locked most of the time and both chats
    hanging, clicks are acknowledged in time.

    What Slack gets is an acknowledgement. What Teams gets is the result itself, so there it may take as long as a person waits anyway.
    """
    name = happens(town, "slow")
    deeds = [slack_press(town, name), slack_command(town), teams_press(town, name), teams_message(town)]
    for deed in deeds * 2:
        wait_for(lambda: quiet(town))
        town.notes.clear()
        (knock,) = wait_for(partial(heard, town, deed))
        assert deed is deeds[2] or town.notes.calls_during(knock) == [], f"{knock.path} took {knock.took:.3f} s"
    hang(town, "slow")
    town.notes.clear()
    with locked_now_and_then(town.database_url), ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda deed: deed(), itertools.islice(itertools.cycle(deeds), presses * len(deeds))):
            time.sleep(0.02)
    hang(town, None)
    all_in_time(town.notes.knocks, figures)
    assert figures.cases > presses * 3


def heard(town: Apart, deed: Callable[[], JSON]) -> list[Knock]:
    """What the program hears of a deed; nothing where the card was redrawn between the look and the finger, and a person presses again."""
    deed()
    return list(town.notes.knocks)


def hang(town: Apart, mode: str | None) -> None:
    """Both chats take long for every answer, or are well again."""
    for platform in ("slack", "teams"):
        town.post("/faults", {"platform": platform, "mode": mode, "seconds": HANG})


def all_in_time(knocks: list[Knock], figures: Figures) -> None:
    took = sorted(knock.took for knock in knocks)
    in_slack = sorted(knock.took for knock in knocks if knock.path.startswith("/slack/"))
    figures.cases, figures.worst_lag = len(took), took[-1]
    assert {knock.status for knock in knocks} <= {200, 201, 202}
    assert in_slack[int(len(in_slack) * 0.99) - 1] < USUALLY, in_slack[-5:]
    assert took[-1] < ALWAYS, took[-5:]


def quiet(town: Apart) -> bool:
    """Whether nothing was said to the chats for a while."""
    return not town.notes.calls or time.monotonic() - town.notes.calls[-1][0] > 0.5


def slack_press(town: Apart, name: str) -> Callable[[], JSON]:
    """Presses what the copy shows now."""
    return lambda: tried(lambda: town.press_in_slack(ANA, name, label(town.slack_copy(name))))


def label(message: JSON | None) -> str:
    """Resolve or Unresolve, whichever is there."""
    return "Unresolve" if '"Unresolve"' in json.dumps(message) else "Resolve"


def slack_command(town: Apart) -> Callable[[], JSON]:
    return lambda: town.act(BEN, "slack", "command", text="list")


def teams_press(town: Apart, name: str) -> Callable[[], JSON]:
    return lambda: tried(lambda: town.press_in_teams(ANA, name, label(town.teams_card(name))))


def tried(press: Callable[[], JSON]) -> JSON:
    """A press, or nothing where the card was redrawn between the look and the finger."""
    try:
        return press()
    except AssertionError:
        return {}


def teams_message(town: Apart) -> Callable[[], JSON]:
    return lambda: town.act(BEN, "teams", "message", text="@Quell list")


@contextmanager
def locked_now_and_then(url: str) -> Iterator[None]:
    """Somebody else keeps the database to themselves most of the time."""
    is_over = threading.Event()

    def hold() -> None:
        while not is_over.is_set():
            with held(url):
                is_over.wait(HOLD)
            is_over.wait(LET_GO)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        is_over.set()
        holder.join()


@pytest.mark.parametrize("rounds", [1, pytest.param(2, marks=LONG)])
def test_p04_the_same_click_five_times_at_once_at_two_processes_acts_once(town: Apart, rounds: int, figures: Figures) -> None:
    """P4: a repeated request of either platform acts once, also when it comes five times at once at two processes."""
    twin = town.twin()
    twin.start()
    try:
        for number in range(rounds):
            names = {source: happens(town, f"issue {number} of {source}") for source in ("slack", "msteams")}
            for source, knock in unanswered(town, names):
                with ThreadPoolExecutor(5) as pool:
                    ports = [town.port, twin.port, town.port, twin.port, town.port]
                    answers = list(pool.map(partial(send, knock), ports))
                assert set(answers) <= {200, 202}
                wait_for(partial(acts, town, names[source], source))
                figures.cases += len(ports)
                figures.duplicates += acts(town, names[source], source) - 1
        assert figures.duplicates == 0
    finally:
        twin.kill()


def unanswered(town: Apart, names: dict[str, str]) -> list[tuple[str, Knock]]:
    """Clicks that nobody has heard yet: the program was dead when they were made."""
    town.kill()
    town.notes.clear()
    town.press_in_slack(ANA, names["slack"], "Resolve")
    town.press_in_teams(ANA, names["msteams"], "Resolve")
    missed = [knock for knock in town.notes.knocks if knock.status == 0]
    town.start()
    return list(zip(("slack", "msteams"), missed, strict=True))


def send(knock: Knock, port: int) -> int:
    """The very same request again."""
    town = Town(Path(), "", port=port)
    return town.request("POST", knock.path, knock.body, knock.headers)[0]


def acts(town: Apart, name: str, source: str) -> int:
    """How often somebody resolved that issue from there."""
    with opened(town) as core:
        project = core.directory.project(f"{demo.ORGANIZATION}/{demo.PROJECT}")
        activities = core.reads.activities(project.organization_id, name)
        return sum(one.source == source and one.type is ActivityType.SET_RESOLVED for one in activities)
