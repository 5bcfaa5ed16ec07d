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
    """A function template says what it returns before its name."""
    start = name.find("operator ")  # as in "operator bool", whose name has a space
    if start >= 0:
        return name[:start].rsplit(" ", 1)[-1] + name[start:]
    return name if "<" in name else name.rsplit(" ", 1)[-1]


def _outside(name: str, openings: str) -> str:
    """The text outside of these brackets. Rust's ``<Cart as Shop>::pay`` keeps them, for there they say whose function it is."""
    kept: list[str] = []
    expected: list[str] = []
    dropped = 0
    for position, character in enumerate(name):
        if expected and character == expected[-1][0] and not name.endswith("-", 0, position):
            keeps = expected.pop() == ">+"
            dropped -= not keeps
            kept += [character] * (keeps and not dropped)
        elif character in openings:
            keeps = character == "<" and _is_qualifier(name, position)
            expected.append(_CLOSING[character] + ("+" if keeps else ""))
            kept += [character] * (keeps and not dropped)
            dropped += not keeps
        elif not dropped:
            kept.append(character)
    return "".join(kept)


def _is_qualifier(name: str, position: int) -> bool:
    before = name[position - 1 : position]
    return not (before.isalnum() or before in tuple("_:>}«»")) or name.startswith("<impl ", position)
