"""A search takes time in proportion to what it is about, and is stopped where that is too long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from core.db.models import Issue
from core.errors import TooSlow
from core.search import SEARCH_SECONDS, BadQuery, PageOf, Searcher, parse
from core.search.language import MAX_QUERY_CHARS, MAX_TERMS, MAX_VALUE_CHARS, MAX_WORD_CHARS
from core.search.terms import Pattern
from core.types import Level, Priority, Status, Substatus
from tests.support.core import World
from tests.support.growth import AT_MOST, growth

ENDLESS = text("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT count(*) FROM numbers")
COUNTED = text("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000) SELECT count(*) FROM numbers")


def test_what_a_transaction_asks_is_stopped_after_the_time_it_has_and_the_next_one_is_free_again(world: World) -> None:
    with pytest.raises(TooSlow, match=r"^The search took longer than 0\.05 s and was stopped\. .* Example: "), world.core.database.read(0.05) as work:
        work.session.execute(ENDLESS)
    for _ in range(20):
        # Whichever connection of the pool it is.
        with world.core.database.read() as work:
            assert work.session.scalars(COUNTED).one() == 100_000


def many_issues(world: World, number: int) -> None:
    at = world.clock()
    row = {
        "project_id": world.project.id, "version": 1, "status": Status.UNRESOLVED, "substatus": Substatus.NEW, "priority": Priority.HIGH,
        "first_priority": Priority.HIGH, "platform": "python", "times_seen": 1, "users_seen": 0, "first_seen_at": at, "last_seen_at": at,
        "active_at": at, "title": "a" * 255, "culprit": "a" * 255, "message": "a" * 1024, "level": Level.ERROR, "details": {},
    }  # fmt: skip
    with world.core.database.write() as work:
        work.session.execute(insert(Issue), [row | {"number": one} for one in range(1, number + 1)])


def test_a_search_of_people_is_stopped_too(world: World) -> None:
    many_issues(world, 2_000)
    query = parse(" ".join(f"*a*{number}b*" for number in range(90)))
    asker = Searcher(world.organization_id, world.clock())
    assert world.core.reads.search(query, asker, PageOf())[0] == []
    hurried = replace(world.core.reads, search_seconds=0.001)
    with pytest.raises(TooSlow):
        hurried.search(query, asker, PageOf())
    with pytest.raises(TooSlow):
        hurried.search_ids(query, asker, 10)
    assert 1 <= SEARCH_SECONDS <= 10, "a person waits as long as that, and others meanwhile have threads left"


@pytest.mark.parametrize("query", ["{}", "!{}", '"{}"', "release:1.0 {}", "x\n{}", "{} {}"])
def test_a_word_is_bounded_and_refused_with_the_limit(query: str) -> None:
    long = query.replace("{}", "b" * (MAX_WORD_CHARS + 1))
    with pytest.raises(BadQuery, match=f"a word has at most {MAX_WORD_CHARS} characters") as refused:
        parse(long)
    assert len(str(refused.value)) < 250
    parse(query.replace("{}", "b" * MAX_WORD_CHARS))


@pytest.mark.parametrize("query", ["release:{}", "level:[error,{}]", "tags[{}]:x", "has:{}", "title:*{}", "!x:{}"])
def test_so_is_a_value(query: str) -> None:
    with pytest.raises(BadQuery, match=f"a value has at most {MAX_VALUE_CHARS} characters|cannot search by"):
        parse(query.replace("{}", "b" * (MAX_VALUE_CHARS + 1)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "a ",
        "a:b ",
        "!a ",
        '"a" ',
        '"',
        "\\",
        '"\\',
        "a:[b,",
        "a:[",
        "[",
        "a:",
        "!",
        "tags[",
        "tags[a]:b ",
        "“",
        ",",
        " ",
        "\n",
        "is:unresolved ",
        "*",
        "a*",
        "OR ",
    ],
)
def test_whatever_is_typed_as_a_query_is_read_in_proportion_to_its_length(unit: str) -> None:
    def read(text: str) -> None:
        for _ in range(10):
            try:
                parse(text)
            except BadQuery:
                continue

    whole = (unit * MAX_QUERY_CHARS)[:MAX_QUERY_CHARS]
    assert growth(read, whole[: MAX_QUERY_CHARS // 2], whole) <= AT_MOST


@pytest.mark.parametrize("stars", [1, 20])
def test_a_pattern_full_of_stars_is_matched_in_proportion_to_the_text(stars: int) -> None:
    pattern = Pattern((*("a",) * 1_000 * stars, "b"))
    assert growth(pattern.fits, "a" * 50_000, "a" * 100_000) <= AT_MOST
    assert not pattern.fits("a" * 100_000)


@pytest.mark.parametrize(
    ("parts", "fitting", "others"),
    [
        (("shop",), ("shop", "SHOP"), ("sho", "shops", "")),
        (("", ""), ("", "shop"), ()),
        (("s", ""), ("s", "Shop"), ("", "till")),
        (("", "p"), ("p", "shoP"), ("", "shops")),
        (("s", "o", "p"), ("sop", "shop", "soopp"), ("sp", "so", "op", "spo")),
        (("aba", "aba"), ("abaaba", "abacaba"), ("aba", "ababa")),
        (("", "aa", "aa", ""), ("aaaa", "xaaxaax"), ("aaa", "aa")),
        (("", "", ""), ("", "x"), ()),
    ],
)
def test_what_a_pattern_fits(parts: tuple[str, ...], fitting: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert [one for one in fitting if not Pattern(parts).fits(one)] == []
    assert [one for one in others if Pattern(parts).fits(one)] == []


def test_the_longest_query_of_all_is_answered(world: World) -> None:
    many_issues(world, 50)
    for query in (f"{'*a' * 99}b", " ".join(f"*{'a*' * 15}b{number}" for number in range(MAX_TERMS)), f"project:{'*a' * 120}b"):
        assert world.core.reads.search(parse(query), Searcher(world.organization_id, world.clock()), PageOf())[0] == []
