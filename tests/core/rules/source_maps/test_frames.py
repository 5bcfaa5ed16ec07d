"""Frames of minified scripts become those of the original code, and nothing is lost."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from core.rules.source_maps.frames import MAX_MAPPED_FRAMES, MAX_PROBLEMS, MappedEvent, Maps, mapped, scripts
from core.rules.source_maps.index import MapIndex
from tests.support.artifacts.source_maps import BUNDLERS, URL, bundle_of, frame, index_of, js_event, map_json

JSON = dict[str, Any]
SOURCE = "\n".join(f"line {number}" for number in range(20))


def with_map(event: JSON, found: MapIndex | str | None = None) -> MappedEvent:
    """The event mapped, with one map for all scripts."""
    maps: Maps = dict.fromkeys(scripts(event), found) if found is not None else {}
    return mapped(event, maps)


def frames_of(event: JSON) -> list[JSON]:
    frames: list[JSON] = event["exception"]["values"][0]["stacktrace"]["frames"]
    return frames


def one_frame(found: MapIndex, minified: JSON | None = None) -> JSON:
    return frames_of(with_map(js_event([minified or frame()]), found).event)[0]


@pytest.mark.parametrize("bundler", BUNDLERS)
@pytest.mark.parametrize("has_script", [True, False])
def test_the_stack_of_a_real_bundle_reads_like_its_sources(bundler: str, *, has_script: bool) -> None:
    bundle = bundle_of(bundler)
    index = index_of(json.loads(bundle.map), bundle.script if has_script else None)
    read = with_map(js_event(bundle.frames, release="shop@1"), index)
    assert read.problems == ()
    newest = frames_of(read.event)[-6:]
    assert [(each["filename"], each["function"], each["lineno"]) for each in newest] == [
        ("src/main.ts", "start", 11),
        ("src/main.ts", "submitOrder", 6),
        ("js/node_modules/tiny-retry/index.js", "retry", 3),
        ("src/main.ts", "action", 6),
        ("src/cart/total.ts", "payWith", 16),
        ("src/cart/total.ts", "Cart.checkout" if has_script else "checkout", 11),
    ]
    assert [each["in_app"] for each in newest] == [True, True, False, True, True, True]
    assert newest[-1]["context_line"].strip() == "return this.items.reduce((left, item) => left + item.price, 0) * coupon!.discount;"
    assert newest[-1]["context_line"][newest[-1]["colno"] - 1 :].startswith("discount")
    assert newest[-1]["pre_context"][-1].strip() == 'console.info("😀😀", this.items.length);'
    assert len(newest[-1]["pre_context"]) == len(newest[-1]["post_context"]) == 5


def test_events_count_from_one_and_maps_from_zero() -> None:
    index = index_of(map_json([(0, 0, 0, 0, 0), (2, 40, 0, 7, 3)], sourcesContent=[SOURCE]))
    found = one_frame(index, frame(3, 41))
    assert (found["lineno"], found["colno"], found["context_line"]) == (8, 4, "line 7")
    assert one_frame(index, frame(3, 40)) == frame(3, 40)


def test_columns_are_utf_16_units() -> None:
    script = "'😀😀';t()"
    column = len(script[: script.index("t")].encode("utf-16-le")) // 2
    found = one_frame(index_of(map_json([(0, 0, 0, 0, 0), (0, column, 0, 9, 0)])), frame(1, column + 1))
    assert found["lineno"] == 10


def test_the_frames_before_are_kept_beside() -> None:
    event = js_event([frame(1, 1, context_line="x" * 300, pre_context=["a"], vars={"t": 1}, module="app.min")])
    before = copy.deepcopy(event)
    exception = with_map(event, index_of(map_json())).event["exception"]["values"][0]
    assert event == before
    assert exception["raw_stacktrace"]["frames"] == [frame() | {"module": "app.min"}]
    now = exception["stacktrace"]["frames"][0]
    assert (now["data"], now["vars"]) == ({"symbolicated": True, "script": URL}, {"t": 1})
    assert not {"context_line", "pre_context", "module"} & now.keys()


def test_a_mapped_event_is_not_mapped_again() -> None:
    once = with_map(js_event([frame()]), index_of(map_json([(0, 0, 0, 4, 4)]))).event
    assert scripts(once) == []
    assert with_map(once, index_of(map_json([(0, 0, 0, 9, 9)]))) == MappedEvent(once)


def test_stacks_of_threads_and_of_the_event_are_mapped_too() -> None:
    stack = {"stacktrace": {"frames": [frame()]}}
    event = {"platform": "node", "release": "1", **stack, "threads": {"values": [stack, "odd"]}, "exception": [stack, 7]}
    found = with_map(event, index_of(map_json())).event
    holders = [found, found["threads"]["values"][0], found["exception"][0]]
    assert [holder["stacktrace"]["frames"][0]["filename"] for holder in holders] == ["src/app.ts"] * 3
    assert (found["threads"]["values"][1], found["exception"][1]) == ("odd", 7)
    single = with_map({"platform": "node", "exception": stack}, index_of(map_json())).event
    assert single["exception"]["stacktrace"]["frames"][0]["filename"] == "src/app.ts"


@pytest.mark.parametrize(
    "odd",
    [
        frame(0, 1), frame(1, 0), frame(-1, 1), frame(2**31, 1), frame(1, 2**40),
        frame() | {"lineno": "1"}, frame() | {"colno": None}, frame() | {"lineno": True},
        frame(url="<anonymous>"), frame(url="node:internal/x"), frame(url="[native code]"), frame(url="native"), frame(url="data:text/javascript,1"),
        frame(url=""), frame(platform="python"),
    ],
)  # fmt: skip
def test_frames_without_a_position_in_a_script_stay_as_they_are(odd: JSON) -> None:
    event = js_event([odd], {URL: "1"})
    assert scripts(event) == []
    assert with_map(event, index_of(map_json())) == MappedEvent(event)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"exception": 7},
        {"exception": {"values": 7}},
        {"exception": {"values": [None]}},
        {"threads": 7},
        {"threads": {}},
        {"debug_meta": {"images": 7}},
        {"debug_meta": {"images": [7, {"type": "sourcemap"}]}},
    ],
)
def test_odd_events_stay_as_they_are(event: JSON) -> None:
    event = {"platform": "javascript", **event}
    assert with_map(event) == MappedEvent(event)


def test_the_debug_id_of_a_script_is_that_of_its_address() -> None:
    event = js_event([frame(), frame(url="https://other.example/b.js")], {URL: "the-id"}, release="shop@1", dist="7")
    assert [tuple(script) for script in scripts(event)] == [("the-id", URL, "shop@1", "7"), (None, "https://other.example/b.js", "shop@1", "7")]


# What a function is called -------------------------------------------------------------------------------------------------

SCRIPT = "function t(){n()}function n(){}(()=>{t()})();t()"
NAMED = map_json(
    [(0, 0, 0, 0, 0), (0, 9, 0, 0, 9, 0), (0, 13, 0, 1, 2, 1), (0, 26, 0, 3, 9, 1), (0, 37, 0, 6, 2, 0), (0, 45, 0, 7, 0, 0)],
    names=["outer", "inner"],
)


def names(*columns: int, has_script: bool = True) -> list[str]:
    found = with_map(js_event([frame(1, column) for column in columns]), index_of(NAMED, SCRIPT if has_script else None))
    return [each["function"] for each in frames_of(found.event)]


def test_the_script_says_what_a_function_is_called() -> None:
    assert names(46, 14, 31) == ["t", "outer", "inner"]


def test_a_function_without_a_name_is_called_what_its_caller_calls() -> None:
    assert names(46, 38) == ["t", "outer"]
    assert names(38) == ["<anonymous>"]


def test_without_the_script_a_function_is_called_what_its_caller_calls() -> None:
    assert names(46, 14, 31, has_script=False) == ["t", "outer", "inner"]


# The source ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "before", "after"), [(0, 0, 5), (2, 2, 5), (10, 5, 5), (19, 5, 0)])
def test_five_lines_stand_around_the_line(line: int, before: int, after: int) -> None:
    found = one_frame(index_of(map_json([(0, 0, 0, line, 0)], sourcesContent=[SOURCE])))
    assert (len(found["pre_context"]), found["context_line"], len(found["post_context"])) == (before, f"line {line}", after)


def test_a_line_that_the_source_does_not_have_has_no_source() -> None:
    found = one_frame(index_of(map_json([(0, 0, 0, 900, 0)], sourcesContent=[SOURCE])))
    assert (found["lineno"], "context_line" in found) == (901, False)


@pytest.mark.parametrize("column", [0, 1_000, 9_990, 99_999])
def test_of_a_long_line_the_part_around_the_column_is_kept(column: int) -> None:
    line = "".join(f"{number:05}" for number in range(2_000))
    found = one_frame(index_of(map_json([(0, 0, 0, 1, column)], sourcesContent=[f"{'y' * 5_000}\n{line}"])))
    assert len(found["context_line"]) <= 220
    assert line[column : column + 5] in found["context_line"]
    assert found["pre_context"] == ["y" * 200 + " {snip}"]


def test_p19_of_an_event_of_many_stacks_so_many_frames_are_mapped_as_there_is_room_for() -> None:
    stack = {"type": "Error", "stacktrace": {"frames": [frame()] * 60}}
    event = {"platform": "javascript", "exception": {"values": [stack] * 20}}
    found = mapped(event, dict.fromkeys(scripts(event), index_of(map_json()))).event["exception"]["values"]
    counts = [sum("data" in one for one in entry["stacktrace"]["frames"]) for entry in found]
    # The exception that was raised last, by which the event is named and grouped, comes before the others, and its newest frames before older ones.
    assert counts == [0] * 11 + [20] + [60] * 8
    assert sum(counts) == MAX_MAPPED_FRAMES
    assert [("data" in one) for one in found[11]["stacktrace"]["frames"]] == [False] * 40 + [True] * 20


# Whose code it is ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "ignored", "was", "is_own"),
    [
        ("src/a.ts", [], True, True),
        ("src/a.ts", [], False, False),
        ("src/a.ts", [], None, None),
        ("../node_modules/a/b.js", [], True, False),
        ("src/a.ts", [0], True, False),
    ],
)
def test_packages_are_not_the_programs_own(source: str, ignored: list[int], *, was: bool | None, is_own: bool | None) -> None:
    assert one_frame(index_of(map_json(sources=[source], ignoreList=ignored)), frame(in_app=was))["in_app"] is is_own


# Why a frame has no original -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "found", "problem"),
    [
        (js_event([frame()], {URL: "the-id"}), None, f"No source map for {URL} (debug id the-id)."),
        (js_event([frame()], release="shop@1"), None, f"No source map for {URL} in release shop@1."),
        (js_event([frame()]), None, f"No source map for {URL}: the event has neither a debug id nor a release."),
        (js_event([frame()]), "is not JSON", f"The source map of {URL} is not JSON."),
        (js_event([frame(9, 4)]), index_of(map_json()), f"The source map of {URL} has nothing for line 9, column 4."),
        (js_event([frame(url="https://x.example/main.js")], release="1"), None, None),
        (js_event([frame(url="/app/dist/server.js")], release="1", platform="node"), None, None),
        (
            js_event([frame(1, 4_000, url="https://x.example/main.js")], release="1"),
            None,
            "No source map for https://x.example/main.js in release 1.",
        ),
    ],
)
def test_a_frame_without_an_original_says_why(event: JSON, found: MapIndex | str | None, problem: str | None) -> None:
    assert with_map(event, found) == MappedEvent(event, (problem,) if problem else ())


def test_what_a_bundler_puts_around_all_modules_is_no_problem() -> None:
    read = with_map(js_event([frame(7, 1), frame()]), index_of(map_json()))
    assert (read.problems, [each["lineno"] for each in frames_of(read.event)]) == ((), [7, 1])


def test_problems_are_few_and_short() -> None:
    read = with_map(js_event([frame(url=f"https://x.example/{'a' * 5_000}{number}.min.js") for number in range(200)] * 2), "is not JSON")
    assert len(read.problems) == 1
    read = with_map(js_event([frame(url=f"https://x.example/{number}.min.js") for number in range(200)]), "is not JSON")
    assert len(read.problems) == MAX_PROBLEMS
