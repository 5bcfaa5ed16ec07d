"""Every regular expression of the product, and texts made to be hard for one of them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _constants as codes
from re import _parser as parser
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import bot
import core
import scheduler

_PACKAGES = (core, scheduler, bot)
_PROGRAMS = ("__main__", "migrations")
"""Modules that do something when they are imported."""
_GENERIC = ["a", "0", "A", " ", "-", ".", "\n", "\\", '"', "<", "@", ":", "é", "٣"]
_MAX_UNITS = 40
_MAX_REPEATS = 60
T = TypeVar("T")


def product_modules() -> list[ModuleType]:
    """All modules of the product."""
    names = [found.name for package in _PACKAGES for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [importlib.import_module(name) for name in names if not any(part in name.split(".") for part in _PROGRAMS)]


@cache
def product_patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern that a module, a class or a value in one of them holds, by where it is."""
    found: dict[str, re.Pattern[Any]] = {}
    seen: set[int] = set()
    for module in product_modules():
        for name, value in vars(module).items():
            found |= dict(_patterns_in(value, f"{module.__name__}.{name}", seen))
    return found


def _patterns_in(value: Any, place: str, seen: set[int]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if id(value) in seen or isinstance(value, ModuleType):
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield place, value
    for name, part in _parts_of(value):
        yield from _patterns_in(part, f"{place}.{name}", seen)


def _parts_of(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(str(name), part) for pair in value.items() for name, part in zip(pair, pair[::-1], strict=True)]
    if isinstance(value, list | tuple | set | frozenset):
        return [(str(number), part) for number, part in enumerate(value)]
    is_ours = str(getattr(value, "__module__", "")).split(".")[0] in {package.__name__ for package in _PACKAGES}
    if not is_ours:
        return []
    if isinstance(value, FunctionType):
        return [("defaults", value.__defaults__), ("keyword defaults", value.__kwdefaults__)]
    return list(getattr(value, "__dict__", {}).items())


_MADE_OF_GLOBS = frozenset({"own_globs.py"})
"""The module that makes patterns of globs, which people write. Its own tests show that these take linear time."""


def hidden_expressions() -> list[str]:
    """Where a module uses ``re`` so that no test sees the pattern: inside of a function, or a text that is compiled when it is used."""
    return [
        f"{path}:{place}"
        for package in _PACKAGES
        for path in sorted(Path(package.__path__[0]).rglob("*.py"))
        if path.name not in _MADE_OF_GLOBS
        for place in _hidden_in(ast.parse(path.read_text(encoding="utf-8")))
    ]


_HELPERS = frozenset({"compile", "Match", "Pattern", "escape", "error", "RegexFlag", "IGNORECASE", "VERBOSE", "MULTILINE", "DOTALL", "ASCII"})


def _hidden_in(tree: ast.Module) -> Iterator[str]:
    at_import = {id(node) for node in _run_at_import(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "re":
            yield f"{node.lineno}: from re import"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re":
            if node.attr not in _HELPERS:
                yield f"{node.lineno}: re.{node.attr}"
            if node.attr == "compile" and id(node) not in at_import:
                yield f"{node.lineno}: re.compile inside of a function"


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a module that run when it is imported: all but what stands in functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _run_at_import(child)


@dataclass(frozen=True)
class Recipe:
    """A text of any length: what stands at its beginning, what is repeated, and what stands at its end."""

    before: str
    unit: str
    end: str = ""

    def text(self, length: int) -> str:
        """The text of about that length."""
        return self.before + self.unit * max(1, (length - len(self.before) - len(self.end)) // len(self.unit)) + self.end


def hostile_texts(pattern: re.Pattern[Any]) -> list[Recipe]:
    """Texts made of the pattern's own parts: what it matches and each beginning of that many times over, and each of its repeated parts at
    great length behind what comes before it, with ends that fit and such that do not.
    """
    walk = _Walk()
    walk.sequence(parser.parse(pattern.pattern, pattern.flags), "")
    units = _some(_GENERIC + [sample for sample in walk.samples if sample], _MAX_UNITS)
    letters = "".join(dict.fromkeys("".join(units)))
    pairs = _some([one + two for one in letters for two in letters if one != two], _MAX_UNITS)
    joined = [unit + mark for unit in units if len(unit) > 1 for mark in "- \n"]
    recipes = [Recipe(before, unit, end) for before, unit in _some(walk.repeats, _MAX_REPEATS) for end in ("", "\0", "z")]
    recipes += [Recipe("", unit, end) for unit in units for end in ("", "!z")]
    recipes += [Recipe("", unit) for unit in (*pairs, *joined)]
    return list(dict.fromkeys(recipes))


def _some(values: Sequence[T], most: int) -> list[T]:
    """At most so many of them, each once, taken evenly."""
    distinct = list(dict.fromkeys(values))
    return distinct[:: -(-len(distinct) // most)] if distinct else []


class _Walk:
    """Goes through a parsed pattern and gathers samples of its parts."""

    def __init__(self) -> None:
        self.samples: list[str] = []
        self.repeats: list[tuple[str, str]] = []
        """What comes before a repeated part, and once the part."""

    def sequence(self, parts: Sequence[tuple[Any, Any]], before: str) -> str:
        """A sample of one part after the other."""
        sample = ""
        for code, argument in parts:
            sample += self._part(code, argument, before + sample)
            self.samples.append(before + sample)
        return sample

    def _part(self, code: Any, argument: Any, before: str) -> str:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            return self._repeat(argument, before)
        walk: dict[Any, Callable[[], str]] = {
            codes.LITERAL: lambda: chr(argument),
            codes.NOT_LITERAL: lambda: next(letter for letter in "a0 -" if ord(letter) != argument),
            codes.ANY: lambda: "a",
            codes.IN: lambda: _letter_in(argument),
            codes.BRANCH: lambda: self._branch(argument[1], before),
            codes.SUBPATTERN: lambda: self.sequence(argument[-1], before),
            codes.ATOMIC_GROUP: lambda: self.sequence(argument, before),
            codes.ASSERT: lambda: self._aside(argument, before),
            codes.ASSERT_NOT: lambda: self._aside((0, argument[1]), before),
        }
        return walk[code]() if code in walk else ""

    def _repeat(self, argument: Any, before: str) -> str:
        least, most, inner = argument
        unit = self.sequence(inner, before)
        self.samples.append(unit)
        if unit and most > 8:
            letters = [letter for part in inner if part[0] == codes.IN for letter in _letters_in(part[1])]
            self.repeats += [(before, unit), *((before, letter) for letter in letters)]
        return str(unit * max(least, 1))

    def _branch(self, branches: Sequence[Any], before: str) -> str:
        samples = [self.sequence(branch, before) for branch in branches]
        self.samples += samples
        return next((sample for sample in samples if sample), "")

    def _aside(self, argument: Any, before: str) -> str:
        """What is only looked at stands in the text where it is looked at backwards, for nothing else has put it there."""
        direction, inner = argument
        sample = self.sequence(inner, before)
        self.samples.append(sample)
        return sample if direction < 0 else ""


def _letters_in(members: Sequence[tuple[Any, Any]]) -> list[str]:
    """Some characters of a class: a letter, a digit, a space, and marks."""
    inside = re.compile(_class_of(members))
    fitting = [letter for letter in "a0 -_.:,/=@\n\"'<\\A" if inside.fullmatch(letter)]
    return fitting[:6]


def _letter_in(members: Sequence[tuple[Any, Any]]) -> str:
    literal = next((chr(argument) for code, argument in members if code == codes.LITERAL), None)
    return next(iter(_letters_in(members)), literal or next((chr(argument[0]) for code, argument in members if code == codes.RANGE), "a"))


def _class_of(members: Sequence[tuple[Any, Any]]) -> str:
    """A class as it is written."""
    words = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_NOT_SPACE: r"\S"}
    words |= {codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W"}
    written = ""
    for code, argument in members:
        if code == codes.NEGATE:
            written += "^"
        elif code == codes.LITERAL:
            written += re.escape(chr(argument))
        elif code == codes.RANGE:
            written += f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
        else:
            written += words[argument]
    return f"[{written}]"
