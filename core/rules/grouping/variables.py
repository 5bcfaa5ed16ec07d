"""The variables that an SDK may put into a fingerprint of its own, as in ``["{{ error.type }}", "{{ transaction }}"]``."""

from __future__ import annotations

import re
from collections.abc import Callable

from core.rules.grouping.exceptions import Exceptions
from core.rules.grouping.files import lasting_path
from core.rules.grouping.frames import counted_frames
from core.rules.grouping.messages import logged, parametric
from core.rules.grouping.names import lasting_name, lasting_type
from core.rules.grouping.reading import frames, object_of, said_by, text_of
from core.types import JSON

_VARIABLE = re.compile(r"\{\{\s*+([^\s{}]++)\s*+\}\}")
_SEPARATOR = re.compile(r"[\\/]")
_MAX_TAGS = 200
_LABELS = ("transaction", "level", "logger")
_TAGS_OF_EVENTS = frozenset({"environment", "release", "dist", "level", "logger", "server_name", "transaction"})
"""Tags that SDKs send as fields of the event."""


def variable_in(word: str) -> str:
    """Return the name of the variable that the word is, as ``error.type`` of ``{{ error.type }}``; nothing where it is none."""
    match = _VARIABLE.fullmatch(word.strip())
    return match[1] if match else ""


def value_of(name: str, raised: Exceptions) -> str | None:
    """Return what a variable stands for in the event of these exceptions; None where no such variable is known.

    Where the event has none, that is ``<no-transaction>`` and the like, as in Sentry.
    """
    if name.startswith("tags."):
        tag = name.removeprefix("tags.")
        return _tag(raised.event, tag) or f"<no-value-for-tag-{tag}>"
    read = _VARIABLES.get(name)
    return None if read is None else read(raised) or f"<no-{name.rpartition('.')[2]}>"


def _tag(event: JSON, name: str) -> str:
    tags = event.get("tags")
    pairs: list[object] = list(tags.items()) if isinstance(tags, dict) else tags if isinstance(tags, list) else []
    values = (pair[1] for pair in pairs[:_MAX_TAGS] if isinstance(pair, list | tuple) and len(pair) == 2 and pair[0] == name)
    value = next((said for value in values if (said := said_by(value))), "")
    return value or (text_of(event.get(name)) if name in _TAGS_OF_EVENTS else "")


def _message(raised: Exceptions) -> str:
    return parametric(logged(raised.event) or said_by(raised.main.get("value")))


def _raw_message(raised: Exceptions) -> str:
    formatted = said_by(object_of(raised.event.get("logentry")).get("formatted"))
    return formatted or logged(raised.event) or said_by(raised.main.get("value"))


def _of_exception(field: str, tidy: Callable[[str, str], str]) -> Callable[[Exceptions], str]:
    return lambda raised: tidy(said_by(raised.main.get(field)), raised.platform)


def _of_frame(fields: tuple[str, ...], tidy: Callable[[str, str], str]) -> Callable[[Exceptions], str]:
    """Reads the newest frame that counts of the exception that names the event."""

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
