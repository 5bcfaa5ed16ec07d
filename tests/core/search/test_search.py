"""What each query finds, in which order, and for whom; and which names are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bootstrap import Core
from core.db.models import (
    Issue,
    Project,
)
from core.db.search.pages import SearchStore
from core.errors import UnknownName, UnknownUser
from core.search import BadQuery, PageOf, Searcher, parse
from tests.support.core import NOON
from tests.support.db.search import (
    ADA,
    ASKER,
    FOREIGN_ADA,
    FOREIGN_SHOP,
    TILL,
    WORLD,
    Made,
    put,
    settle,
)

HERE = set(WORLD) - {"gone", "foreign"}
OPEN = {"cart", "pay", "slow", "till", "tagged"}

FINDS: dict[str, set[str]] = {
    "": HERE,
    "   ": HERE,
    "*": HERE,
    "is:unresolved": OPEN,
    "IS:Unresolved": OPEN,
    "status:unresolved": OPEN,
    "!is:unresolved": HERE - OPEN,
    "is:resolved": {"done"},
    "is:ignored": {"later", "until", "never"},
    "is:archived": {"later", "until", "never"},
    "is:muted": {"later", "until", "never"},
    "is:[resolved, archived]": {"done", "later", "until", "never"},
    "is:resolved is:archived": set(),
    "is:new": {"cart"},
    "!is:new": HERE - {"cart"},
    "is:ongoing": {"slow"},
    "is:escalating": {"pay"},
    "is:regressed": {"till"},
    "is:archived_until_escalating": {"later"},
    "is:until_escalating": {"later"},
    "is:archived_until_condition_met": {"until"},
    "is:until_condition_met": {"until"},
    "is:archived_forever": {"never"},
    "is:forever": {"never"},
    "is:assigned": {"cart", "pay", "done", "until"},
    "is:unassigned": HERE - {"cart", "pay", "done", "until"},
    "is:for_review": {"cart"},
    "is:inbox": {"cart"},
    "is:bookmarked": {"done"},
    "bookmarks:me": {"done"},
    "bookmarks:ada@acme.example": {"done"},
    "bookmarks:bob@acme.example": set(),
    "assigned:me": {"cart"},
    "assigned_to:me": {"cart"},
    "!assigned:me": HERE - {"cart"},
    "assigned:none": HERE - {"cart", "pay", "done", "until"},
    "assigned:ada@acme.example": {"cart"},
    "assigned:ADA@acme.example": {"cart"},
    "assigned:@Ada": {"cart"},
    'assigned:"bob b"': {"done"},
    "assigned:#payments": {"pay"},
    "assigned:#Payments": {"pay"},
    "assigned:my_teams": {"pay"},
    "assigned:[me, my_teams]": {"cart", "pay"},
    "is:unresolved assigned:[me,none]": OPEN - {"pay"},
    "level:fatal": {"pay"},
    "level:[fatal,warning]": {"pay", "slow"},
    "!level:[error,fatal]": {"slow", "never"},
    "level:>=fatal": {"pay"},
    "level:<error": {"slow", "never"},
    "priority:high": HERE - {"slow", "never"},
    "issue.priority:[medium, low]": {"slow", "never"},
    "project:till": {"till"},
    "project:SHOP": HERE - {"till"},
    "project:[shop,till]": HERE,
    "project:*l*": {"till"},
    "project:nothing*": set(),
    "!project:shop": {"till"},
    "release:1.2.0": {"later"},
    "release:1.2": set(),
    "release:1.*": {"later"},
    "release:SHOP@*": {"later"},
    "!release:1.*": HERE - {"later"},
    "has:release": {"later"},
    "firstRelease:1.2.0": {"later"},
    "firstRelease:shop@2.0": set(),
    "first_release:1.*": {"later"},
    "!firstRelease:1.2.0": HERE - {"later"},
    "firstRelease:latest": set(),
    "release:latest": set(),
    "!release:latest": HERE,
    "has:firstRelease": {"later"},
    "user:ada@example.com": set(),
    "!has:user": HERE,
    "is:unresolved AND level:fatal": {"pay"},
    "AND": HERE,
    '"a OR b"': set(),
    "browser:Chrome*": set(),
    "!has:release": HERE - {"later"},
    "has:assignee": {"cart", "pay", "done", "until"},
    "environment:production": {"tagged"},
    "environment:[production,staging]": {"tagged", "till"},
    "environment:Production": set(),
    "url:/pay": {"till"},
    "!url:/pay": HERE - {"till"},
    "url:/p*": {"till"},
    "has:url": {"till"},
    "has:[url,level]": {"till", "tagged"},
    "tags[level]:loud": {"tagged"},
    'note:"a b\\*c"': {"tagged"},
    "note:a*": {"tagged"},
    "platform:ruby": {"until"},
    "times_seen:>100": {"pay"},
    "timesSeen:>=5": {"cart", "pay"},
    "times_seen:5": {"cart"},
    "times_seen:=5": {"cart"},
    "times_seen:<5": HERE - {"cart", "pay"},
    "times_seen:<=5": HERE - {"pay"},
    "times_seen:>999999999999999999": set(),
    "users:>10": {"pay"},
    "user_count:0": HERE - {"pay"},
    "age:-24h": HERE - {"pay", "slow"},
    "age:+2d": {"pay", "slow"},
    "age:-36500d": HERE,
    "firstSeen:-1w": HERE,
    "first_seen:+3000m": {"pay", "slow"},
    "lastSeen:-90m": {"cart", "pay"},
    "lastSeen:+1d": {"slow"},
    "lastSeen:2026-11-22": {"slow"},
    "!lastSeen:2026-11-22": HERE - {"slow"},
    "lastSeen:>=2026-11-23T11:00:00Z": {"cart", "pay"},
    "lastSeen:>=2026-11-23T12:00:00+01:00": {"cart", "pay"},
    "lastSeen:>2026-11-23T11:00:00": set(),
    "lastSeen:<2026-11-23": {"slow"},
    "id:1": {"cart"},
    "id:[1,2,10,11]": {"cart", "pay"},
    "issue:SHOP-1": {"cart"},
    "issue:[shop-1,till-8]": {"cart", "till"},
    "issue:#SHOP-2": {"pay"},
    "issue:TILL-1": set(),
    "!id:1": HERE - {"cart"},
    "keyerror": {"cart"},
    "KeyError: tea": {"cart"},
    '"KeyError: tea"': set(),
    "shop.cart": {"cart"},
    "“the bank”": {"pay"},
    "!keyerror": HERE - {"cart"},
    "!“the bank”": HERE - {"pay"},
    "it*cat": {"done"},
    "100%": {"slow"},
    "0% of_": {"slow"},
    "o_t": set(),
    "f_t": {"slow"},
    "f%t": set(),
    "\\o/": {"slow"},
    "title:done": {"done"},
    "message:done": set(),
    "message:cat": {"done"},
    "culprit:cart": {"cart"},
    "std::vector": set(),
    "https://example.com/a": set(),
    "don't": set(),
    "'; DROP TABLE issues; --": set(),
    "\0": HERE,
    "do\0ne": {"done"},
    "\ud800": set(),
    "is:unresolved level:error !assigned:me sort:freq": {"till", "tagged"},
}


def found(session: Session, query: str, asker: Searcher = ASKER) -> set[str]:
    names = list(WORLD)
    return {names[id_ - 1] for id_ in session.scalars(select(Issue.id).where(SearchStore(session).where(parse(query), asker)))}


def test_each_query_finds_what_it_says(session: Session) -> None:
    assert {query: found(session, query) for query in FINDS} == FINDS


def test_pages_and_chunks_find_the_same_as_the_condition(session: Session) -> None:
    names = list(WORLD)
    for query, expected in FINDS.items():
        page = SearchStore(session).page(parse(query), ASKER, PageOf())
        assert {names[id_ - 1] for id_ in page.ids} == expected, query
        assert [names.index(name) + 1 for name in names if name in expected] == SearchStore(session).ids_after(parse(query), ASKER, 0, 100), query


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("is:unresolved", ["pay", "cart", "till", "tagged", "slow"]),
        ("is:unresolved sort:date", ["pay", "cart", "till", "tagged", "slow"]),
        ("is:unresolved sort:new", ["tagged", "till", "cart", "pay", "slow"]),
        ("is:unresolved sort:freq", ["pay", "cart", "tagged", "till", "slow"]),
        ("is:unresolved sort:user", ["pay", "tagged", "till", "slow", "cart"]),
        ("is:unresolved sort:priority", ["tagged", "till", "pay", "cart", "slow"]),
    ],
)
def test_an_order_puts_the_largest_first_and_among_equals_the_newer_issue(session: Session, query: str, order: list[str]) -> None:
    names = list(WORLD)
    assert [names[id_ - 1] for id_ in SearchStore(session).page(parse(query), ASKER, PageOf()).ids] == order


def test_only_the_projects_of_the_asker_are_searched(session: Session) -> None:
    assert found(session, "is:unresolved", Searcher(1, NOON, ADA, (TILL,))) == {"till"}
    assert found(session, "", Searcher(1, NOON, ADA, ())) == set()
    assert found(session, "", Searcher(1, NOON, ADA, (FOREIGN_SHOP,))) == set()
    assert SearchStore(session).page(parse(""), Searcher(1, NOON, ADA, ()), PageOf()).ids == ()


def test_nothing_crosses_the_organization(session: Session) -> None:
    eve = Searcher(2, NOON, FOREIGN_ADA)
    for query in ("", "id:[1,2,3,4,5,6,7,8,9,10,11]", "issue:SHOP-B", "url:/pay", "assigned:me", "project:shop", "keyerror"):
        assert found(session, query, eve) == {"foreign"}, query
    assert found(session, "issue:SHOP-1", eve) == set()


@pytest.mark.parametrize("projects", [130, 500])
@pytest.mark.parametrize("query", ["", "boom", " ".join(["is:[unresolved,resolved]"] * 50)])
def test_an_organization_may_have_many_projects_and_a_query_many_terms(core: Core, projects: int, query: str) -> None:
    with core.database.write() as work:
        settle(work.session)
        many = range(10, 10 + projects)
        work.session.add_all(
            Project(id=id_, organization_id=1, slug=f"p{id_}", public_key=f"key{id_}", last_number=0, created_at=NOON) for id_ in many
        )
        work.session.flush()
        put(work.session, [Made(project=id_, seen=timedelta(minutes=id_)) for id_ in many])
        assert SearchStore(work.session).page(parse(query), ASKER, PageOf(5)).ids == (1, 2, 3, 4, 5)
        assert SearchStore(work.session).ids_after(parse(query), ASKER, 7, 2) == [8, 9]
        work.session.rollback()


@pytest.mark.parametrize("query", ["assigned:carol", "!assigned:carol@acme.example", "assigned:ada@umbrella.example", "bookmarks:Eve"])
def test_a_name_that_nobody_has_is_refused(session: Session, query: str) -> None:
    with pytest.raises(UnknownUser, match=query.partition(":")[2]):
        found(session, query)


@pytest.mark.parametrize("query", ["assigned:#nobody", "project:shpo", "!project:shpo", "assigned:[me,#nobody]"])
def test_a_team_or_project_that_is_not_there_is_refused(session: Session, query: str) -> None:
    with pytest.raises(UnknownName):
        found(session, query)


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("nosuchkey:x", ""),
        ("!nosuchkey:x", ""),
        ("has:nosuchkey", ""),
        ("!has:nosuchkey", ""),
        ("is:unresolved nots:x", "note"),
        ("!tags[assigned]:x", "assigned"),
        ("firstRelase:1.0", "firstRelease"),
        ("browsr:Chrome", "browser"),
        ("note:[a,b] notes:[a,b]", "note"),
    ],
)
def test_a_key_that_nobody_has_seen_is_refused_with_the_nearest(session: Session, query: str, near: str) -> None:
    for search in (lambda: found(session, query), lambda: SearchStore(session).page(parse(query), ASKER, PageOf())):
        with pytest.raises(BadQuery, match="there is no such key") as refusal:
            search()
        assert (f"the nearest is “{near}”" if near else "Example: is:unresolved") in str(refusal.value)
    with pytest.raises(BadQuery):
        SearchStore(session).ids_after(parse(query), ASKER, 0, 10)


@pytest.mark.parametrize("query", ["has:priority", "!has:title", "has:Platform"])
def test_whether_an_issue_has_what_all_have_is_no_question(session: Session, query: str) -> None:
    with pytest.raises(BadQuery, match=r"I cannot search by “has:\w+”: no event had such a tag, and all issues have such a field") as refusal:
        found(session, query)
    assert "the nearest is" not in str(refusal.value)


def test_a_tag_that_only_others_have_seen_is_not_known(session: Session) -> None:
    with pytest.raises(BadQuery, match="there is no such key"):
        found(session, "note:a", Searcher(2, NOON, FOREIGN_ADA))
    with pytest.raises(BadQuery, match="there is no such key"):
        found(session, "!note:a", Searcher(1, NOON, ADA, (TILL,)))


@pytest.mark.parametrize(
    ("query", "is_narrow"),
    [
        ("", False),
        ("sort:freq", False),
        ("AND", False),
        ("*", False),
        ("!level:error", False),
        ("!note:a !boom", False),
        ("title:* project:*", False),
        ("title:[a,*]", False),
        ("level:error", True),
        ("is:unassigned", True),
        ("assigned:none", True),
        ("!level:error boom", True),
        ("has:url", True),
        ("!is:assigned", False),
    ],
)
def test_a_query_is_narrow_where_it_says_what_is_meant(query: str, *, is_narrow: bool) -> None:
    assert parse(query).is_narrow is is_narrow


@pytest.mark.parametrize("query", ["assigned:me", "!assigned:me", "bookmarks:me", "is:bookmarked", "assigned:my_teams"])
def test_me_is_refused_where_nobody_asks(session: Session, query: str) -> None:
    with pytest.raises(BadQuery, match="nobody is asking"):
        found(session, query, Searcher(1, NOON))
