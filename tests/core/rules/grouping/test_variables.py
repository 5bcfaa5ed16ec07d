"""Fingerprints of a program's own, and the variables in them."""

from __future__ import annotations

from typing import Any

import pytest

from core.rules.grouping.exceptions import Exceptions
from core.rules.grouping.fingerprints import fingerprints
from core.rules.grouping.own_rules import parse
from core.rules.grouping.reading import tag_of
from core.rules.grouping.variables import value_of
from core.types import JSON
from tests.support.grouping import crash, frame, is_same_issue, message, raised

PLACE = {"module": "shop.cart", "abs_path": "/srv/app/shop/cart.py", "filename": "shop/cart.py", "package": "/usr/lib/libshop.so"}
FULL: JSON = crash(
    raised(frame("other"), kind="OSError", value="low"),
    raised(frame("pay", **PLACE), frame("send", module="http", in_app=False), kind="ValueError", value="order 17 lost"),
    transaction="/pay",
    logger="shop",
    tags=[["shop", "lisbon"], ["empty", None]],
    environment="production",
    platform="python",
)
VALUES = {
    "error.type": "ValueError",
    "type": "ValueError",
    "error.value": "order <*> lost",
    "error.raw_value": "order 17 lost",
    "message": "order <*> lost",
    "transaction": "/pay",
    "level": "error",
    "logger": "shop",
    "stack.function": "pay",
    "function": "pay",
    "stack.module": "shop.cart",
    "stack.filename": "shop/cart.py",
    "package": "libshop.so",
    "stack.package": "libshop.so",
    "tags.shop": "lisbon",
    "tags.environment": "production",
}
CHANGED: dict[str, JSON] = {
    "error.type": {"kind": "KeyError"},
    "error.value": {"value": "order late"},
    "message": {"value": "order late"},
    "transaction": {"transaction": "/cart"},
    "level": {"level": "fatal"},
    "logger": {"logger": "bank"},
    "stack.function": {"function": "ship"},
    "stack.module": {"module": "shop.stock"},
    "stack.abs_path": {"abs_path": "/srv/app/shop/stock.py"},
    "package": {"package": "/usr/lib/libbank.so"},
    "tags.shop": {"tags": {"shop": "porto"}},
}


def variation(**changed: Any) -> JSON:
    """The same error, where nothing of this is changed."""
    place = {name: changed.pop(name, value) for name, value in {"function": "pay", **PLACE}.items()}
    exception = raised(frame(**place), kind=changed.pop("kind", "ValueError"), value=changed.pop("value", "order lost"))
    return crash(exception, **{"transaction": "/pay", "logger": "shop", "tags": {"shop": "lisbon"}, **changed})


@pytest.mark.parametrize(("name", "expected"), VALUES.items())
def test_a_variable_stands_for_a_part_of_the_event(name: str, expected: str) -> None:
    assert value_of(name, Exceptions(FULL, "python")) == expected


@pytest.mark.parametrize("name", [*VALUES, "stack.abs_path", "raw_message"])
def test_a_variable_of_which_the_event_has_nothing_says_so(name: str) -> None:
    value = value_of(name, Exceptions({}, ""))
    assert value == (f"<no-value-for-tag-{name[5:]}>" if name.startswith("tags.") else f"<no-{name.rpartition('.')[2]}>")


@pytest.mark.parametrize("name", [*VALUES, "stack.abs_path", "raw_message", "release"])
@pytest.mark.parametrize("event", [FULL, {}])
def test_a_variable_stands_for_the_same_in_a_rule_of_the_project_and_in_the_fingerprint_of_an_sdk(event: JSON, name: str) -> None:
    variable = "{{ " + name + " }}"
    ruled = parse(f"!tags.none:x -> {variable}").applied(event)
    assert ruled["fingerprint"] == [value_of(name, Exceptions(event, "python" if event else ""))]
    assert is_same_issue(ruled, event | {"fingerprint": [variable]})


def test_a_title_shows_what_does_not_count_in_a_fingerprint() -> None:
    applied = parse('level:error -> x title="{{ error.value }}: {{ message }} {{ error.type }}"').applied_with_title(FULL)
    assert applied.title == "order 17 lost: order 17 lost ValueError"


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ({"shop": "one"}, "one"),
        ([["shop", None], ["shop", "two"], ["shop", "three"]], "two"),
        ({"shop": True}, "true"),
        ({"shop": 5}, "5"),
        ({"shop": {"name": "one"}}, ""),
        ([["shop"], "shop", ["shop", "one", "two"]], ""),
        ([["x", "y"]] * 200 + [["shop", "late"]], ""),
    ],
)
def test_a_tag_is_read_in_every_shape_that_sdks_send(tags: object, text: str) -> None:
    assert tag_of({"tags": tags}, "shop") == text


@pytest.mark.parametrize("name", CHANGED)
def test_events_that_differ_in_a_variable_are_different_issues(name: str) -> None:
    own = {"fingerprint": ["{{ " + name + " }}"]}
    assert is_same_issue(variation() | own, variation() | own)
    assert not is_same_issue(variation() | own, variation(**CHANGED[name]) | own)
    others = [changes for other, changes in CHANGED.items() if other != name and {other, name} != {"error.value", "message"}]
    assert all(is_same_issue(variation() | own, variation(**changes) | own) for changes in others)


@pytest.mark.parametrize("word", ["{{ error.type }}", "{{error.type}}", " {{  error.type  }} "])
def test_white_space_in_a_variable_does_not_count(word: str) -> None:
    assert is_same_issue(FULL | {"fingerprint": [word]}, FULL | {"fingerprint": ["{{ type }}"]})


@pytest.mark.parametrize("word", ["{{ default }}", "{{ unknown }}", "{{ stack.depth }}", "{{default}}"])
def test_an_unknown_variable_stands_for_the_default(word: str) -> None:
    assert is_same_issue(FULL | {"fingerprint": [word]}, FULL)
    assert not is_same_issue(FULL | {"fingerprint": [word, "x"]}, FULL)


def test_words_around_variables_are_words() -> None:
    assert not is_same_issue(FULL | {"fingerprint": ["type {{ error.type }}"]}, FULL | {"fingerprint": ["type {{ error.value }}"]})


def test_a_variable_and_the_same_word_are_one_issue() -> None:
    assert is_same_issue(FULL | {"fingerprint": ["{{ error.type }}"]}, message("x") | {"fingerprint": ["ValueError"]})


@pytest.mark.parametrize("own", [[], [""], "", None, {}, [None, {}, []], 0.0, False])
def test_a_fingerprint_that_says_nothing_is_the_default(own: Any) -> None:
    assert is_same_issue(FULL | {"fingerprint": own}, FULL) or own == 0


def test_the_fingerprints_are_those_of_the_newest_rules_and_of_each_older_version() -> None:
    assert fingerprints({"fingerprint": ["db"]}) == ("fb6d23d7c61dee76853d76da2919abf4", "5fd53e466b25a814487905e137e868aa")


def test_fingerprints_stay_what_they_were_in_earlier_releases() -> None:
    """These are in people's databases: a change here needs a new version of the rules, with these behind it."""
    assert fingerprints({"message": "took 2.5 s"})[0] == "c541d50235dd2363c34e410507ed23b3"
