"""SQL finds just what the terms of a query mean, whatever the issues and the query are."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.bootstrap import Core
from core.db.models import (
    Issue,
)
from core.db.search.pages import SearchStore
from core.errors import UnknownName, UnknownUser
from core.search import BadQuery, PageOf, PagePosition, Query, Sort, parse
from core.search.terms import (
    AllOf,
    Assigned,
    Bookmarked,
    FirstRelease,
    HasText,
    Hit,
    InLatestRelease,
    InProject,
    NamedIssue,
    Not,
    Number,
    OneOf,
    OnPlatform,
    Pattern,
    Says,
    SeenInRelease,
    SeenWithin,
    Standing,
    Tagged,
    Term,
    Waiting,
    When,
    Who,
)
from core.types import OPEN_TO_TRIAGE, Level, Priority, Status, Substatus, parse_short_id
from tests.examples import examples
from tests.support.core import NOON
from tests.support.db.search import (
    ADA,
    ASKER,
    BOB,
    FOREIGN_SHOP,
    OTHERS,
    PAYMENTS,
    PEOPLE,
    PROJECTS,
    SHOP,
    TEAMS,
    TILL,
    Made,
    put,
    settle,
)

MY_TEAMS = {PAYMENTS}


ASKED = """
    is:unresolved is:new is:[resolved,forever] is:inbox is:unassigned assigned:me assigned:[none,#payments] assigned:my_teams bookmarks:me
    level:error level:[error,fatal] level:>=warning priority:high project:till project:s* release:1.0 release:1.* has:release
    firstRelease:1.1 firstRelease:1.* has:firstRelease release:latest user:id:7
    environment:staging url:a* has:url times_seen:>3 times_seen:2 users:<2 age:-3h age:+2h lastSeen:-2h lastSeen:>2026-11-23T10:00
    firstSeen:2026-11-23 id:[1,3] issue:SHOP-2 boom o*m title:% culprit:_ message:k\\s platform:ruby has:assignee *
    has:transaction has:message has:Environment
"""


WORDS = st.sampled_from([*ASKED.split(), '"b o"'])


NEGATIONS = st.sampled_from(["", "", "!"])


QUERIES = st.lists(st.builds(str.__add__, NEGATIONS, WORDS), max_size=4).map(" ".join)


AGES = st.integers(0, 5).map(lambda hours: timedelta(hours=hours))


TEXTS = st.sampled_from(["Boom", "b o o m", "100%", "a_b", "back\\slash", ""])


STANDINGS = st.sampled_from(
    [
        (Status.UNRESOLVED, None),
        (Status.UNRESOLVED, Substatus.NEW),
        (Status.UNRESOLVED, Substatus.ONGOING),
        (Status.RESOLVED, None),
        (Status.ARCHIVED, Substatus.FOREVER),
        (Status.PENDING_MERGE, None),
    ]
)


@st.composite
def issues(draw: st.DrawFn) -> Made:
    status, substatus = draw(STANDINGS)
    user, team = draw(st.sampled_from([(None, None), (ADA, None), (BOB, None), (None, PAYMENTS), (None, OTHERS)]))
    return Made(
        title=draw(TEXTS),
        project=draw(st.sampled_from([SHOP, SHOP, TILL, FOREIGN_SHOP])),
        status=status,
        substatus=substatus,
        level=draw(st.sampled_from(Level)),
        priority=draw(st.sampled_from(Priority)),
        culprit=draw(TEXTS),
        message=draw(TEXTS),
        platform=draw(st.sampled_from(["python", "ruby"])),
        times=draw(st.integers(1, 5)),
        users=draw(st.integers(0, 3)),
        born=draw(AGES),
        seen=draw(AGES),
        user=user,
        team=team,
        waits=draw(st.booleans()),
        bookmarked_by=draw(st.frozensets(st.sampled_from([ADA, BOB]))),
        releases=draw(st.frozensets(st.sampled_from(["1.0", "1.1", "2.0"]))),
        tags=draw(st.frozensets(st.tuples(st.sampled_from(["environment", "url"]), st.sampled_from(["staging", "A", "ab"])))),
    )


def holds(term: Term, id_: int, one: Made) -> bool:  # noqa: C901, PLR0911, PLR0912
    """The meaning of a term, without SQL."""
    match term:
        case Not(negated):
            return not holds(negated, id_, one)
        case OneOf(terms):
            return any(holds(each, id_, one) for each in terms)
        case AllOf(terms):
            return all(holds(each, id_, one) for each in terms)
        case SeenWithin():
            raise AssertionError(term)  # No query spells it.
        case Standing(status, substatus):
            return one.status == status and substatus in (None, one.substatus)
        case Waiting():
            return one.waits
        case Assigned(who):
            return one.user in users_of(who) or one.team in teams_of(who)
        case Bookmarked(who):
            return not one.bookmarked_by.isdisjoint(users_of(who))
        case Number(name, operator, value):
            return compared({"level": one.level, "priority": one.priority, "times_seen": one.times, "users_seen": one.users}[name], operator, value)
        case When(name, operator, moment):
            at = NOON - (one.born if name == "first_seen_at" else one.seen)
            return compared(at, operator, NOON - moment if isinstance(moment, timedelta) else moment)
        case NamedIssue(name):
            return name in (id_, parse_short_id(f"{PROJECTS[one.project]}-{id_}"))
        case InProject(slug):
            return fits(PROJECTS[one.project], slug)
        case SeenInRelease(version):
            return any(fits(each, version) for each in one.releases)
        case FirstRelease(Pattern() as version):
            return bool(one.releases) and fits(min(one.releases), version)
        case FirstRelease() | InLatestRelease() | Hit():
            return False
        case Tagged(key, pattern):
            return any(key == name and fits(value, pattern) for name, value in one.tags)
        case OnPlatform(platform):
            return fits(one.platform, platform)
        case HasText(name):
            return bool(getattr(one, name))
        case Says(names, text):
            return any(fits(getattr(one, name), Pattern(("", *text.parts, ""))) for name in names)


def users_of(who: Who) -> set[int]:
    if who.kind == "user":
        return {id_ for id_, names in PEOPLE.items() if who.name.lower() in (name.lower() for name in names)}
    return {"me": {ADA}, "anyone": {ADA, BOB}}.get(who.kind, set())


def teams_of(who: Who) -> set[int]:
    named = {id_ for id_, slug in TEAMS.items() if slug == who.name.lower()}
    return {"my_teams": MY_TEAMS, "anyone": {PAYMENTS, OTHERS}, "team": named}.get(who.kind, set())


def compared(left: datetime | int, operator: str, right: datetime | int) -> bool:
    a: Any = left
    return bool({"=": a == right, ">": a > right, ">=": a >= right, "<": a < right, "<=": a <= right}[operator])


def fits(text: str, pattern: Pattern) -> bool:
    if pattern.is_exact:
        return text == pattern.parts[0]
    return re.fullmatch(".*".join(map(re.escape, pattern.parts)), text, re.IGNORECASE | re.DOTALL) is not None


KEYS = {
    Sort.DATE: lambda one: -one.seen,
    Sort.NEW: lambda one: -one.born,
    Sort.FREQ: lambda one: one.times,
    Sort.USER: lambda one: one.users,
    Sort.PRIORITY: lambda one: one.priority,
}


def walked(search: SearchStore, query: Query, limit: int) -> tuple[list[int], PagePosition | None]:
    """All pages, forwards; and where the last one began to look back from."""
    ids: list[int] = []
    place: PagePosition | None = None
    for _ in range(100):
        page = search.page(query, ASKER, PageOf(limit, place))
        assert len(page.ids) <= limit
        assert (page.previous is None) == (place is None)
        ids += page.ids
        if page.next is None:
            return ids, page.previous
        place = page.next
    raise AssertionError("the pages do not end")


@settings(
    max_examples=examples(40),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    made=st.lists(issues(), max_size=12),
    texts=st.lists(QUERIES, min_size=3, max_size=6),
    sort=st.sampled_from(Sort),
    limit=st.integers(1, 5),
    bounds=st.sampled_from([(20_000, 5_000, 400), (3, 0, 400), (2, 3, 0), (1, 0, 400)]),
)
def test_sql_finds_what_the_terms_mean_page_by_page(
    core: Core, made: list[Made], texts: list[str], sort: Sort, limit: int, bounds: tuple[int, int, int]
) -> None:
    with pytest.MonkeyPatch.context() as patch, core.database.write() as work:
        for name, bound in zip(("pages.MAX_SCANNED_ISSUES", "conditions.MAX_SORTED_ISSUES", "conditions._MAX_CONDITIONS"), bounds, strict=True):
            patch.setattr(f"core.db.search.{name}", bound)
        settle(work.session)
        put(work.session, made)
        search = SearchStore(work.session)
        for text in texts:
            query = Query(parse(text).terms, sort)
            expected = {
                id_: one
                for id_, one in enumerate(made, 1)
                if one.project != FOREIGN_SHOP and one.status in OPEN_TO_TRIAGE and all(holds(term, id_, one) for term in query.terms)
            }
            in_order = sorted(expected, key=lambda id_: (KEYS[sort](expected[id_]), id_), reverse=True)
            assert set(work.session.scalars(select(Issue.id).where(search.where(query, ASKER)))) == set(expected), text
            assert walked(search, query, limit)[0] == in_order, text
            assert backwards(search, query, limit) == in_order, text
            assert in_chunks(search, query, limit) == sorted(expected), text
        work.session.rollback()


def backwards(search: SearchStore, query: Query, limit: int) -> list[int]:
    """All pages, from behind the last issue."""
    ids: list[int] = []
    place: PagePosition | None = PagePosition(1 - 10**18, 0, is_backwards=True)
    while place:
        page = search.page(query, ASKER, PageOf(limit, place))
        assert page.next is not None
        ids = [*page.ids, *ids]
        place = page.previous
    return ids


def in_chunks(search: SearchStore, query: Query, limit: int) -> list[int]:
    ids: list[int] = []
    while chunk := search.ids_after(query, ASKER, ids[-1] if ids else 0, limit):
        ids += chunk
    return ids


def test_the_words_of_any_text_can_be_searched_for(core: Core) -> None:
    @settings(max_examples=examples(60), deadline=None)
    @given(st.text(max_size=30))
    def check(text: str) -> None:
        with core.database.read() as work, contextlib.suppress(BadQuery, UnknownName, UnknownUser):
            SearchStore(work.session).page(parse(text), ASKER, PageOf())

    check()
