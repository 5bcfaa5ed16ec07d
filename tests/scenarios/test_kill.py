"""kill -9 under load: every event that was answered with 200 is there after the restart, and was counted once."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.bootstrap import CoreSettings, open_core
from core.db.models import Event, Issue, IssueHour, IssueUser
from tests.scenarios.sdk_shop import Market, Shop, open_market
from tests.support.program import Bare, wait_for

pytestmark = pytest.mark.slow

CLIENTS, KILLS, BETWEEN = 6, 3, 100
"""``BETWEEN`` is how many events are answered before each kill."""
TITLES = ("the cellar is wet", "the roof is open", "the till is empty")
PEOPLE = 10


@dataclass
class Reporters:
    """Clients that report one event after another, each until it is answered with 200."""

    shop: Shop
    answered: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The title of each event and whom it hit, by its id."""
    tries: Counter[str] = field(default_factory=Counter)
    are_done: threading.Event = field(default_factory=threading.Event)

    def report(self) -> None:
        for number in itertools.count():
            if self.are_done.is_set():
                return
            event_id, title, person = uuid.uuid4().hex, TITLES[number % len(TITLES)], number % PEOPLE
            wait_for(partial(self._sent, event_id, title, person), 30)
            self.answered[event_id] = title, person

    def numbers(self, title: str) -> tuple[int, int]:
        """How many events with this title were answered, and how many different people they hit."""
        hit = [person for answered, person in self.answered.values() if answered == title]
        return len(hit), len(set(hit))

    def _sent(self, event_id: str, title: str, person: int) -> bool:
        """Whether it was answered with 200; nobody is there, or hangs up in the middle, while the program is dead."""
        self.tries[event_id] += 1
        event = {"event_id": event_id, "message": title, "timestamp": time.time(), "user": {"id": person}}
        envelope = "\n".join(map(json.dumps, ({"event_id": event_id}, {"type": "event"}, event)))
        try:
            path = f"/api/{self.shop.id}/envelope/?sentry_key={self.shop.key}"
            return self.shop.town.request("POST", path, envelope.encode())[0] == 200
        except (OSError, http.client.HTTPException):
            return False


@pytest.fixture
def market(tmp_path: Path, database_url: str) -> Iterator[Market]:
    with open_market(Bare(tmp_path, database_url, settings={"QUELL_SECRET_KEY": "k" * 32})) as market:
        yield market


def test_killed_under_load_it_counts_every_event_that_it_answered_once(market: Market) -> None:
    reporters = Reporters(market.shop())
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(reporters.report) for _ in range(CLIENTS)]
        try:
            for _ in range(KILLS):
                _await_more(reporters)
                market.town.kill()
                market.town.start()
            _await_more(reporters)
        finally:
            reporters.are_done.set()
    for client in clients:
        client.result()

    # Each kill caught somebody in the middle.
    assert sum(tries > 1 for tries in reporters.tries.values()) >= KILLS
    counted = {issue["title"]: (int(issue["count"]), issue["userCount"]) for issue in reporters.shop.issues(len(TITLES))}
    assert counted == {title: reporters.numbers(title) for title in TITLES}
    stored, details = _kept(market.town.database_url)
    assert sorted(stored) == sorted(reporters.answered)
    assert details == counted


def _await_more(reporters: Reporters) -> None:
    enough = len(reporters.answered) + BETWEEN
    wait_for(lambda: len(reporters.answered) >= enough, 30)


def _kept(database_url: str) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """The ids of all stored events; by the title of each issue the events of its hours and its users, added up."""
    with closing(open_core(CoreSettings(database_url))) as core, core.database.read() as work:
        stored = list(work.session.scalars(select(Event.event_id)))
        hours = select(func.sum(IssueHour.events)).where(IssueHour.issue_id == Issue.id).scalar_subquery()
        users = select(func.count()).where(IssueUser.issue_id == Issue.id).scalar_subquery()
        rows = work.session.execute(select(Issue.title, hours, users)).all()
    return stored, {title: (int(events), people) for title, events, people in rows}
