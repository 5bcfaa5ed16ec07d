"""The variables of fingerprints, in those that an SDK sends and in a project's own rules, as in ``["{{ error.type }}", "{{ transaction }}"]``."""

from __future__ import annotations

import re
from collections.abc import Callable

from core.rules.grouping.exceptions import Exceptions
from core.rules.grouping.files import lasting_path
from core.rules.grouping.frames import counted_frames
from core.rules.grouping.messages import logged, parametric
from core.rules.grouping.names import lasting_name, lasting_type
from core.rules.grouping.reading import as_text, frames, object_of, tag_of, text_of

VARIABLE = re.compile(r"\{\{\s*+([^\s{}]++)\s*+\}\}")
_SEPARATOR = re.compile(r"[\\/]")
_LABELS = ("transaction", "level", "logger", "release")
_TAG_PREFIX = "tags."


def variable_in(word: str) -> str:
    """Return the variable's name in a word, such as ``error.type`` in ``{{ error.type }}``; empty if the word is not a variable."""
    match = VARIABLE.fullmatch(word.strip())
    return match[1] if match else ""


def is_variable(name: str) -> bool:
    """Return whether a variable has this name. ``default`` is not among them: the general rules fill it in."""
    return name in _VARIABLES or (name.startswith(_TAG_PREFIX) and name != _TAG_PREFIX)


def value_of(name: str, raised: Exceptions) -> str | None:
    """Return a variable's value in the event of these exceptions; None for an unknown variable.

    If the event has no value, it is ``<no-transaction>`` and the like, as in Sentry.
    """
    if name.startswith(_TAG_PREFIX):
        tag = name.removeprefix(_TAG_PREFIX)
        return tag_of(raised.event, tag) or f"<no-value-for-tag-{tag}>"
    read = _VARIABLES.get(name)
    return None if read is None else read(raised) or f"<no-{name.rpartition('.')[2]}>"


def _message(raised: Exceptions) -> str:
    return parametric(logged(raised.event) or as_text(raised.main.get("value")))


def _raw_message(raised: Exceptions) -> str:
    formatted = as_text(object_of(raised.event.get("logentry")).get("formatted"))
    return formatted or logged(raised.event) or as_text(raised.main.get("value"))


def _of_exception(field: str, tidy: Callable[[str, str], str]) -> Callable[[Exceptions], str]:
    return lambda raised: tidy(as_text(raised.main.get(field)), raised.platform)


def _of_frame(fields: tuple[str, ...], tidy: Callable[[str, str], str]) -> Callable[[Exceptions], str]:
    """Return a reader of fields of the newest counted frame, in the exception that names the event."""

    def read(raised: Exceptions) -> str:
        stack = counted_frames(frames(raised.main), raised.platform)
        values = (text_of(stack[-1].get(field)) for field in fields) if stack else iter(())
        return tidy(next((value for value in values if value), ""), raised.platform)

    return read


def _label(name: str) -> Callable[[Exceptions], str]:
    return lambda raised: text_of(raised.event.get(name))


def _plain(value: str, _: str) -> str:
    return value


def _base_name(path: str, _: str) -> str:
    return _SEPARATOR.split(path)[-1]


def _parametric(text: str, _: str) -> str:
    return parametric(text)


_VARIABLES: dict[str, Callable[[Exceptions], str]] = {
    "message": _message,
    "raw_message": _raw_message,
    **dict.fromkeys(("error.type", "type"), _of_exception("type", lasting_type)),
    **dict.fromkeys(("error.value", "value"), _of_exception("value", _parametric)),
    **dict.fromkeys(("error.raw_value", "raw_value"), _of_exception("value", _plain)),
    **dict.fromkeys(("stack.function", "function"), _of_frame(("function",), lasting_name)),
    **dict.fromkeys(("stack.module", "module"), _of_frame(("module",), lasting_type)),
    **dict.fromkeys(("stack.abs_path", "path"), _of_frame(("abs_path", "filename"), lasting_path)),
    "stack.filename": _of_frame(("filename", "abs_path"), lasting_path),
    **dict.fromkeys(("stack.package", "package"), _of_frame(("package",), _base_name)),
    **{name: _label(name) for name in _LABELS},
}
