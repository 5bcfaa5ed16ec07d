"""Query strings and forms are read as parameters: ``?code=…&next=…``, the first one as well as the others, encoded or not."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote_plus

from bot.intake.secret_names import FILTERED, is_secret_parameter

Scrub = Callable[[str, int], str]
"""Takes the secrets out of a text that stood encoded in so many others."""

_MAX_DEPTH = 4
"""Addresses within parameters of addresses. What is encoded more often is left out as a whole."""
_RUN = re.compile(r"(?:[^\s\"'<>`\\]|'(?=\w))++")
_SEPARATOR = re.compile(r"([&;?#]++(?:amp;)?)")
_SIGNS_OF_PARAMETERS = re.compile(r"[&?#;][^\s\"'<>`=&?#;]*+=|=[^\s\"'<>`=&?#]*+[&?#]|%(?:25)*+3[dD]")
"""A parameter and something before or behind it, or an equals sign that is encoded."""
_SPACE = re.compile(r"\s")
_LEADING = re.compile(r"^[^\w\[%]+")


def scrub_parameters(text: str, scrub: Scrub, depth: int) -> str:
    """Return the text with the secrets taken out of the addresses and forms in it. ``scrub`` reads values that are encoded texts."""

    def read(run: re.Match[str]) -> str:
        return _read_form(run[0], scrub, depth) if _SIGNS_OF_PARAMETERS.search(run[0]) else run[0]

    # Few texts hold one, and looking at each of their words would cost more than all else.
    return _RUN.sub(read, text) if _SIGNS_OF_PARAMETERS.search(text) else text


def scrub_form(text: str, scrub: Scrub) -> str:
    """Return the text, which is a query string or a form as a whole: one parameter is enough. What holds white space is prose or code."""
    return text if _SPACE.search(text.strip()) else _read_form(text, scrub, 0)


def _read_form(text: str, scrub: Scrub, depth: int) -> str:
    pieces = _SEPARATOR.split(text)
    first, is_hidden = _read_parameter(pieces[0], scrub, depth)
    written = [first]
    for separator, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if is_hidden and "=" not in piece and not separator.startswith("&"):
            # The rest of a password that holds one of the separators.
            continue
        read, is_hidden = _read_parameter(piece, scrub, depth)
        written += [separator, read]
    return "".join(written)


def _read_parameter(piece: str, scrub: Scrub, depth: int) -> tuple[str, bool]:
    """The parameter as it may be kept, and whether something was hidden."""
    name, equals, value = piece.partition("=")
    if not equals:
        return _decoded(piece, scrub, depth), False
    if value and _is_secret(name):
        return f"{name}={value if value.startswith(FILTERED) else FILTERED}", True
    inner, equals, rest = value.partition("=")
    if rest and _is_secret(inner):
        return f"{name}={inner}={FILTERED}", True
    return f"{name}={_decoded(value, scrub, depth)}", False


def _is_secret(name: str) -> bool:
    return is_secret_parameter(_LEADING.sub("", name))


def _decoded(value: str, scrub: Scrub, depth: int) -> str:
    """The value, looked at as it will be once it is decoded; kept as it was written where nothing is to be hidden."""
    if "%" not in value:
        return value
    if depth >= _MAX_DEPTH:
        return FILTERED
    text = unquote_plus(value)
    scrubbed = scrub(text, depth + 1)
    return value if scrubbed == text else quote(scrubbed, safe="[]")
