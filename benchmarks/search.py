"""Searches among a million issues: the time for a page of 100."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.accounts.directory import Newcomer
from core.bootstrap import CoreSettings, open_core
from core.db.columns import Base
from core.db.database import Database
from core.db.models import Assignee, Issue, IssueRelease, IssueTag
from core.db.search.pages import SearchStore
from core.search import PageOf, Searcher, parse
from core.types import JSON, Level, Priority, Role, Status, Substatus

ISSUES = 1_000_000
PROJECTS = 20
_SOWN = 50_000
_ROUNDS = 7
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

QUERIES = (
    ("", "under 100"),
    ("is:unresolved", "under 100"),
    ("is:unresolved level:fatal", "under 100"),
    ("is:unresolved assigned:me", "under 100"),
    ("is:unresolved assigned:#payments", "under 100"),
    ("is:unresolved project:p0", "under 100"),
    ("is:unresolved times_seen:>100", "under 100"),
    ("times_seen:>100000000", "under 100; looks at all"),
    ("is:[new,regressed] !level:[info,debug] priority:high age:-24h", "under 100"),
    ("is:unresolved is:unassigned", "under 100"),
    ("release:shop@1.0.7", "under 100"),
    ("customer:c77", "under 100"),
    ("is:unresolved environment:staging", "under 100"),
    ("is:unresolved timeout", "under 100"),
    ("is:unresolved sort:new", "reads all that fit"),
    ("is:unresolved sort:freq", "reads all that fit"),
    ("is:unresolved sort:priority", "reads all that fit"),
    ('"nobody wrote this"', "20,000 issues looked at"),
)


def figures() -> Iterator[str]:
    """On SQLite, with cold statements left out: each query is asked several times, and the median counts."""
    with tempfile.TemporaryDirectory() as folder:
        yield from figures_of(f"sqlite:///{Path(folder)}/quell.db")


def figures_of(url: str) -> Iterator[str]:
    """The same on any empty database."""
    core = open_core(CoreSettings(url), lambda: _NOW)
    core.upgrade()
    organization = core.directory.create_organization("acme")
    projects = [core.directory.create_project(f"p{number}", "acme", None).id for number in range(PROJECTS)]
    ada = core.directory.create_user(organization.id, Newcomer("Ada", "ada@acme.example", None), Role.ADMIN)
    team = core.directory.create_team("payments", organization.id, projects)
    began = time.monotonic()
    _fill(core.database, projects, ada.id, team.id)
    yield f"{ISSUES:,} issues in {PROJECTS} projects, made in {time.monotonic() - began:.0f} s"
    asker = Searcher(organization.id, _NOW, ada.id)
    for query, target in QUERIES:
        median, found = _timed(core.database, query, asker)
        yield f"{query or '(everything)':<62} {found:>4} found {median * 1000:8.1f} ms   ({target})"
    core.close()


def _timed(database: Database, query: str, asker: Searcher) -> tuple[float, int]:
    took, found = [], 0
    for _ in range(_ROUNDS):
        began = time.monotonic()
        with database.read() as work:
            found = len(SearchStore(work.session).page(parse(query), asker, PageOf()).ids)
        took.append(time.monotonic() - began)
    return statistics.median(took), found


def _fill(database: Database, projects: list[int], me: int, team: int) -> None:
    dice = random.Random(1)  # noqa: S311
    ids = range(1, _SOWN + 1)
    rows: dict[type[Base], list[JSON]] = {
        Issue: [_issue(id_, projects, dice) for id_ in ids],
        Assignee: [_assignee(id_, me, team) for id_ in ids if id_ % 20 == 0 or id_ % 501 == 0],
        IssueTag: [
            *(_tag(id_, "environment", "staging" if id_ % 30 == 0 else "production") for id_ in ids),
            *(_tag(id_, "customer", f"c{id_ // 10}") for id_ in ids if id_ % 10 == 0),
        ],
        IssueRelease: [{"issue_id": id_, "version": f"shop@1.0.{id_ % 400}", "first_seen_at": _NOW, "last_seen_at": _NOW} for id_ in ids],
    }
    with database.write() as work:
        for model, some in rows.items():
            work.session.execute(insert(model), some)
    for copies in range(1, ISSUES // _SOWN):
        with database.write() as work:
            for model in rows:
                _copy(work.session, model, copies * _SOWN)


def _copy(session: Session, model: type[Base], shift: int) -> None:
    """All that was sown once more, with numbers of its own."""
    columns = model.__table__.columns
    number = columns["id"] if model is Issue else columns["issue_id"]
    shifted = [(column + shift).label(column.name) if column is number or column.name == "number" else column for column in columns]
    session.execute(insert(model).from_select([column.name for column in columns], select(*shifted).where(number <= _SOWN)))


def _issue(id_: int, projects: list[int], dice: random.Random) -> JSON:
    status, substatus = dice.choices(
        ((Status.UNRESOLVED, Substatus.ONGOING), (Status.UNRESOLVED, Substatus.NEW), (Status.RESOLVED, None), (Status.ARCHIVED, Substatus.FOREVER)),
        (45, 5, 30, 20),
    )[0]
    born = _NOW - timedelta(seconds=dice.random() * 90 * 86_400)
    return {
        "id": id_,
        "project_id": projects[0] if id_ % 2 else projects[id_ // 2 % len(projects)],
        "number": id_,
        "status": status,
        "substatus": substatus,
        "level": dice.choices((Level.ERROR, Level.WARNING, Level.INFO, Level.FATAL), (70, 20, 9, 1))[0],
        "priority": dice.choices((Priority.HIGH, Priority.MEDIUM, Priority.LOW), (70, 20, 10))[0],
        "first_priority": Priority.HIGH,
        "title": f"ValueError: order {dice.randrange(10**6)} " + ("ran into a timeout" if dice.random() < 0.01 else "could not be paid"),
        "culprit": f"shop.checkout.pay_{id_ % 500}",
        "message": f"order {id_} could not be paid: the bank said no, and will say why in {dice.randrange(10**6)} days",
        "times_seen": int(dice.paretovariate(0.7)),
        "users_seen": int(dice.paretovariate(0.9)) - 1,
        "first_seen_at": born,
        "last_seen_at": born + (_NOW - born) * dice.random(),
        "active_at": born,
        "details": {},
    }


def _assignee(id_: int, me: int, team: int) -> JSON:
    mine = id_ % 501 == 0
    return {"issue_id": id_, "user_id": me if mine else None, "team_id": None if mine else team, "assigned_at": _NOW}


def _tag(id_: int, key: str, value: str) -> JSON:
    return {"issue_id": id_, "key": key, "value": value, "times_seen": 1, "last_seen_at": _NOW}
