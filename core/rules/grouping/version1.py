"""The first version of the grouping rules, kept as it was: issues from before version 2 are known by its fingerprints.

The first rule that applies decides:

1. the SDK's own ``fingerprint``, in which ``{{ default }}`` stands for what the rules below say;
2. the chain of exceptions: each one's type with its in-app frames (module or file, function, line of code), all frames where none is
   in-app, or its parametric value where there are no frames;
3. the message, before its parameters were put in, made parametric; an exception without a type that the SDK made up
   (``mechanism.synthetic``) counts as one;
4. the level and the transaction or logger.

A change here splits the issues of every database that is older.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from itertools import accumulate
from typing import Any

from core.rules.grouping import reading
from core.rules.grouping.reading import is_in_app, text_of
from core.types import JSON

_VERSION = "v1"

_MAX_EXCEPTIONS = 20
_MAX_FRAMES = 250
_MAX_PARTS = 50
_MAX_TEXT_CHARS = 1_024
_MAX_TOTAL_CHARS = 262_144
"""Longest text that the rules derive from an event, repetitions included; the rest is ignored. A chain of long stacks has a tenth of this."""
_MAX_CODE_CHARS = 200
"""A longer line of code is minified and changes with every build."""

_SHORT_CHARS = 200
"""What is longer is seldom seen twice."""

_DEFAULT = re.compile(r"^\{\{\s*default\s*\}\}$")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_SEPARATOR = re.compile(r"[\\/]")
_QUERY = re.compile(r"[?#]")
_SCHEME_AND_HOST = re.compile(r"^[A-Za-z][\w+.-]*://[^/]*")
_ROOTED = re.compile(r"^(?:/|\\|[A-Za-z]:[\\/])")
_BUILD_HASH = re.compile(r"\b(?=[a-f]*[0-9])[0-9a-f]{8,}\b|(?<=[-.])(?=[\w-]{0,9}[0-9A-Z])[\w-]{8,10}(?=\.(?:m?js|css)$)")
_GENERATED = re.compile(r"(?<=[$@])(?=[a-f]*[0-9])[0-9a-f]++\b")
"""Numbers and hashes that compilers and proxies add to names: ``lambda$total$0``, ``Shop$$EnhancerByCGLIB$$1ab2c3d``."""

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CHANGING = re.compile(
    rf"""
      (?<![\w.+-]) [\w.+-]++ @ [\w-]++ (?:\.[\w-]++)+                                              # e-mail
    | (?<!\w) " [^"\n]*+ " (?!\w) | (?<!\w) ' [^'\n]*+ ' (?!\w) | (?<!\w) ` [^`\n]*+ ` (?!\w)       # quoted
    | \b [0-9a-fA-F]{{8}} (?:-[0-9a-fA-F]{{4}}){{3}} - [0-9a-fA-F]{{12}} \b                            # uuid
    | \b \d{{4}}-\d\d-\d\d (?:[T ]\d\d:\d\d (?::\d\d (?:[.,]\d++)?)?)? (?:Z|\s?[+-]\d\d:?\d\d\b)?        # date and time
    | \b (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},?\ )?
      (?:\d{{1,2}}[ -]{_MONTH} | {_MONTH}\ {{1,2}}\d{{1,2}}) (?:,?[ -]\d{{4}})? \b                      # 2 Jan 2026, Jan 2
    | (?<![\w:]) (?=[0-9a-fA-F:]*\d) (?:[0-9a-fA-F]{{0,4}}:){{2,7}} [0-9a-fA-F]{{0,4}} (?![\w:])         # IPv6
    | \b 0x[0-9a-fA-F]++                                                                          # address
    | \b (?=[a-fA-F]*\d) (?=\d*[a-fA-F]) [0-9a-fA-F]{{7,}} \b                                       # hash
    | (?<![\w-]) (?=(?:[A-Za-z_-]*\d){{3}}) [\w-]{{20,}} (?![\w-])                                   # token
    | (?<!\w) (?:[+-]|v)? \d++ (?:[.,:/_-]\d++)*+ (?:[eE][+-]?\d++)?                                       # number, version, IPv4
    """,
    re.VERBOSE,
)


def fingerprint(event: JSON) -> str:
    """Return the event's fingerprint by these rules: 32 hexadecimal digits. Anything odd in the event is passed over."""
    return _hash(_parts(event))


def parametric(text: str) -> str:
    """Return the text with all that changes from one time to the next (numbers, ids, dates, addresses, quoted strings) made one placeholder."""
    return _CHANGING.sub("<*>", text[:_MAX_TEXT_CHARS])


def _exceptions(event: JSON) -> list[JSON]:
    return reading.exceptions(event)[-_MAX_EXCEPTIONS:]


def _frames(exception: JSON) -> list[JSON]:
    return reading.frames(exception)[-_MAX_FRAMES:]


def _parts(event: JSON) -> list[str]:
    own = event.get("fingerprint")
    words = [text_of(word) for word in own[:_MAX_PARTS]] if isinstance(own, list) else [text_of(own)]
    if not any(words):
        return _default(event)
    default: list[str] = []
    parts: list[str] = []
    size = 0
    for word in words:
        if not _DEFAULT.match(word):
            parts.append(f"own {word[:_MAX_TEXT_CHARS]}")
            continue
        # A short event can repeat a long default many times: compute it once, and repeat it only as often as the budget allows.
        default = default or _default(event)
        size += sum(map(len, default))
        parts += default if size <= _MAX_TOTAL_CHARS else ["default"]
    return parts


def _default(event: JSON) -> list[str]:
    parts = _of_exceptions(event) or _of_message(event) or _of_place(event)
    ends = accumulate(map(len, parts))
    return [part for part, end in zip(parts, ends, strict=True) if end <= _MAX_TOTAL_CHARS]


def _of_exceptions(event: JSON) -> list[str]:
    parts: list[str] = []
    for exception in _exceptions(event):
        kind, value, stack = text_of(exception.get("type")), text_of(exception.get("value")), _frames(exception)
        telling = [frame for frame in stack if is_in_app(frame)] or stack
        called = [part for part in map(_of_frame, telling) if part]
        if _is_message(exception, kind):
            parts.append(_message(value))
        elif called:
            parts += [f"type {_lasting(kind)}", *dict.fromkeys(called)]
        elif kind or value:
            parts.append(f"type {_lasting(kind)} value {parametric(value)}")
    return parts


def _is_message(exception: JSON, kind: str) -> bool:
    """Return whether the exception only carries a message. Its stack is that of the reporting call, which says where but not what."""
    mechanism = exception.get("mechanism")
    return not kind and isinstance(mechanism, dict) and mechanism.get("synthetic") is True and bool(text_of(exception.get("value")).strip())


def _of_frame(frame: JSON) -> str:
    place = _of_name(text_of(frame.get("module"))) or _of_file(text_of(frame.get("filename")) or text_of(frame.get("abs_path")))
    function = _of_name(text_of(frame.get("function")))
    code = " ".join(text_of(frame.get("context_line"))[: _MAX_CODE_CHARS * 2].split())
    if len(code) > _MAX_CODE_CHARS:
        code = ""
    return f"frame {place} {function} {code}" if place or function or code else ""


def _lasting(name: str) -> str:
    """Return the name of a type, module or function without the parts that change from run to run or build to build."""
    return _GENERATED.sub("", _ADDRESS.sub("", name[:_MAX_TEXT_CHARS]))


def _file(name: str) -> str:
    """Return the file name without the deployment directory and without a build hash."""
    name = name[:_MAX_TEXT_CHARS]
    path = _SCHEME_AND_HOST.sub("", name)
    if path == name and _ROOTED.match(path):
        path = _SEPARATOR.split(path)[-1]
    path = _QUERY.split(path)[0].replace("\\", "/").lstrip("./")
    return _BUILD_HASH.sub("", path)


_lasting_again = lru_cache(maxsize=8_192)(_lasting)
_file_again = lru_cache(maxsize=8_192)(_file)
"""Events repeat themselves."""


def _of_name(name: str) -> str:
    return _lasting_again(name) if len(name) <= _SHORT_CHARS else _lasting(name)


def _of_file(name: str) -> str:
    return _file_again(name) if len(name) <= _SHORT_CHARS else _file(name)


def _of_message(event: JSON) -> list[str]:
    entry = event.get("logentry")
    logged: Any = (entry.get("message") or entry.get("formatted")) if isinstance(entry, dict) else entry
    message = text_of(logged) or text_of(event.get("message"))
    return [_message(message)] if message.strip() else []


def _message(text: str) -> str:
    return f"message {parametric(text)}"


def _of_place(event: JSON) -> list[str]:
    place = text_of(event.get("transaction")) or text_of(event.get("logger"))
    return [f"level {text_of(event.get('level'))[:64]}", f"place {place[:_MAX_TEXT_CHARS]}"]


def _hash(parts: list[str]) -> str:
    # JSON keeps the parts apart whatever they hold, and writes half a surrogate pair without complaint.
    return hashlib.blake2s(f"{_VERSION} {json.dumps(parts)}".encode(), digest_size=16).hexdigest()
