"""The query language: what can be asked, what is found, and what is refused."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bootstrap import Core
from core.db.models import (
    Assignee,
    Bookmark,
    InboxEntry,
    Issue,
    IssueRelease,
    IssueTag,
    Organization,
    Project,
    Team,
    TeamMember,
    User,
)
from core.db.search.pages import SearchStore
from core.errors import Invalid, UnknownName, UnknownUser
from core.search import BadQuery, PageOf, PagePosition, Query, Searcher, Sort, parse
from core.search.language import LONGEST, MOST_TERMS, MOST_WORD
from core.search.terms import (
    AllOf,
    Assigned,
    Bookmarked,
    FirstRelease,
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
    Standing,
    Tagged,
    Term,
    Waiting,
    When,
    Who,
)
from core.types import OPEN_TO_TRIAGE, InboxReason, Level, Priority, Role, Status, Substatus, parse_short_id
from tests.support.core import NOON

HOUR = timedelta(hours=1)
SHOP, TILL, FOREIGN_SHOP = 1, 2, 3
ADA, BOB, FOREIGN_ADA = 1, 2, 3
PAYMENTS, OTHERS = 1, 2
PROJECTS = {SHOP: "shop", TILL: "till", FOREIGN_SHOP: "shop"}
PEOPLE = {ADA: ("ada@acme.example", "Ada"), BOB: ("bob@acme.example", "Bob B")}
TEAMS = {PAYMENTS: "payments", OTHERS: "others"}
MY_TEAMS = {PAYMENTS}


@dataclass(frozen=True)
class Made:
    """An issue as a test describes it."""

    title: str = "Boom"
    project: int = SHOP
    status: Status = Status.UNRESOLVED
    substatus: Substatus | None = None
    level: Level = Level.ERROR
    priority: Priority = Priority.HIGH
    culprit: str = ""
    message: str = ""
    platform: str = "python"
    times: int = 1
    users: int = 0
    born: timedelta = HOUR
    seen: timedelta = HOUR
    user: int | None = None
    team: int | None = None
    waits: bool = False
    bookmarked_by: frozenset[int] = frozenset()
    releases: frozenset[str] = frozenset()
    tags: frozenset[tuple[str, str]] = frozenset()
    id: int = field(default=0, compare=False)


def settle(session: Session) -> None:
    """Two organizations that have projects and people of the same names."""
    session.add_all([Organization(id=id_, slug=slug, created_at=NOON) for id_, slug in ((1, "acme"), (2, "umbrella"))])
    session.flush()
    for id_, slug in PROJECTS.items():
        session.add(Project(id=id_, organization_id=1 + (id_ == FOREIGN_SHOP), slug=slug, public_key=f"key{id_}", last_number=0, created_at=NOON))
    for id_, (email, name) in {**PEOPLE, FOREIGN_ADA: ("ada@umbrella.example", "Eve")}.items():
        session.add(User(id=id_, organization_id=1 + (id_ == FOREIGN_ADA), email=email, name=name, role=Role.ADMIN, time_zone=None, created_at=NOON))
    session.add_all([Team(id=id_, organization_id=1, slug=slug, created_at=NOON) for id_, slug in TEAMS.items()])
    session.flush()
    session.add(TeamMember(team_id=PAYMENTS, user_id=ADA))


def put(session: Session, made: list[Made]) -> None:
    """The issues, with the numbers from 1 on."""
    for id_, one in enumerate(made, 1):
        session.add(
            Issue(
                id=id_,
                number=id_,
                project_id=one.project,
                status=one.status,
                substatus=one.substatus,
                level=one.level,
                priority=one.priority,
                first_priority=one.priority,
                title=one.title,
                culprit=one.culprit,
                message=one.message,
                platform=one.platform,
                details={},
                times_seen=one.times,
                users_seen=one.users,
                first_seen_at=NOON - one.born,
                last_seen_at=NOON - one.seen,
                active_at=NOON - one.born,
            )
        )
    session.flush()
    for id_, one in enumerate(made, 1):
        if one.user or one.team:
            session.add(Assignee(issue_id=id_, user_id=one.user, team_id=one.team, assigned_at=NOON))
        if one.waits:
            session.add(InboxEntry(issue_id=id_, reason=InboxReason.NEW, details={}, added_at=NOON))
        session.add_all(Bookmark(issue_id=id_, user_id=user, added_at=NOON) for user in one.bookmarked_by)
        session.add_all(IssueRelease(issue_id=id_, version=version, first_seen_at=NOON, last_seen_at=NOON) for version in one.releases)
        session.add_all(IssueTag(issue_id=id_, key=key, value=value, last_seen_at=NOON) for key, value in one.tags)
    session.flush()


ASKER = Searcher(1, NOON, ADA)

WORLD = {
    "cart": Made("KeyError: 'tea'", status=Status.UNRESOLVED, substatus=Substatus.NEW, culprit="shop.cart", user=ADA, waits=True, times=5),
    "pay": Made("TimeoutError: the bank", level=Level.FATAL, substatus=Substatus.ESCALATING, team=PAYMENTS, times=2000, users=40, born=HOUR * 50),
    "slow": Made("100% of_time \\o/", level=Level.WARNING, priority=Priority.MEDIUM, substatus=Substatus.ONGOING, seen=HOUR * 30, born=HOUR * 99),
    "done": Made("Done", status=Status.RESOLVED, user=BOB, message="it was\nthe cat", bookmarked_by=frozenset({ADA}), seen=HOUR * 5),
    "later": Made("Later", status=Status.ARCHIVED, substatus=Substatus.UNTIL_ESCALATING, releases=frozenset({"1.2.0", "shop@2.0"}), seen=HOUR * 6),
    "until": Made("Until", status=Status.ARCHIVED, substatus=Substatus.UNTIL_CONDITION_MET, platform="ruby", team=OTHERS, seen=HOUR * 7),
    "never": Made("Never", status=Status.ARCHIVED, substatus=Substatus.FOREVER, priority=Priority.LOW, level=Level.INFO, seen=HOUR * 8),
    "till": Made("Till", TILL, substatus=Substatus.REGRESSED, tags=frozenset({("environment", "staging"), ("url", "/pay")}), seen=HOUR * 9),
    "tagged": Made("Tagged", tags=frozenset({("environment", "production"), ("level", "loud"), ("note", "a b*c")}), seen=HOUR * 10),
    "gone": Made("KeyError: 'gone'", status=Status.PENDING_DELETION, user=ADA),
    "foreign": Made("KeyError: 'foreign'", FOREIGN_SHOP, user=FOREIGN_ADA, tags=frozenset({("url", "/pay")}), bookmarked_by=frozenset({ADA})),
}
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


@pytest.fixture
def session(core: Core) -> Iterator[Session]:
    """A session on the example's world, which is never committed."""
    with core.database.write() as work:
        settle(work.session)
        put(work.session, list(WORLD.values()))
        yield work.session
        work.session.rollback()


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


REFUSED = {
    "is:foo": ("is:foo", "is:unresolved assigned:me"),
    "!is:foo": ("!is:foo", "is:unresolved"),
    "is:unresolved level:eror": ("level:eror", "level:error"),
    "level:[error,eror]": ("level:[error,eror]", "level:error"),
    "level: error": ("level:", "level:error"),
    "Level::error": ("Level::error", "level:error"),
    "priority:urgent": ("priority:urgent", "priority:high"),
    "times_seen:many": ("times_seen:many", "times_seen:>100"),
    "times_seen:>1000000000000000000": ("times_seen:>1000000000000000000", "times_seen:>100"),
    "times_seen:-1": ("times_seen:-1", "times_seen:>100"),
    "times_seen:٣": ("times_seen:٣", "times_seen:>100"),
    "users:>": ("users:>", "users:>10"),
    "age:24h": ("age:24h", "age:-24h"),
    "age:-24y": ("age:-24y", "age:-24h"),
    "age:-36501d": ("age:-36501d", "age:-24h"),
    "firstSeen:yesterday": ("firstSeen:yesterday", "firstSeen:-24h"),
    "lastSeen:2026-13-01": ("lastSeen:2026-13-01", "lastSeen:-24h"),
    "lastSeen:2026-11-23T12:00": ("lastSeen:2026-11-23T12:00", "lastSeen:>=2026-11-23"),
    "lastSeen:>0001-01-01T00:00+23:00": ("lastSeen:>0001-01-01T00:00+23:00", "lastSeen:-24h"),
    "lastSeen:9999-12-31": ("lastSeen:9999-12-31", "lastSeen:-24h"),
    "id:five": ("id:five", "issue:SHOP-1F"),
    "issue:12345678901234567890": ("issue:12345678901234567890", "issue:SHOP-1F"),
    "bookmarks:#payments": ("bookmarks:#payments", "bookmarks:me"),
    'release:""': ("release:", "release:1.2.*"),
    'url:""': ("url:", "url:value"),
    '""': ('""', '"out of memory"'),
    '"no end': ('"no', "is:unresolved"),
    "a level:[error": ("level:[error", "is:unresolved"),
    "level:[]": ("level:[]", "is:unresolved"),
    "!": ("!", "is:unresolved"),
    "!!boom": ("!!boom", "is:unresolved"),
    "a ! b": ("!", "is:unresolved"),
    'say"hello"': ('say"hello"', "is:unresolved"),
    "a OR b": ("OR", "level:[error,fatal]"),
    "NOT level:error": ("NOT", "!level:error"),
    "!AND": ("!AND", "!level:error"),
    "(level:error)": ("(level:error)", '"(anonymous)"'),
    "!(level:error": ("!(level:error", '"(anonymous)"'),
    "(a b)": ("(a", '"(anonymous)"'),
    "!firstRelease:": ("!firstRelease:", "firstRelease:shop@1.2.0"),
    "!nosuchkey:": ("!nosuchkey:", "!level:error"),
    "sort:best": ("sort:best", "sort:freq"),
    "!sort:new": ("!sort:new", "sort:freq"),
    "sort:": ("sort:", "sort:freq"),
    "sort:new sort:freq": ("sort:freq", "sort:freq"),
}


@pytest.mark.parametrize("query", REFUSED)
def test_what_cannot_be_read_is_refused_by_name_with_an_example(query: str) -> None:
    word, example = REFUSED[query]
    with pytest.raises(BadQuery) as refusal:
        parse(query)
    assert refusal.value.word == word
    assert str(refusal.value).startswith(f"I cannot search by “{word}”")
    assert example in str(refusal.value).partition("Example: ")[2]


def test_a_query_is_bounded() -> None:
    assert len(parse("a " * MOST_TERMS).terms) == MOST_TERMS
    for query in (
        "a " * (MOST_TERMS + 1),
        f"level:[{','.join(['error'] * (MOST_TERMS + 1))}]",
        "a" * (LONGEST + 1),
        f"level:[{'error,' * 10}error] {'a' * (MOST_WORD + 1)}",
    ):
        with pytest.raises(BadQuery, match="at most") as refusal:
            parse(query)
        assert len(str(refusal.value)) < 250


def test_every_example_can_be_read() -> None:
    for _, example in REFUSED.values():
        parse(example)


@pytest.mark.parametrize("cursor", ["", "0", "0:1", "a:1:0", "1:2:3", "1:-2:0", f"{10**18}:1:0", "٣:1:0"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="is not a cursor"):
        PagePosition.parse(cursor)


def test_a_cursor_is_read_as_it_was_written(session: Session) -> None:
    assert PagePosition.parse(str(PagePosition(-5, 7, is_backwards=True))) == PagePosition(-5, 7, is_backwards=True)
    for place in (PagePosition(10**18 - 1, 10**18 - 1), PagePosition(1 - 10**18, 0), PagePosition(10**18 - 1, 1, is_backwards=True)):
        for sort in Sort:
            SearchStore(session).page(Query((), sort), ASKER, PageOf(5, place))


ASKED = """
    is:unresolved is:new is:[resolved,forever] is:inbox is:unassigned assigned:me assigned:[none,#payments] assigned:my_teams bookmarks:me
    level:error level:[error,fatal] level:>=warning priority:high project:till project:s* release:1.0 release:1.* has:release
    firstRelease:1.1 firstRelease:1.* has:firstRelease release:latest user:id:7
    environment:staging url:a* has:url times_seen:>3 times_seen:2 users:<2 age:-3h age:+2h lastSeen:-2h lastSeen:>2026-11-23T10:00
    firstSeen:2026-11-23 id:[1,3] issue:SHOP-2 boom o*m title:% culprit:_ message:k\\s platform:ruby has:assignee *
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
    max_examples=40,
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
        for name, bound in zip(("pages.LOOKED_AT", "conditions.FEW", "conditions._MOST_CONDITIONS"), bounds, strict=True):
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


@given(st.one_of(st.text(), st.lists(st.one_of(QUERIES, st.text(max_size=4), st.sampled_from('!:"[],*\\“”><= ')), max_size=8).map("".join)))
def test_reading_any_text_raises_nothing_but_a_bad_query(text: str) -> None:
    with contextlib.suppress(BadQuery):
        assert len(parse(text).terms) <= MOST_TERMS


def test_the_words_of_any_text_can_be_searched_for(core: Core) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=30))
    def check(text: str) -> None:
        with core.database.read() as work, contextlib.suppress(BadQuery, UnknownName, UnknownUser):
            SearchStore(work.session).page(parse(text), ASKER, PageOf())

    check()
