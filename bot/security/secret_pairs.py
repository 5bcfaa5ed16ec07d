"""Find names with values in untrusted text: query strings, forms, command lines, assignments."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote_plus

from bot.security.secret_names import FILTERED, is_secret_name, is_secret_parameter

_MARK = r"(?:\\{0,15}[\"'`]|&(?:quot|apos|\#0?3[49]|\#x2[27]);)"
"""A quotation mark, also as written in nested JSON and in HTML."""
_ASSIGNMENT = re.compile(
    rf"""
    (?<![\w.-]) (?P<dashes>-{{1,3}}+)? (?P<name>[^\W\d][\w.\[\]-]{{0,99}}+)
    (?P<mark>{_MARK}?+)
    (?: \s{{0,3}}+ (?: ={{1,3}}>? | :=? (?!:|//) ) \s{{0,3}}+                                          # name = value, name: value, name => value
      | (?<=[\"'`;]) (?: \s{{0,3}}+ ,? \s{{0,3}}+ {_MARK}?+ (?:value|val|content) {_MARK}?+ \s{{0,3}}+ [:=] \s{{0,3}}+ # "name", "value": "…"
                       | \s{{0,3}}+ , \s{{0,3}}+ (?=[bu]?{_MARK})                                      # "name", "value"
                       | (?P<part> (?:;[^\r\n\\]{{0,200}})? (?:\r?\n|(?:\\r)?\\n){{2}}))                # the part of a form by that name
      | (?P<element> (?:\s[^<>]{{0,200}})?> (?=[^<\s]))                                               # <name>value</name>
      | (?(dashes) \s{{1,3}}+ (?=[^\s-]) | (?!)))                                                    # --name value
    """,
    re.VERBOSE,
)
_PHRASE = re.compile(r"([A-Za-z]{2,20})[ ]$")
_SECONDS = frozenset({"key", "keys", "code", "codes", "number", "string", "phrase", "link", "url", "secret"})
"""Words that name a secret together with the word before them: ``API key: x``."""
_HEADER = re.compile(r"(?i)(?:authorization|cookie)s?$")

_QUOTED = re.compile(rf"[bBuUrRfF]{{0,2}}({_MARK})")
_BRACKETED = re.compile(r"\w{0,40}+[\[({](?=[\w\"'\\\[{(}])")
_BRACKETS = re.compile(r"[\[\](){}]")
_ENDS_OF_QUOTES = {mark: re.compile(rf"(?<!\\)\\*+{mark}") for mark in "\"'`"}
_LINE = re.compile(r"(?:=\"[^\"\r\n]*+\"|[^\r\n\"'\\]|[\"'](?!\s*+(?:[,}\])]|$))|\\(?![rn\"']))++")
_BARE = re.compile(
    r"(?:[^\s,;&\"'<>(){}\[\]\\`]|[,;&](?!\s|$|(?:amp|quot|apos|\#\w{1,4});|[\w.%-]{0,40}[\"']?\s?[:=]|[\"'\[{(])|[\"'(\[](?=\w)|\\(?![\"'nrt]))++"
)
_UNTIL_TAG = re.compile(r"[^<]++")
_UNTIL_LINE_END = re.compile(r"(?:[^\r\n\\]|\\(?![rn]))++")
_NO_SECRETS = frozenset({"none", "null", "nil", "undefined", "true", "false"})
Scrub = Callable[[str, int], str]
"""Removes secrets from a text that was encoded ``depth`` times."""
_MAX_DEPTH = 4
"""Levels of encoded URLs within parameters of URLs. Deeper ones are removed as a whole."""
_RUN = re.compile(r"(?:[^\s\"'<>`\\]|'(?=\w))++")
_SEPARATOR = re.compile(r"([&;?#]++(?:amp;)?)")
_SIGNS_OF_PARAMETERS = re.compile(r"[&?#;][^\s\"'<>`=&?#;]*+=|=[^\s\"'<>`=&?#]*+[&?#]|%(?:25)*+3[dD]")
"""A parameter with text before or after it, or an encoded equals sign."""
_SPACE = re.compile(r"\s")
_LEADING = re.compile(r"^[^\w\[%]+")


def scrub_assignments(text: str) -> str:
    """Return the text with the values of secret names replaced."""
    written: list[str] = []
    at = 0
    while found := _ASSIGNMENT.search(text, at):
        end = found.end()
        if _names_a_secret(text, found):
            begin, end = _value(text, found)
            value = text[begin:end]
            if value.strip("\"'`\\ ") and value.lower() not in _NO_SECRETS and not value.lstrip("\"'`\\").startswith(FILTERED):
                written += [text[at:begin], FILTERED]
                at = end
                continue
        written.append(text[at:end])
        at = end
    return "".join([*written, text[at:]]) if written else text


def _names_a_secret(text: str, found: re.Match[str]) -> bool:
    name = found["name"]
    if found["element"] and text[max(found.start() - 1, 0)] not in "<:":
        return False
    if is_secret_name(name):
        return True
    if name.lower() in _SECONDS:
        before = _PHRASE.search(text[max(found.start() - 21, 0) : found.start()])
        return before is not None and is_secret_name(f"{before[1]} {name}")
    return False


def _value(text: str, found: re.Match[str]) -> tuple[int, int]:
    """Return the start and end of the value."""
    at = found.end()
    if found["element"]:
        return at, _end(_UNTIL_TAG, text, at)
    if found["part"]:
        return at, _end(_UNTIL_LINE_END, text, at)
    if _HEADER.search(found["name"]):
        return _header(text, at)
    if quoted := _QUOTED.match(text, at):
        return at, _end_of_quoted(text, quoted)
    if bracketed := _BRACKETED.match(text, at):
        return at, _end_of_bracketed(text, bracketed.end())
    return at, _end(_BARE, text, at)


def _header(text: str, at: int) -> tuple[int, int]:
    """Return the span of a header's value: the whole line, a bracketed value, or the text within its quotation marks."""
    if not (quoted := _QUOTED.match(text, at)):
        return (at, _end_of_bracketed(text, at + 1)) if text.startswith(("{", "["), at) else (at, _end(_LINE, text, at))
    end = _end_of_quoted(text, quoted)
    return quoted.end(), max(end - len(quoted[1]) if text.endswith(quoted[1], 0, end) else end, quoted.end())


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _end_of_quoted(text: str, opening: re.Match[str]) -> int:
    """Return the end of a quoted text; the end of the text if it is not closed.

    A mark after n backslashes is closed by one after n. Each level of nested JSON doubles the backslashes and adds one, so inner marks have more of
    them, and a backslash at the end increases the number by a multiple of 2(n + 1).
    """
    mark = opening[1]
    if mark.startswith("&"):
        end = text.find(mark, opening.end())
        return len(text) if end < 0 else end + len(mark)
    depth = len(mark) - 1
    for found in _ENDS_OF_QUOTES[mark[-1]].finditer(text, opening.end()):
        if (found.end() - found.start() - 1) % (2 * (depth + 1)) == depth:
            return found.end()
    return len(text)


def _end_of_bracketed(text: str, at: int) -> int:
    """Return the end of the text in the bracket before ``at``; the end of the text if it is not closed."""
    depth = 1
    for found in _BRACKETS.finditer(text, at):
        depth += 1 if found[0] in "[({" else -1
        if depth == 0:
            return found.end()
    return len(text)


def scrub_parameters(text: str, scrub: Scrub, depth: int) -> str:
    """Return the text with the secrets removed from its URLs and forms. ``scrub`` handles encoded values."""

    def read(run: re.Match[str]) -> str:
        return _read_form(run[0], scrub, depth) if _SIGNS_OF_PARAMETERS.search(run[0]) else run[0]

    # Few texts contain one, and checking each word would cost more than everything else.
    return _RUN.sub(read, text) if _SIGNS_OF_PARAMETERS.search(text) else text


def scrub_form(text: str, scrub: Scrub) -> str:
    """Return a query string or form without its secrets; one parameter is enough. A text with white space is prose or code and stays."""
    return text if _SPACE.search(text.strip()) else _read_form(text, scrub, 0)


def _read_form(text: str, scrub: Scrub, depth: int) -> str:
    pieces = _SEPARATOR.split(text)
    first, is_hidden = _read_parameter(pieces[0], scrub, depth)
    written = [first]
    for separator, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if is_hidden and "=" not in piece and not separator.startswith("&"):
            # The rest of a password that contains a separator.
            continue
        read, is_hidden = _read_parameter(piece, scrub, depth)
        written += [separator, read]
    return "".join(written)


def _read_parameter(piece: str, scrub: Scrub, depth: int) -> tuple[str, bool]:
    """Return the parameter without its secret, and whether anything was hidden."""
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
    """Decode the value to look for secrets; return it as written if there are none."""
    if "%" not in value:
        return value
    if depth >= _MAX_DEPTH:
        return FILTERED
    text = unquote_plus(value)
    scrubbed = scrub(text, depth + 1)
    return value if scrubbed == text else quote(scrubbed, safe="[]")
