"""What stands behind the name of a secret in a text: ``password=x``, ``"token": "x"``, ``--api-key x``, ``Cookie: x``, ``<pin>x</pin>``."""

from __future__ import annotations

import re

from bot.intake.secret_names import FILTERED, is_secret_name

_MARK = r"(?:\\{0,15}[\"'`]|&(?:quot|apos|\#0?3[49]|\#x2[27]);)"
"""A quotation mark, as JSON within JSON and HTML write it too."""
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


def scrub_assignments(text: str) -> str:
    """Return the text with the values behind the names of secrets replaced."""
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
    """Where the value begins and ends."""
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
    """A header is its whole line; its quotation marks stay."""
    if not (quoted := _QUOTED.match(text, at)):
        return (at, _end_of_bracketed(text, at + 1)) if text.startswith(("{", "["), at) else (at, _end(_LINE, text, at))
    end = _end_of_quoted(text, quoted)
    return quoted.end(), max(end - len(quoted[1]) if text.endswith(quoted[1], 0, end) else end, quoted.end())


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _end_of_quoted(text: str, opening: re.Match[str]) -> int:
    """The end of a quoted text; that of the whole where it is not closed.

    A mark behind n backslashes is closed by one behind n. Each level of JSON in JSON doubles the backslashes and adds one, so marks within
    the text stand behind more of them, and a backslash at its end makes the number grow by a multiple of 2(n + 1).
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
    """The end of what a bracket before ``at`` opens; that of the whole where it is not closed."""
    depth = 1
    for found in _BRACKETS.finditer(text, at):
        depth += 1 if found[0] in "[({" else -1
        if depth == 0:
            return found.end()
    return len(text)
