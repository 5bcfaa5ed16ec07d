"""The page about grouping rules of one's own: its example is understood and does what its comments say."""

from __future__ import annotations

import re
from pathlib import Path

from core.rules.grouping.own_rules import parse

PAGE = (Path(__file__).parents[4] / "docs" / "grouping-rules.md").read_text()


def test_the_example_of_the_page_is_understood() -> None:
    (example,) = re.findall(r"```rules\n(.*?)```", PAGE, re.DOTALL)
    rules = parse(example)
    timeout = {"exception": {"values": [{"type": "Timeout", "value": "x"}]}, "tags": {"database": "db1"}}
    assert rules.count == 6
    assert rules.applied_with_title(timeout).title == "Timeout of db1"
    assert rules.applied({"message": "payment failed", "tags": {"region": "eu"}})["fingerprint"] == ["{{ default }}", "eu"]
    assert "fingerprint" not in rules.applied({"message": "payment failed", "tags": {"region": "test"}})
