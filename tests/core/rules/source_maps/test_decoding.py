"""Every mapping of a map is found again, whatever form the map has; a map that cannot be is refused with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.source_maps import decoding
from core.rules.source_maps.decoding import BadMap, decode
from core.rules.source_maps.index import MapIndex
from core.rules.source_maps.paths import original_path
from tests.support.artifacts.source_maps import BUNDLERS, Row, bundle_of, index_of, map_json, mappings

NAMES = [f"name{number}" for number in range(20)]
SOURCES = [f"src/{number}.ts" for number in range(20)]
SMALL, LARGE = st.integers(0, 19), st.integers(0, 2**20)


def originals(index: MapIndex, rows: list[Row]) -> list[Any]:
    return [(found.source, found.line, found.column, found.name) if (found := index.at(row[0], row[1])) else None for row in rows]


def expected(row: Row) -> Any:
    return None if len(row) == 2 else (SOURCES[row[2]], row[3], row[4], NAMES[row[5]] if len(row) == 6 else "")


def tidied(source: str) -> list[str]:
    """The other decoder resolves the names of sources."""
    return [original_path(source, "").filename]


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    """Rows sorted by their place, each place once."""
    places = draw(st.lists(st.tuples(st.integers(0, 40), LARGE), min_size=1, max_size=700, unique=True))
    kinds = (st.just(()), st.tuples(SMALL, LARGE, LARGE), st.tuples(SMALL, LARGE, LARGE, SMALL))
    return [(*at, *draw(st.one_of(*kinds))) for at in sorted(places)]


@given(some_rows())
def test_every_mapping_is_found_at_its_place(rows: list[Row]) -> None:
    index = index_of(map_json(rows, sources=SOURCES, names=NAMES))
    assert originals(index, rows) == [expected(row) for row in rows]
    assert len(list(index.mappings)) == len(rows)


@given(some_rows(), st.integers(0, 45), LARGE)
def test_a_place_between_two_mappings_belongs_to_the_one_before_in_its_line(rows: list[Row], line: int, column: int) -> None:
    index = index_of(map_json(rows, sources=SOURCES, names=NAMES))
    before = [row for row in rows if row[0] == line and row[1] <= column]
    assert originals(index, [(line, column)]) == [expected(before[-1]) if before else None]


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_every_position_of_a_real_bundle_is_where_another_decoder_finds_it(bundler: str) -> None:
    bundle = bundle_of(bundler)
    source_map = json.loads(bundle.map)
    plain = MapIndex(MapIndex.pack(decode(bundle.map.encode())))
    behind = {
        "version": 3,
        "sections": [{"offset": {"line": 0, "column": 0}, "map": source_map}, {"offset": {"line": 7, "column": 0}, "map": source_map}],
    }
    sectioned = index_of(behind)
    assert bundle.positions
    for line, column, source, *rest in bundle.positions:
        for index, at in ((plain, line), (sectioned, line), (sectioned, line + 7)):
            found = index.at(at, column)
            assert (found and [*tidied(found.source), found.line, found.column, found.name]) == (source and [*tidied(source), *rest])


def test_mappings_out_of_order_within_a_line_are_sorted() -> None:
    rows = [(0, 50, 1, 5, 5), (0, 10, 2, 6, 6), (0, 30, 3, 7, 7)]
    found = originals(index_of(map_json(rows, sources=SOURCES)), [(0, 10), (0, 30), (0, 50)])
    assert found == [(SOURCES[2], 6, 6, ""), (SOURCES[3], 7, 7, ""), (SOURCES[1], 5, 5, "")]


def test_a_section_begins_at_its_column() -> None:
    parts = [{"offset": {"line": 0, "column": column}, "map": map_json(sources=[f"{column}.ts"])} for column in (0, 100)]
    index = index_of({"version": 3, "sections": parts})
    assert [found.source if (found := index.at(0, column)) else None for column in (99, 100, 150)] == ["0.ts", "100.ts", "100.ts"]


@pytest.mark.parametrize(
    ("root", "source", "whole"),
    [
        ("", "a.ts", "a.ts"),
        ("src", "a.ts", "src/a.ts"),
        ("src/", "a.ts", "src/a.ts"),
        ("https://x.example/src", "../a.ts", "https://x.example/src/../a.ts"),
        ("src", "/abs/a.ts", "/abs/a.ts"),
        ("src", "webpack:///a.ts", "webpack:///a.ts"),
        (7, "a.ts", "a.ts"),
    ],
)
def test_the_source_root_stands_before_relative_sources(root: Any, source: str, whole: str) -> None:
    found = index_of(map_json(sources=[source], sourceRoot=root)).at(0, 0)
    assert found
    assert found.source == whole


@pytest.mark.parametrize("key", ["ignoreList", "x_google_ignoreList"])
def test_sources_that_the_bundler_ignores_are_known(key: str) -> None:
    index = index_of(map_json([(0, 0, 0, 0, 0), (0, 5, 1, 0, 0)], sources=["own.ts", "react.js"], **{key: [1, 99, -1, "x", None]}))
    assert [found.is_ignored for column in (0, 5) if (found := index.at(0, column))] == [False, True]


def test_parts_of_the_wrong_type_count_as_missing() -> None:
    odd = map_json(
        [(0, 0, 0, 0, 0, 0), (0, 5, 1, 0, 0, 1)],
        sources=[None, {"a": 1}],
        names=[7, "good"],
        sourcesContent=[7, ["x"]],
        file=3,
        ignoreList="all",
        debugId=[],
    )
    found = [index_of(odd).at(0, column) for column in (0, 5)]
    assert [(one.source, one.name) for one in found if one] == [("", ""), ("", "good")]
    assert index_of(odd).source_text(0) is None


def test_a_line_that_keeps_browsers_from_running_json_is_skipped() -> None:
    text = b")]}'\n" + json.dumps(map_json()).encode()
    assert MapIndex(MapIndex.pack(decode(text))).at(0, 0)


def lines(index: MapIndex, first: int, count: int) -> list[str]:
    """Return whole lines of the first source, fewer where it ends."""
    text = index.source_text(0)
    assert text
    return [part.text for number in range(first, first + count) if (part := text.part(number, 0, 1_000))]


def test_lines_end_as_in_javascript() -> None:
    index = index_of(map_json(sourcesContent=["a\r\nb\rc\nd\u2028e\x0cf"]))
    assert lines(index, 0, 9) == ["a", "b", "c", "d", "e\x0cf"]


@pytest.mark.parametrize("length", [1, 255, 256, 257, 512, 1_000])
def test_any_lines_of_a_source_are_read(length: int) -> None:
    written = [f"line {number}" for number in range(length)]
    index = index_of(map_json(sourcesContent=["\n".join(written)]))
    for first in {0, 1, 250, 255, 256, 511, length - 1, length, length + 5}:
        for count in (0, 1, 11, 300):
            assert lines(index, first, count) == written[first : first + count]
    assert lines(index_of(map_json(sourcesContent=[""])), 0, 3) == [""]


def test_an_empty_map_has_nothing_anywhere() -> None:
    index = index_of({"version": 3, "sources": [], "names": [], "mappings": ""})
    assert index.at(0, 0) is None


HUGE = "g" * 100 + "A"
REFUSED: list[tuple[object, str]] = [
    ([], "is not a JSON object"),
    ({"version": 2, "mappings": ""}, "is not of version 3"),
    ({"version": True, "mappings": ""}, "is not of version 3"),
    ({"version": 3}, "has no mappings"),
    ({"version": 3, "mappings": ["AAAA"]}, "has no mappings"),
    ({"version": 3, "mappings": "AAAA", "sources": "a.ts"}, "has sources that are no list"),
    ({"version": 3, "mappings": "AAAA", "sources": ["a"], "names": {}}, "has names that are no list"),
    *(
        (map_json(mappings=text), "has mappings that cannot be")
        for text in ("AAA", "AAAAAA", "A!", "Ö", "g", HUGE, "ADAA", "ACAA", "AADA", "AAAD", "D", "AAAAA")
    ),
    (map_json(mappings="+/////D" * 2), "has mappings that cannot be"),
    ({"version": 3, "sections": {}}, "has sections that are no list"),
    ({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}}]}, "has a section without an offset or a map"),
    ({"version": 3, "sections": [7]}, "has a section without an offset or a map"),
    ({"version": 3, "sections": [{"offset": {"line": -1, "column": 0}, "map": map_json()}]}, "has a section at an impossible position"),
    ({"version": 3, "sections": [{"offset": {"line": 2**31, "column": 0}, "map": map_json()}]}, "has a section at an impossible position"),
    ({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": map_json()}] * 2}, "has sections that are not in order"),
    ({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": {"version": 3, "sections": []}}]}, "has sections within sections"),
]


@pytest.mark.parametrize(("source_map", "reason"), REFUSED)
def test_a_map_that_cannot_be_is_refused_with_its_reason(source_map: object, reason: str) -> None:
    with pytest.raises(BadMap, match=reason):
        decode(json.dumps(source_map).encode())


@pytest.mark.parametrize("text", [b"", b"{", b'{"version": 3,', b"\xff\xfe", b"[" * 100_000, b'{"version":3,"sections":[{"map":' * 5_000])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadMap, match="is not JSON"):
        decode(text)


def test_p19_sizes_are_checked_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_MAP_BYTES", 1_000_000)
    monkeypatch.setattr(decoding, "MAX_MAPPINGS", 1_000)
    monkeypatch.setattr(decoding, "MAX_VALUES", 1_000)
    for text, reason in [
        (b" " * 1_000_001, "is larger than"),
        (b'{"version":3,"names":[' + b"[]," * 1_000 + b"[]]}", "has more than 1,000 values"),
        (json.dumps(map_json(mappings="AAAA," * 1_001 + "AAAA")).encode(), "has more than 1,000 mappings"),
        (json.dumps(map_json(mappings=";" * 1_001)).encode(), "has more than 1,000 mappings"),
        (
            json.dumps(
                {"version": 3, "sections": [{"offset": {"line": line, "column": 0}, "map": map_json(mappings="A," * 300)} for line in range(9)]}
            ).encode(),
            "mappings",
        ),
    ]:
        with pytest.raises(BadMap, match=reason):
            decode(text)


def test_p19_a_hundred_thousand_mappings_in_a_line_are_read() -> None:
    rows = [(0, number * 3, 0, number, 4) for number in range(100_000)]
    index = index_of(map_json(rows))
    assert [found.line for column in (0, 150_000, 299_999) if (found := index.at(0, column))] == [0, 50_000, 99_999]


def test_commas_in_sources_are_neither_values_nor_mappings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_VALUES", 100)
    monkeypatch.setattr(decoding, "MAX_MAPPINGS", 100)
    assert index_of(map_json(sourcesContent=["f(a, b, [c, {d: 1}]);" * 1_000])).at(0, 0)


def test_the_hand_that_writes_maps_writes_them_as_others_do() -> None:
    assert mappings([(0, 0, 0, 0, 0), (2, 5, 1, 3, 2, 0)]) == "AAAA;;KCGEA"
