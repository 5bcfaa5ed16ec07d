"""Messages with places for parameters, as logging libraries write them: ``%-10s``, ``%(name)s``, ``%1$s``, ``{}``, ``{name:.2f}``."""

from __future__ import annotations

import re
from collections.abc import Callable

from core.rules.grouping.reading import as_text

MAX_TEMPLATE_CHARS = 2_048
"""Of a template into which parameters are put."""
_MAX_VALUE_CHARS = 1_024
_MAX_WIDTH = 64
"""Characters. ``%999999999d`` would fill the memory."""

_PLACE = re.compile(
    r"""
      % (?: (?P<percent>%)
          | (?: \((?P<name>[^()\n]{1,64})\) | (?P<number>\d{1,2})\$ )?
            (?P<flags>[-+#0 ]{0,5}) (?P<width>\d{0,9}) (?:\.(?P<precision>\d{0,9}))? (?:hh|ll|[hlLqjzt])? (?P<kind>[sdirfFeEgGxXocupaAjO@])
        )
    | \{ (?: (?P<field>[@$]?\w{0,64}) (?:![rsa])? (?: :(?P<spec>[^{}\n]{0,32}) )? ) \}
    """,
    re.VERBOSE,
)
_SPEC = re.compile(r"(?P<flags>[<>^=+0,]{0,3})(?P<width>\d{0,9})(?:\.(?P<precision>\d{1,9}))?(?P<kind>[sdfFeEgGxXo]?)")
_PERCENT_KINDS = {"i": "d", "u": "d", "r": "s", "c": "s", "p": "s", "j": "s", "O": "s", "@": "s", "a": "s", "A": "s"}


class _Unfit(Exception):
    """The parameters do not fit the template."""


def filled(template: str, parameters: object) -> str:
    """Return the template with its parameters put in, or as it is where they do not fit it: wrong types or numbers, widths above 64.

    ``parameters`` is a list, a mapping by name, or a single value.
    """
    if parameters is None or parameters in ([], {}):
        return template
    parameters = parameters if isinstance(parameters, list | dict) else [parameters]
    try:
        return _Filling(parameters).of(template[:MAX_TEMPLATE_CHARS])
    except _Unfit:
        return template


class _Filling:
    """One template being filled."""

    def __init__(self, parameters: list[object] | dict[str, object]) -> None:
        self._named = parameters if isinstance(parameters, dict) else {}
        self._listed = list(parameters.values()) if isinstance(parameters, dict) else parameters
        self._used: set[int] = set()
        self._next = 0

    def of(self, template: str) -> str:
        text = _PLACE.sub(self._value, template)
        # A list with parameters that have no place belongs to another kind of template.
        if not self._named and len(self._used) < len(self._listed):
            raise _Unfit
        return text

    def _value(self, place: re.Match[str]) -> str:
        if place["percent"]:
            return "%"
        if place["kind"]:
            if place["name"] and place["name"] not in self._named:
                return place[0]
            value = self._parameter(place["name"], place["number"], first=1)
            return _formatted(value, place["flags"], place["width"], place["precision"], place["kind"])
        field = place["field"].lstrip("@$")
        is_number = field.isdecimal()
        value = self._parameter(None if is_number or not field else field, field if is_number else None, first=0)
        return _by_spec(value, place["spec"] or "")

    def _parameter(self, name: str | None, number: str | None, first: int) -> object:
        if name is not None and self._named:
            if name not in self._named:
                raise _Unfit
            return self._named[name]
        index = self._next if number is None else int(number) - first
        if not 0 <= index < len(self._listed):
            raise _Unfit
        self._next += number is None
        self._used.add(index)
        return self._listed[index]


def _by_spec(value: object, spec: str) -> str:
    match = _SPEC.fullmatch(spec)
    if match is None:
        # A format of another language, such as ``{Amount:C2}``.
        return as_text(value)[:_MAX_VALUE_CHARS]
    is_text = isinstance(value, str)
    left = "<" in match["flags"] or (is_text and ">" not in match["flags"])
    flags = ("-" if left else "") + "".join(flag for flag in match["flags"] if flag in "+0")
    return _formatted(value, flags, match["width"], match["precision"], match["kind"] or "s")


def _formatted(value: object, flags: str, width: str, precision: str | None, kind: str) -> str:
    """One parameter in its place. Raises _Unfit."""
    if int(width or 0) > _MAX_WIDTH or int(precision or 0) > _MAX_WIDTH:
        raise _Unfit
    kind = _PERCENT_KINDS.get(kind, kind)
    wanted: Callable[[object], object] = _text if kind == "s" else _number
    shape = f"%{flags}{width}{'' if precision is None else f'.{precision}'}{kind}"
    try:
        return str(shape % (wanted(value),))[:_MAX_VALUE_CHARS]
    except (TypeError, ValueError, OverflowError):
        raise _Unfit from None


def _text(value: object) -> str:
    return as_text(value)[:_MAX_VALUE_CHARS] if value is not None else "None"


def _number(value: object) -> int | float:
    """A number, also where the SDK sent it as text."""
    if isinstance(value, str) and len(value) <= _MAX_WIDTH:
        return float(value) if "." in value or "e" in value else int(value)
    if isinstance(value, int | float):
        return value
    raise _Unfit
