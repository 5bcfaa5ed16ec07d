"""A few combinators that say what JSON must look like; both card languages are written down with them as tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Rule = Callable[["Report", Any, str], None]
"""Looks at a value found at a JSON pointer and reports what is wrong with it."""


@dataclass
class Report:
    """The errors found so far, worded as Slack words them."""

    errors: list[str] = field(default_factory=list)

    def add(self, words: str, pointer: str) -> None:
        """Note an error at this place."""
        self.errors.append(f"[ERROR] {words} [json-pointer:{pointer or '/'}]")


def anything(_report: Report, _value: Any, _pointer: str) -> None:
    """Any value will do."""


def flag(report: Report, value: Any, pointer: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add("must be a boolean", pointer)


def number(report: Report, value: Any, pointer: str) -> None:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        report.add("must be a number", pointer)


def string(longest: int, shortest: int = 1) -> Rule:
    """A text of so many characters; blanks alone count as none."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add("must be a string", pointer)
        elif len(value) > longest:
            report.add(f"must be less than {longest + 1} characters", pointer)
        elif shortest and len(value.strip()) < shortest:
            report.add(f"must be more than {shortest - 1} characters", pointer)

    return check


def word(*words: str) -> Rule:
    """One of these words."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if value not in words:
            report.add(f"must be one of {', '.join(words)}", pointer)

    return check


def items(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of so many things."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            report.add("must be an array", pointer)
            return
        if len(value) > most:
            report.add(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            report.add(f"no fewer than {least} items allowed", pointer)
        for index, item in enumerate(value):
            rule(report, item, f"{pointer}/{index}")

    return check


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, also: Rule | None = None) -> Rule:
    """An object with these fields and no others (`type` apart); `also` looks at the whole."""
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
    """An object whose `type` picks the rule."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must be an object", pointer)
        elif value.get("type") not in table:
            report.add(f"unsupported {name}: {value.get('type')}", f"{pointer}/type")
        else:
            table[value["type"]](report, value, pointer)

    return check
