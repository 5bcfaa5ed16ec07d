"""Pairs of events from public reports and real files, each for a whole kind: one issue or two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.rules.titles import title
from core.types import JSON
from tests.support.grouping import is_same_issue

CASES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((Path(__file__).parent / "cases").glob("*.json"))}
PAIRS = {name: case for name, case in CASES.items() if case["want"] in ("same", "different")}


@pytest.mark.parametrize("case", PAIRS.values(), ids=PAIRS.keys())
def test_a_pair_is_what_people_expect(case: JSON) -> None:
    one, other = case["events"]
    assert is_same_issue(one, other) == (case["want"] == "same")


def test_parameters_of_printf_stand_in_the_title() -> None:
    case = CASES["12-printf-params"]
    assert title(case["events"][0]) == case["want"]
    assert title(case["events"][1]) == "upload     failed after 3 tries"
