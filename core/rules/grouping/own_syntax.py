"""The syntax of a project's own grouping rules, which is Sentry's: one rule a line, matchers first.

A stack-trace rule ends in actions, as ``stack.module:vendor.* -app``; a fingerprint rule in an arrow and a fingerprint, as
``error.type:Timeout -> timeout, {{ transaction }} title="Timeout"``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from core.errors import Invalid
from core.rules.grouping.own_globs import compiled_glob
from core.rules.grouping.variables import VARIABLE, is_variable

MAX_TEXT_CHARS = 32_768
MAX_RULES = 200
MAX_MATCHERS = 400
"""Of all rules of a project."""
MAX_LINE_CHARS = 1_000
MAX_FRAMES = 250
"""The largest N of ``max-frames=N`` and ``min-frames=N``."""
_MAX_WORDS = 20
"""Of a fingerprint."""
_SHOWN_CHARS = 60

_ALIASES = {
    "stack.function": "function", "stack.module": "module", "stack.abs_path": "path", "stack.package": "package", "error.type": "type",
    "error.value": "value",
}  # fmt: skip
FRAME_KEYS = frozenset({"function", "module", "path", "package", "app"})
EXCEPTION_KEYS = frozenset({"type", "value"})
EVENT_KEYS = frozenset({"family", "message", "logger", "level", "release", "sdk"})
_PATH_KEYS = frozenset({"path", "package"})
_CASELESS_KEYS = frozenset({"path", "message", "value", "level", "sdk"})
_FAMILIES = frozenset({"all", "javascript", "native", "other"})
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})

_WORD = re.compile(r'\A(?:[^\s"]|"(?:[^"\\]|\\.)*+")++')
_MATCHER = re.compile(r"\A(!?)([A-Za-z][\w.-]*+):(.*+)", re.DOTALL)
_FLAG = re.compile(r"([v^]?)([+-])(app|group)")
_FRAMES = re.compile(r"(max|min)-frames=([0-9]{1,4})")
_VALUE = re.compile(r'\A\s*+(?:(,)|([A-Za-z]+=)?("(?:[^"\\]|\\.)*+")|((?:\{\{\s*+[^\s{}"]++\s*+\}\}|[^\s,"])++))')
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True)
class Matcher:
    """A test of one value: ``key`` is what it reads, ``tags.x`` included; one of the globs must describe the value, or none if negated."""

    key: str
    is_negated: bool
    globs: tuple[re.Pattern[str], ...]

    def matches(self, values: tuple[str, ...]) -> bool:
        """Return whether one of the values is described, or none of them if the matcher is negated."""
        return any(glob.match(value) for glob in self.globs for value in values) is not self.is_negated


@dataclass(frozen=True)
class Flag:
    """``+app`` and the like. ``reach`` is ``^`` for the callers of the frame, ``v`` for what it calls, empty for itself."""

    reach: str
    name: str
    value: bool


@dataclass(frozen=True)
class Rule:
    """A line: its matchers, and either actions on frames or a fingerprint with, perhaps, a title."""

    matchers: tuple[Matcher, ...]
    flags: tuple[Flag, ...] = ()
    max_frames: int | None = None
    min_frames: int | None = None
    fingerprint: tuple[str, ...] = ()
    title: str = ""


def parse_rules(text: str) -> list[Rule]:
    """Return the rules of a text, in order. Raises Invalid, which names the line and the word that is not understood."""
    if len(text) > MAX_TEXT_CHARS:
        raise Invalid("rules", f"The rules have {len(text):,} characters; at most {MAX_TEXT_CHARS:,} are allowed.")
    rules: list[Rule] = []
    matchers = 0
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        rule = _Line(number, line).rule()
        if rule is None:
            continue
        rules.append(rule)
        matchers += len(rule.matchers)
        if len(rules) > MAX_RULES or matchers > MAX_MATCHERS:
            raise Invalid("rules", f"Line {number}: a project can have {MAX_RULES} rules with {MAX_MATCHERS} matchers together; this is more.")
    return rules


class _Line:
    """Reads one line."""

    def __init__(self, number: int, line: str) -> None:
        self._number = number
        self._line = line.strip()

    def rule(self) -> Rule | None:
        """Return the rule; None for an empty line and a comment."""
        if not self._line or self._line.startswith("#"):
            return None
        if len(self._line) > MAX_LINE_CHARS:
            self._refuse(self._line, f"stands in a line of {len(self._line):,} characters; at most {MAX_LINE_CHARS:,} are allowed")
        matchers: list[Matcher] = []
        place = 0
        words: list[str] = []
        while place < len(self._line):
            word = self._word(place)
            place += len(word)
            place += len(self._line[place:]) - len(self._line[place:].lstrip())
            if word == "->":
                if words:
                    self._refuse("->", f"comes after the action “{_shown(words[0])}”; a rule has either actions or a fingerprint")
                return self._fingerprint(self._some(matchers, "->"), place)
            if word.startswith("#"):
                break
            if not words and (match := _MATCHER.fullmatch(word)):
                matchers.append(self._matcher(word, match[1] == "!", match[2], match[3]))
                continue
            words.append(word)
        if not words:
            self._refuse(self._line, "says no action and no fingerprint; end the rule in -app or -> fingerprint")
        return self._stack_rule(self._some(matchers, words[0]), words)

    def _word(self, place: int) -> str:
        match = _WORD.match(self._line[place:])
        following = self._line[place + match.end() :][:1] if match else '"'
        if match is None or following == '"':
            self._refuse(self._line[place:], "has a quotation mark that is not closed")
        return match[0]

    def _some(self, matchers: list[Matcher], word: str) -> tuple[Matcher, ...]:
        if not matchers:
            self._refuse(word, "needs a matcher before it, such as stack.function:main")
        return tuple(matchers)

    def _matcher(self, word: str, is_negated: bool, name: str, argument: str) -> Matcher:  # noqa: FBT001  it is a part of the word
        key = _ALIASES.get(name, name)
        if key not in FRAME_KEYS | EXCEPTION_KEYS | EVENT_KEYS and not (key.startswith("tags.") and len(key) > len("tags.")):
            self._refuse(name, "is not a matcher here; use one of stack.function, stack.module, stack.abs_path, stack.package, app, family, "
                "error.type, error.value, message, logger, level, release, sdk and tags.NAME")  # fmt: skip
        glob = _unquoted(argument)
        if not glob:
            self._refuse(word, "has nothing after its colon")
        return Matcher(key, is_negated, self._globs(key, word, glob))

    def _globs(self, key: str, word: str, glob: str) -> tuple[re.Pattern[str], ...]:
        if key == "app":
            if glob.lower() not in _YES | _NO:
                self._refuse(word, "says neither yes nor no")
            return (compiled_glob("yes" if glob.lower() in _YES else "no"),)
        if key == "family":
            families = glob.split(",")
            if not set(families) <= _FAMILIES:
                self._refuse(word, "is no family; there are javascript, native, other and all")
            return tuple(compiled_glob("*" if family == "all" else family) for family in families)
        if key in _PATH_KEYS:
            return (compiled_glob(glob.replace("\\", "/"), is_path=True, ignores_case=key in _CASELESS_KEYS),)
        return (compiled_glob(glob, ignores_case=key in _CASELESS_KEYS),)

    def _stack_rule(self, matchers: tuple[Matcher, ...], words: list[str]) -> Rule:
        flags: list[Flag] = []
        limits: dict[str, int] = {}
        for word in words:
            if match := _FLAG.fullmatch(word):
                flags.append(Flag(match[1], match[3], match[2] == "+"))
            elif match := _FRAMES.fullmatch(word):
                if not 1 <= int(match[2]) <= MAX_FRAMES:
                    self._refuse(word, f"needs a number from 1 to {MAX_FRAMES}")
                limits[match[1]] = int(match[2])
            elif word in {"|", "[", "]"} or word.startswith("["):
                self._refuse(word, "is not understood: matchers of callers have no meaning here; use ^ or v before an action")
            else:
                self._refuse(
                    word, "is no action; there are +app, -app, +group, -group, each also with ^ or v before it, max-frames=N and min-frames=N"
                )
        return Rule(matchers, tuple(flags), limits.get("max"), limits.get("min"))

    def _fingerprint(self, matchers: tuple[Matcher, ...], place: int) -> Rule:
        values: list[str] = []
        title = ""
        while place < len(self._line):
            match = _VALUE.match(self._line[place:])
            if match is None:
                self._refuse(self._line[place:], "has a quotation mark that is not closed")
            place += match.end()
            attribute, value = match[2], _unquoted(match[3] or match[4] or "")
            if match[4] and match[4].startswith("#"):
                break
            self._check_variables(value)
            if attribute == "title=":
                title = value
            elif attribute:
                self._refuse(attribute, 'is not understood; only title="…" can follow a fingerprint')
            elif value:
                values.append(value)
        if not values:
            self._refuse("->", "needs a fingerprint behind it, such as timeout or {{ default }}")
        if len(values) > _MAX_WORDS:
            self._refuse(values[_MAX_WORDS], f"is too much; a fingerprint has at most {_MAX_WORDS} values")
        return Rule(matchers, fingerprint=tuple(values), title=title)

    def _check_variables(self, value: str) -> None:
        for name in VARIABLE.findall(value):
            if name != "default" and not is_variable(name):
                self._refuse(name, "is no variable; there are default, error.type, error.value, message, transaction, level, logger, release, "
                    "stack.function, stack.module, stack.abs_path, stack.filename, stack.package and tags.NAME")  # fmt: skip

    def _refuse(self, word: str, problem: str) -> NoReturn:
        raise Invalid("rules", f"Line {self._number}: “{_shown(word)}” {problem}. Nothing was changed.")


def _shown(word: str) -> str:
    return word if len(word) <= _SHOWN_CHARS else word[: _SHOWN_CHARS - 1] + "…"


def _unquoted(word: str) -> str:
    is_quoted = len(word) > 1 and word.startswith('"') and word.endswith('"')
    return _ESCAPED.sub(r"\1", word[1:-1]) if is_quoted else word
