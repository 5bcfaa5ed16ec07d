"""Reading a query: what cannot be read is refused by name with an example, and anything else is bounded."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.db.search.pages import SearchStore
from core.errors import Invalid
from core.search import BadQuery, PageOf, PagePosition, Query, Sort, parse
from core.search.language import MAX_QUERY_CHARS, MAX_TERMS, MAX_WORD_CHARS
from core.search.terms import Not, Says
from tests.support.db.search import (
    ASKER,
)

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
    "a or b": ("or", "level:[error,fatal]"),
    "a || b": ("||", "level:[error,fatal]"),
    "!OR a": ("!OR", "level:[error,fatal]"),
    "is:new not level:error": ("not", "!level:error"),
    "-is:resolved": ("-is:resolved", "!level:error"),
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


@pytest.mark.parametrize("joiner", ["AND", "and", "And", "&&"])
def test_terms_can_be_joined_by_and_which_is_never_a_word(joiner: str) -> None:
    assert parse(f"salt {joiner} level:error {joiner} pepper") == parse("salt level:error pepper")


@pytest.mark.parametrize("text", ["file not found", '"or"', '"AND"', "!and,", "-x:1", "not"])
def test_what_only_looks_like_an_operator_is_a_word(text: str) -> None:
    assert all(isinstance(term, Says | Not) for term in parse(text).terms)
    assert parse(text).terms


def test_derived_tags_are_known_in_any_case_and_others_as_the_program_writes_them() -> None:
    assert parse("Browser.Name:Chrome has:URL") == parse("browser.name:Chrome has:url")
    assert parse("Plan:pro") != parse("plan:pro")
    assert parse("tags[Browser]:x") != parse("browser:x")


def test_a_query_is_bounded() -> None:
    assert len(parse("a " * MAX_TERMS).terms) == MAX_TERMS
    for query in (
        "a " * (MAX_TERMS + 1),
        f"level:[{','.join(['error'] * (MAX_TERMS + 1))}]",
        "a" * (MAX_QUERY_CHARS + 1),
        f"level:[{'error,' * 10}error] {'a' * (MAX_WORD_CHARS + 1)}",
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


@given(st.one_of(st.text(), st.lists(st.one_of(QUERIES, st.text(max_size=4), st.sampled_from('!:"[],*\\“”><= ')), max_size=8).map("".join)))
def test_reading_any_text_raises_nothing_but_a_bad_query(text: str) -> None:
    with contextlib.suppress(BadQuery):
        assert len(parse(text).terms) <= MAX_TERMS
