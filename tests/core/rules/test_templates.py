"""Templates of messages, filled with their parameters."""

from __future__ import annotations

from typing import Any

import pytest

from core.rules.templates import MAX_TEMPLATE_CHARS, filled
from core.rules.titles import title
from tests.support.grouping import message

FILLED: list[tuple[str, Any, str]] = [
    ("took %.2f s for %s", [1.5, "invoice"], "took 1.50 s for invoice"),
    ("%-10s failed after %d tries", ["upload", 3], "upload     failed after 3 tries"),
    ("%5d|%-5d|%05d|%+d|% d", [42, 42, 42, 42, 42], "   42|42   |00042|+42| 42"),
    ("%x %X %#x %o", [255, 255, 255, 8], "ff FF 0xff 10"),
    ("%e %g %5.1f", [1500.0, 0.5, 2.25], "1.500000e+03 0.5   2.2"),
    ("%.3s of %r", ["abcdef", "x"], "abc of x"),
    ("%ld %lu %lld %zu %hhd", [1, 2, 3, 4, 5], "1 2 3 4 5"),
    ("%@ and %i and %u", ["ann", 1, 2], "ann and 1 and 2"),
    ("100%% of %s", ["disk"], "100% of disk"),
    ("%(name)s has %(n)03d", {"name": "ann", "n": 7}, "ann has 007"),
    ("%2$s before %1$s", ["a", "b"], "b before a"),
    ("%s is %s", ["x", None], "x is None"),
    ("%s and %s", [{"a": 1}, [True]], '{"a": 1} and [true]'),
    ("%d of %d", ["3", "7"], "3 of 7"),
    ("%s", "one", "one"),
    ("{} of {}", [3, 7], "3 of 7"),
    ("{1} before {0}", ["a", "b"], "b before a"),
    ("{name:>6}|{n:.1f}|{n!r}", {"name": "ann", "n": 2.5}, "   ann|2.5|2.5"),
    ("{OrderId} by {@User}", [17, "ann"], "17 by ann"),
    ("{Amount:C2} is due", [5], "5 is due"),
]

AS_IT_IS: list[tuple[str, Any]] = [
    ("%s of %s", ["one"]),
    ("%s", ["one", "two"]),
    ("%d tries", ["many"]),
    ("%(name)s", {"other": 1}),
    ("%999999999d", [1]),
    ("%.999999999f", [1]),
    ("%65d", [1]),
    ("%*d", [5, 1]),
    ("%5$s", ["a"]),
    ("%0$s", ["a"]),
    ("{7}", ["a"]),
    ("all is lost", ["a"]),
    ("%d", [1e400]),
    ("%x", [1.5]),
    ("100% sure", []),
    ("%s", None),
]


@pytest.mark.parametrize(("template", "parameters", "expected"), FILLED)
def test_parameters_stand_in_their_places(template: str, parameters: Any, expected: str) -> None:
    assert filled(template, parameters) == expected
    assert title(message(template) | {"logentry": {"message": template, "params": parameters}}) == expected.strip()


@pytest.mark.parametrize(("template", "parameters"), AS_IT_IS)
def test_a_template_that_they_do_not_fit_stays_as_it_is(template: str, parameters: Any) -> None:
    assert filled(template, parameters) == template


def test_what_an_event_can_fill_is_bounded() -> None:
    assert len(filled("%64d" * 2_000, [1] * 2_000)) <= MAX_TEMPLATE_CHARS * 16
    assert len(filled("{}" * 2_000, ["x" * 2_000] * 2_000)) <= MAX_TEMPLATE_CHARS * 1_024
