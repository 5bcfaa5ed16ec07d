"""Every example in ``docs/grouping.md`` is true."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.rules.grouping.exceptions import Exceptions
from core.rules.grouping.variables import value_of, variable_in
from core.types import JSON
from tests.support.grouping import crash, frame, is_same_issue, message, raised

PAGE = (Path(__file__).parents[4] / "docs" / "grouping.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\w+) \| ([\w ]+) \| `(.+)` \| `(.+)` \| (same|different) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)


def in_frame(field: str, value: str | int) -> JSON:
    place = {} if field in ("filename", "module") else {"filename": "cart"}
    return crash(raised(frame() | {"module": None, **place, field: value}))


PARTS: dict[str, Callable[[str], JSON]] = {
    "message": message,
    "value": lambda text: crash(raised(value=text)),
    "type": lambda text: crash(raised(frame(), kind=text)),
    "function": lambda text: in_frame("function", text),
    "module": lambda text: in_frame("module", text),
    "file": lambda text: in_frame("filename", text),
    "line": lambda text: in_frame("lineno", int(text)),
    "code": lambda text: in_frame("context_line", text),
    "NSError code": lambda text: crash(raised(frame(), meta={"ns_error": {"domain": "A", "code": int(text)}})),
    "signal": lambda text: crash(raised(frame(), meta={"signal": {"number": int(text)}})),
    "address": lambda text: crash(
        raised({"instruction_addr": text, "image_addr": "0x1000", "package": "/usr/lib/libshop.so", "in_app": True}, kind="SIGSEGV")
    ),
}


@pytest.mark.parametrize(("platform", "part", "one", "other", "issue"), ROWS)
def test_an_example_is_true(platform: str, part: str, one: str, other: str, issue: str) -> None:
    event_platform = {} if platform == "any" else {"platform": platform}
    assert is_same_issue(PARTS[part](one) | event_platform, PARTS[part](other) | event_platform) == (issue == "same")


def test_every_row_is_read() -> None:
    assert len(ROWS) == PAGE.count("| same |\n") + PAGE.count("| different |\n") >= 35


def test_every_variable_on_the_page_is_known() -> None:
    names = {variable_in(word) for word in re.findall(r"\{\{ [\w.]+ \}\}", PAGE)} - {"default"}
    assert len(names) >= 14
    assert [name for name in names if value_of(name, Exceptions({}, "")) is None] == []
