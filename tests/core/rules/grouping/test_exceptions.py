"""What makes two exceptions the same: chains, groups, recursion, error codes, frames that are addresses only."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest

from core.rules.grouping.exceptions import MAX_EXCEPTIONS
from core.rules.grouping.fingerprints import fingerprints
from core.rules.titles import culprit, message, metadata, title
from core.types import JSON
from tests.support.grouping import crash, frame, is_same_issue, raised


def group(*members: JSON, kind: str = "ExceptionGroup", value: str = "", platform: str = "python", at: str = "main") -> JSON:
    """An event with a group of exceptions as SDKs send it: the group last, its members with the ids that follow."""
    top = raised(frame(at), kind=kind, value=value or f"{len(members)} sub-exceptions", exception_id=0, is_exception_group=True)
    placed = [
        member | {"mechanism": {"type": "chained", "exception_id": number, "parent_id": 0, "source": f"exceptions[{number - 1}]"}}
        for number, member in enumerate(members, 1)
    ]
    return crash(*reversed(placed), top, platform=platform)


def timeout(value: str = "host a", at: str = "fetch") -> JSON:
    return raised(frame(at), kind="TimeoutError", value=value)


def refused(value: str = "host a", at: str = "fetch") -> JSON:
    return raised(frame(at), kind="ConnectionRefusedError", value=value)


def cocoa(**meta: Any) -> JSON:
    stack = frame("-[Net fetch]", module=None, package="/private/var/containers/Bundle/App")
    return crash(raised(stack, kind="EXC", value="", meta=meta), platform="cocoa")


def chained(count: int) -> JSON:
    """One group in the other."""
    exceptions = [raised(kind="E", exception_id=count, parent_id=count - 1, type="chained")]
    for number in range(count - 1, -1, -1):
        parent = {"parent_id": number - 1} if number else {}
        exceptions.append(raised(kind="ExceptionGroup", value="", exception_id=number, is_exception_group=True, **parent))
    return crash(*exceptions)


def deep(*functions: str, kind: str = "RecursionError", value: str = "too deep") -> JSON:
    return crash(raised(*map(frame, functions), kind=kind, value=value))


def unnamed(address: int, at: int = 0x1000, package: str | None = "/usr/lib/libshop.so", **fields: Any) -> JSON:
    only = {"instruction_addr": hex(address), "image_addr": hex(at), "package": package, "module": None, "function": None, **fields}
    return crash(raised(frame(**only), kind="SIGSEGV", value=""), platform="native")


def in_images(address: int, *begins: int, **fields: Any) -> JSON:
    images = [{"code_file": f"/app/lib{number}.so", "image_addr": hex(begin)} for number, begin in enumerate(begins)]
    return unnamed(address, image_addr=None, package=None, **fields) | {"debug_meta": {"images": images}}


SAME = {
    "more alike members": (group(timeout("a"), timeout("b")), group(timeout("a"), timeout("b"), timeout("c"))),
    "one member and several": (group(timeout()), group(timeout(), timeout(), timeout())),
    "members in another order": (group(timeout(), refused()), group(refused(), timeout())),
    "members of two kinds, each more often": (group(timeout(), refused()), group(refused(), timeout(), refused(), timeout())),
    "an AggregateException": (
        group(timeout("a"), kind="AggregateException", platform="csharp"),
        group(timeout("b"), timeout("c"), kind="AggregateException", platform="csharp"),
    ),
    "an AggregateError": (
        group(refused("a"), kind="AggregateError", platform="javascript"),
        group(refused("b"), refused("c"), kind="AggregateError", platform="javascript"),
    ),
    "an AggregateException of an SDK that says nothing of groups": (
        crash(timeout(), raised(frame("main"), kind="AggregateException"), platform="csharp"),
        crash(timeout("b"), timeout("c"), raised(frame("main"), kind="AggregateException"), platform="csharp"),
    ),
    "groups in groups": (chained(3), chained(9)),
    "a deeper mutual recursion": (deep("main", *"fg" * 120), deep("main", *"fg" * 600)),
    "a recursion that is cut elsewhere": (deep("main", *"fg" * 120), deep(*"gf" * 25)),
    "a recursion that overflows in another function": (deep("main", *"fg" * 120), deep("main", *"fg" * 120, "f")),
    "a recursion that overflows in a helper": (deep("main", *"fg" * 120), deep("main", *"fg" * 90, "log")),
    "a recursion in a browser": (
        deep("main", *"f" * 9, kind="RangeError", value="Maximum call stack size exceeded"),
        deep(*"f" * 50, kind="RangeError", value="Maximum call stack size exceeded"),
    ),
    "a deeper walk": (deep("main", "walk", "step", kind="KeyError"), deep("main", *["walk", "step"] * 200, kind="KeyError")),
    "another thread's signal details": (
        cocoa(signal={"number": 11, "code": 1}, mach_exception={"exception": 1, "code": 1, "subcode": 77}),
        cocoa(signal={"number": 11, "code": 2}, mach_exception={"exception": 1, "code": 2, "subcode": 78}),
    ),
    "an address in an image that was loaded elsewhere": (unnamed(0x1234), unnamed(0x9234, at=0x9000)),
    "an image that is found by the address": (in_images(0x1234, 0x1000, 0x8000), in_images(0x21234, 0x21000, 0x8000)),
    "a relative address": (
        in_images(0x234, 0x1000, addr_mode="rel:0"),
        in_images(0x234, 0x7000, addr_mode="rel:0"),
    ),
    "a value of another number as JSON": (crash(raised(value={"code": 17, "at": 1})), crash(raised(value={"at": 2, "code": 19}))),
    "a page that is older than its scripts": (
        crash(raised(kind="TypeError", value="Failed to fetch dynamically imported module: https://x.example.com/assets/Cart-BVdJ3k2a.js")),
        crash(raised(kind="TypeError", value="error loading dynamically imported module: https://x.example.com/assets/Cart-Qk2_8sZx.js")),
    ),
    "a chunk that is gone": (
        crash(
            raised(frame("n.e", module=None), kind="ChunkLoadError", value="Loading chunk 41 failed.\n(error: https://x.example.com/41.3f2a1b9c.js)")
        ),
        crash(raised(frame("t.f", module=None), kind="Error", value="Loading CSS chunk 7 failed.")),
    ),
}

DIFFERENT = {
    "another member": (group(timeout()), group(refused())),
    "one more kind of member": (group(timeout()), group(timeout(), refused())),
    "members from another place": (group(timeout(at="fetch")), group(timeout(at="store"))),
    "groups of several kinds from another place": (group(timeout(), refused(), at="main"), group(timeout(), refused(), at="cron")),
    "another cause": (crash(timeout(), raised(frame())), crash(refused(), raised(frame()))),
    "another recursion": (deep("main", *"fg" * 120), deep("main", *"fh" * 120)),
    "another NSError code": (
        cocoa(ns_error={"domain": "NSURLErrorDomain", "code": -1009}),
        cocoa(ns_error={"domain": "NSURLErrorDomain", "code": -1001}),
    ),
    "another NSError domain": (cocoa(ns_error={"domain": "A", "code": 1}), cocoa(ns_error={"domain": "B", "code": 1})),
    "another signal": (cocoa(signal={"number": 11}), cocoa(signal={"number": 6})),
    "another errno": (cocoa(errno={"number": 2}), cocoa(errno={"number": 13})),
    "another Mach exception": (cocoa(mach_exception={"exception": 1}), cocoa(mach_exception={"exception": 6})),
    "another offset": (unnamed(0x1234), unnamed(0x1238)),
    "another image": (unnamed(0x1234), unnamed(0x1234, package="/usr/lib/libbank.so")),
    "another image by the address": (in_images(0x1234, 0x1000, 0x8000), in_images(0x8234, 0x1000, 0x8000)),
    "a value of other words as JSON": (crash(raised(value={"code": "lost"})), crash(raised(value={"code": "late"}))),
    "a list as value": (crash(raised(value=["lost"])), crash(raised(value=["late"]))),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_these_are_the_same_issue(one: JSON, other: JSON) -> None:
    assert is_same_issue(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_these_are_different_issues(one: JSON, other: JSON) -> None:
    assert not is_same_issue(one, other)


def test_a_group_of_alike_members_is_called_like_a_member() -> None:
    alike = group(timeout("no answer"), timeout("no answer"))
    assert title(alike) == "TimeoutError: no answer"
    assert (culprit(alike), message(alike)) == ("shop.cart in fetch", "no answer")
    assert metadata(alike)["type"] == "TimeoutError"
    assert title(group(timeout(), refused())) == "ExceptionGroup: 2 sub-exceptions"
    assert title(chained(4)) == "E: 'tea'"


def test_a_group_of_one_is_what_its_member_is_alone() -> None:
    assert is_same_issue(group(timeout()), crash(timeout()))


def test_the_cause_of_a_group_is_no_member() -> None:
    event = group(timeout(), refused())
    event["exception"]["values"][0]["mechanism"]["source"] = "__cause__"
    assert title(event) == "TimeoutError: host a"
    assert not is_same_issue(event, group(timeout()))


def test_the_causes_of_a_chain_count_as_they_did_without_ids() -> None:
    chain = [refused(), timeout(), raised(frame("main"))]
    ids = [{"exception_id": 2, "parent_id": 1}, {"exception_id": 1, "parent_id": 0}, {"exception_id": 0}]
    assert is_same_issue(crash(*chain), crash(*(link | {"mechanism": id_} for link, id_ in zip(chain, ids, strict=True))))


def test_the_order_of_members_never_counts() -> None:
    members = [timeout(), refused(), raised(frame("a")), raised(frame("b"))]
    assert len({fingerprints(group(*order))[0] for order in permutations(members)}) == 1


def test_ids_that_make_no_tree_are_read_all_the_same() -> None:
    chance = random.Random(3)
    ids = [None, -1, 0, 1, 2, 3, "1", True, 2.5, 10**30]
    for _ in range(500):
        mechanisms = [{"exception_id": chance.choice(ids), "parent_id": chance.choice(ids)} for _ in range(5)]
        event = crash(*(raised(kind=f"E{n}", is_exception_group=chance.random() < 0.5, **ids_) for n, ids_ in enumerate(mechanisms)))
        assert fingerprints(event)
        assert title(event)


def test_only_the_exceptions_that_were_raised_last_count() -> None:
    old = [raised(kind=f"E{number}") for number in range(99)]
    assert is_same_issue(crash(*old), crash(raised(kind="other"), *old))
    assert len(old) > MAX_EXCEPTIONS


@pytest.mark.parametrize(
    ("value", "name"), [({"b": 1, "a": None}, '{"a": null, "b": 1}'), (["x", 2], '["x", 2]'), (True, "true"), (17, "17"), (None, "")]
)
def test_a_value_that_is_no_text_is_shown_as_its_json(value: Any, name: str) -> None:
    assert title(crash(raised(kind="E", value=value))) == (f"E: {name}" if name else "E")
    assert message(crash(raised(kind="E", value=value))) == name


def test_errors_of_one_minified_function_are_told_apart_by_what_they_say() -> None:
    def minified(value: str, name: str) -> JSON:
        stack = [
            {"filename": "https://shop.example/assets/index.min.js", "function": "Cart.pay", "lineno": 1, "colno": 90_000, "in_app": True},
            {"filename": "https://shop.example/assets/index.min.js", "function": name, "lineno": 1, "colno": 91_000, "in_app": True},
        ]
        return {"platform": "javascript", "exception": {"values": [{"type": "TypeError", "value": value, "stacktrace": {"frames": stack}}]}}

    first = fingerprints(minified("Cannot read properties of undefined (reading 'total')", "t"))[0]
    assert first == fingerprints(minified("Cannot read properties of undefined (reading 'total')", "n"))[0], "another build"
    assert first != fingerprints(minified("e is not a function", "t"))[0]
