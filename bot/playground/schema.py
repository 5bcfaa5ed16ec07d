"""Combinators that describe valid JSON. Block Kit is written as tables of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Rule = Callable[["Report", Any, str], None]
"""Checks the value at a JSON pointer and reports its errors."""


@dataclass
class Report:
    """The errors found so far, worded as Slack words them."""

    errors: list[str] = field(default_factory=list)

    def add(self, message: str, pointer: str) -> None:
        """Add an error at this JSON pointer."""
        self.errors.append(f"[ERROR] {message} [json-pointer:{pointer or '/'}]")


def anything(_report: Report, _value: Any, _pointer: str) -> None:
    """Accept any value."""


def flag(report: Report, value: Any, pointer: str) -> None:
    """Accept a boolean."""
    if not isinstance(value, bool):
        report.add("must be a boolean", pointer)


def number(report: Report, value: Any, pointer: str) -> None:
    """Accept a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        report.add("must be a number", pointer)


def string(max_chars: int, min_chars: int = 1) -> Rule:
    """Return a rule for strings of `min_chars` to `max_chars` characters. A blank string counts as empty."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add("must be a string", pointer)
        elif len(value) > max_chars:
            report.add(f"must be less than {max_chars + 1} characters", pointer)
        elif min_chars and len(value.strip()) < min_chars:
            report.add(f"must be more than {min_chars - 1} characters", pointer)

    return check


def word(*words: str) -> Rule:
    """Return a rule for one of these strings."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if value not in words:
            report.add(f"must be one of {', '.join(words)}", pointer)

    return check


def items(rule: Rule, max_items: int, min_items: int = 1) -> Rule:
    """Return a rule for lists of `min_items` to `max_items` items, each checked by `rule`."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            report.add("must be an array", pointer)
            return
        if len(value) > max_items:
            report.add(f"no more than {max_items} items allowed", pointer)
        if len(value) < min_items:
            report.add(f"no fewer than {min_items} items allowed", pointer)
        for index, item in enumerate(value):
            rule(report, item, f"{pointer}/{index}")

    return check


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, also: Rule | None = None) -> Rule:
    """Return a rule for objects with these fields and no others except `type`. `also` checks the object as a whole."""
    known = {**required, **(optional or {})}

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must be an object", pointer)
            return
        for name in required:
            if name not in value:
                report.add(f"missing required field: {name}", pointer)
        for name, inner in value.items():
            if name in known:
                known[name](report, inner, f"{pointer}/{name}")
            elif name != "type":
                report.add(f"invalid additional property: {name}", pointer)
        if also is not None:
            also(report, value, pointer)

    return check


def one_of(table: Mapping[str, Rule], name: str = "type") -> Rule:
    """Return a rule for objects whose `type` selects the rule from the table."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must be an object", pointer)
        elif value.get("type") not in table:
            report.add(f"unsupported {name}: {value.get('type')}", f"{pointer}/type")
        else:
            table[value["type"]](report, value, pointer)

    return check
