"""Names of functions without parameters, type arguments and the type they return.

Compilers write them in different ways (``std::__1::string`` and ``std::string``), and a generic function has one name for each type it was
compiled for.
"""

from __future__ import annotations

import re

_OPERATOR = re.compile(r"\boperator(?:\(\)|<=>|->\*?+|<<=?+|>>=?+|[<>]=?+)(?:\s(?=<))?")
_NO_BRACKETS = str.maketrans("()<>", "{}«»")
_QUALIFIERS = re.compile(r"(?: const| volatile| noexcept| ?&&?+){1,4}+$")
_SWIFT = re.compile(r" -> |closure in |^(?=[^(:.]*+\.)[^(:]*+\(")
_BRACKETS = re.compile(r"([()<>\[\]])")
_MAX_BRACKETS = 200
"""The rest of a name with more of them stays as it is."""
_CLOSING = {"(": ")", "<": ">", "[": "]"}


def without_signature(name: str, family: str) -> str:
    """Return the name without type arguments; in native code also without parameters and the type it returns.

    Methods of Objective-C stay as they are, and so do functions of Swift, whose parameters are a part of the name.
    """
    if family != "native":
        return _outside(name, "[") if "[" in name else name
    if name[:2] in ("-[", "+[") or _SWIFT.search(name):
        return name
    plain = _OPERATOR.sub(lambda match: match[0].rstrip().translate(_NO_BRACKETS), name)
    plain = _QUALIFIERS.sub("", _outside(plain, "(<").strip()).rstrip()
    return _without_result(plain) or name


def _without_result(name: str) -> str:
    """Return a name without the return type, which a function template puts before it."""
    start = name.find("operator ")  # as in "operator bool", whose name has a space
    if start >= 0:
        return name[:start].rsplit(" ", 1)[-1] + name[start:]
    return name if "<" in name else name.rsplit(" ", 1)[-1]


def _outside(name: str, openings: str) -> str:
    """Return the text outside these brackets. Rust's ``<Cart as Shop>::pay`` keeps them, because they name the owner of the function."""
    pieces = [piece for piece in _BRACKETS.split(name, maxsplit=_MAX_BRACKETS) if piece]
    kept: list[str] = []
    closings: list[tuple[str, bool]] = []
    dropped = 0
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        is_shown = not dropped
        if piece in openings:
            keeps = piece == "<" and _is_qualifier(before, after)
            closings.append((_CLOSING[piece], keeps))
            dropped += not keeps
            is_shown = is_shown and keeps
        elif closings and piece == closings[-1][0] and not before.endswith("-"):
            keeps = closings.pop()[1]
            dropped -= not keeps
            is_shown = is_shown and keeps
        if is_shown:
            kept.append(piece)
    return "".join(kept)


def _is_qualifier(before: str, after: str) -> bool:
    """Return whether a bracket between these texts is a qualifier and does not open type arguments, which follow a name."""
    return not (before[-1:].isalnum() or before[-1:] in tuple("_:>}«»")) or after.startswith("impl ")
