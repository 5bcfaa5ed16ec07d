"""Version 1 of the grouping rules stays as it was: issues of older databases are known by its fingerprints."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.grouping.version1 import fingerprint, parametric
from core.types import JSON


def frame(function: str = "checkout", **more: Any) -> JSON:
    return {"module": "shop.cart", "filename": "shop/cart.py", "function": function, "lineno": 42, "in_app": True} | more


def crash(*frames: JSON, kind: str = "KeyError", value: str = "'tea'") -> JSON:
    return {"exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": list(frames)}}]}}


def message(text: str) -> JSON:
    return {"message": text, "level": "warning"}


def made_up(text: str, function: str) -> JSON:
    """A message as Sentry's JavaScript SDKs send it from version 11 on: an exception that was never raised."""
    mechanism = {"type": "generic", "synthetic": True}
    return {"exception": {"values": [{"value": text, "mechanism": mechanism, "stacktrace": {"frames": [frame(function)]}}]}}


LIBRARY = frame("dispatch", module="flask.app", in_app=False)
LIBRARY_CHANGED = frame("full_dispatch", module="flask.app", in_app=False)

SAME = {
    "another line number": (crash(frame(lineno=1)), crash(frame(lineno=99))),
    "another value": (crash(frame(), value="'tea'"), crash(frame(), value="'cup'")),
    "other code of a library": (crash(LIBRARY, frame()), crash(LIBRARY_CHANGED, LIBRARY, frame())),
    "other white space": (crash(frame(context_line="  return a / b")), crash(frame(context_line="\treturn a  / b\n"))),
    "minified code": (crash(frame(context_line="a" * 300)), crash(frame(context_line="b" * 300))),
    "another address": (crash(frame("f_0x7f01"), kind="E0x1"), crash(frame("f_0x7f02"), kind="E0x2")),
    "a lambda with another number": (crash(frame("lambda$total$0")), crash(frame("lambda$total$3"))),
    "a deeper recursion": (crash(frame("walk"), frame("step")), crash(*[frame("walk"), frame("step")] * 40)),
    "another place of deployment": (
        crash(frame(module=None, filename="/srv/releases/41/shop/cart.py")),
        crash(frame(module=None, filename="/srv/releases/42/shop/cart.py")),
    ),
    "another drive": (crash(frame(module=None, filename="C:\\shop\\cart.py")), crash(frame(module=None, filename="D:\\a\\shop\\cart.py"))),
    "another host and build": (
        crash(frame(module=None, filename="https://a.example.com/js/main.3f2a1b9c.js?v=1")),
        crash(frame(module=None, filename="https://b.example.com/js/main.77aa01dd.js")),
    ),
    "another build by Vite": (
        crash(frame(module=None, filename="app:///assets/index-BVdJ3k2a.js")),
        crash(frame(module=None, filename="app:///assets/index-Qk2_8sZx.js")),
    ),
    "no in-app frames, another line": (crash(frame(in_app=False, lineno=1)), crash(frame(in_app=None, lineno=2))),
    "no stack, another number": (crash(value="order 41 is gone"), crash(value="order 42 is gone")),
    "a message as newer browser SDKs send it": (message("took 2.5 s"), made_up("took 13 s", "first")),
    "a made-up exception from another place": (made_up("took 2.5 s", "first"), made_up("took 2.5 s", "second")),
    "a message with another number": (message("took 2.5 s"), message("took 13 s")),
    "a message with another e-mail": (message("mail to ada@example.com"), message("mail to bob.b@mail.example.org")),
    "a template with other parameters": (
        {"logentry": {"message": "user %s left", "params": ["ada"], "formatted": "user ada left"}},
        {"logentry": {"message": "user %s left", "params": ["bob"], "formatted": "user bob left"}},
    ),
    "message as text or as entry": (message("all is lost"), {"logentry": {"message": "all is lost"}}),
    "the list of exceptions with and without values": (
        crash(frame()),
        {"exception": crash(frame())["exception"]["values"]},
    ),
    "one's own fingerprint, another error": (crash(frame()) | {"fingerprint": ["db"]}, message("x") | {"fingerprint": ["db"]}),
    "the default said in words": (crash(frame()) | {"fingerprint": ["{{ default }}"]}, crash(frame()) | {"fingerprint": ["{{default}}"]}),
    "the default and nothing said": (crash(frame()) | {"fingerprint": ["{{ default }}"]}, crash(frame())),
    "an empty fingerprint": (crash(frame()) | {"fingerprint": []}, crash(frame())),
    "nothing but a place": ({"transaction": "GET /", "extra": {"a": 1}}, {"transaction": "GET /", "extra": {"a": 2}}),
}

DIFFERENT = {
    "another type": (crash(frame(), kind="KeyError"), crash(frame(), kind="ValueError")),
    "another function": (crash(frame("pay")), crash(frame("ship"))),
    "another line of code": (crash(frame(context_line="a / b")), crash(frame(context_line="a / c"))),
    "another module": (crash(frame(module="shop.cart")), crash(frame(module="shop.stock"))),
    "another cause": (
        {"exception": [{"type": "Timeout"}, {"type": "Unpaid"}]},
        {"exception": [{"type": "Refused"}, {"type": "Unpaid"}]},
    ),
    "another message": (message("disk is full"), message("disk is slow")),
    "one's own fingerprint": (crash(frame()) | {"fingerprint": ["a"]}, crash(frame()) | {"fingerprint": ["b"]}),
    "the default refined": (
        crash(frame()) | {"fingerprint": ["{{ default }}", "eu"]},
        crash(frame()) | {"fingerprint": ["{{ default }}", "us"]},
    ),
    "the default of another error refined": (
        crash(frame("pay")) | {"fingerprint": ["{{ default }}", "eu"]},
        crash(frame("ship")) | {"fingerprint": ["{{ default }}", "eu"]},
    ),
    "parts that read the same when joined": ({"fingerprint": ["a", "b"]}, {"fingerprint": ["a b"]}),
    "another level and nothing else": ({"level": "info"}, {"level": "error"}),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_these_are_the_same_issue(one: JSON, other: JSON) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_these_are_different_issues(one: JSON, other: JSON) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_a_fingerprint_stays_what_it_was_in_earlier_releases() -> None:
    assert fingerprint(crash(frame(context_line="return items[name]"))) == "19a123f02a8a782061801eff04858a22"
    assert fingerprint(message("took 2.5 s")) == "5a6f2c7bed793b72bb2985b12a83573d"
    assert fingerprint({"fingerprint": ["db"]}) == "5fd53e466b25a814487905e137e868aa"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order 1042 failed", "order <*> failed"),
        ("KeyError: 'shop'", "KeyError: <*>"),
        ('say "x" and `y`', "say <*> and <*>"),
        ("can't find the user's thing", "can't find the user's thing"),
        ("mail ada@example.com", "mail <*>"),
        ("10.1.2.3:8080 and ::1 and fe80::1ff:fe23:4567:890a", "<*> and <*> and <*>"),
        ("at 2026-01-02T10:11:12.123Z", "at <*>"),
        ("at 2026-01-02 10:11:12+02:00", "at <*>"),
        ("2 Jan 2026 or Jan 12", "<*> or <*>"),
        ("550e8400-e29b-41d4-a716-446655440000", "<*>"),
        ("commit a1b2c3d", "commit <*>"),
        ("<obj at 0x7f00ab12>", "<obj at <*>>"),
        ("01HV3ZK9Q2M4N5P6R7S8T9V0W1", "<*>"),
        ("took 120ms, 3.5e-7 of v1.2.3", "took <*>ms, <*> of <*>"),
        ("std::vector, utf8, sha256 and a facade", "std::vector, utf8, sha256 and a facade"),
    ],
)
def test_what_changes_from_time_to_time_becomes_a_placeholder(text: str, expected: str) -> None:
    assert parametric(text) == expected


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
PARTS = st.sampled_from(["fingerprint", "exception", "values", "stacktrace", "frames", "logentry", "message", "type", "value", "level", "logger"])
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PARTS, inner, max_size=4), max_leaves=10)


@given(st.dictionaries(PARTS, ANYTHING, max_size=6))
def test_whatever_an_event_holds_it_has_a_fingerprint(event: JSON) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", fingerprint(event))
