"""A project's own grouping rules: which frames count, and which events have a fingerprint of the project's choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

from core.rules.grouping.exceptions import Exceptions
from core.rules.grouping.own_syntax import FRAME_KEYS, Flag, Rule, parse_rules
from core.rules.grouping.own_values import MAX_FRAMES, EventValues, Stack
from core.rules.grouping.reading import is_in_app, text_of
from core.rules.grouping.variables import VARIABLE, value_of
from core.types import JSON

_MAX_VALUE_CHARS = 512
"""Of what a variable stands for."""
_MAX_PLATFORM_CHARS = 64
_IN_TITLES = {"message": "raw_message", "error.value": "raw_value", "value": "raw_value"}
"""In a title, a person reads the numbers and ids that do not count in a fingerprint."""
_MAX_TESTS = 20_000
"""Of frames by matchers in an event. A hostile one takes some microseconds."""
_REACHES: tuple[Literal["v", "", "^"], ...] = ("v", "", "^")
"""The order in which the flags of a rule are set. Matched frames are gone through from the oldest to the newest, so what a newer one says of
its callers is said last."""


@dataclass(frozen=True)
class AppliedRules:
    """What own rules make of an event: what is grouped by, and the title that a rule gives, or an empty text."""

    event: JSON
    title: str = ""


@dataclass(frozen=True)
class OwnRules:
    """The rules of one project. Every stack-trace rule that matches counts; the first fingerprint rule that matches decides."""

    stack_rules: tuple[Rule, ...] = ()
    fingerprint_rules: tuple[Rule, ...] = ()

    @property
    def count(self) -> int:
        """How many rules there are."""
        return len(self.stack_rules) + len(self.fingerprint_rules)

    @cached_property
    def tested_frames(self) -> int:
        """How many frames of an event are tested: fewer the more matchers of frames there are, so that no event takes long."""
        matchers = sum(matcher.key in FRAME_KEYS for rule in (*self.stack_rules, *self.fingerprint_rules) for matcher in rule.matchers)
        return min(MAX_FRAMES, _MAX_TESTS // max(1, matchers))

    def applied(self, event: JSON) -> JSON:
        """Return the event as it is to be grouped; the event itself stays as it is."""
        return self.applied_with_title(event).event

    def applied_with_title(self, event: JSON) -> AppliedRules:
        """Return the event as it is to be grouped, and the title that a rule gives it. The event itself stays as it is."""
        if not self.count:
            return AppliedRules(event)
        values = EventValues(event, self.tested_frames)
        changed = [(stack.holder, kept) for stack in values.stacks if (kept := self._kept_frames(values, stack)) is not None]
        marked = _replaced(event, changed)
        own, title = self._fingerprint(values, marked)
        return AppliedRules(marked | ({"fingerprint": own} if own else {}), title)

    def _kept_frames(self, values: EventValues, stack: Stack) -> list[JSON] | None:
        """Mark the frames of a stack and return those that are grouped by; None if no rule matches any."""
        matched = False
        most, least = None, 0
        for rule in self.stack_rules:
            places = _matched_places(values, stack, rule)
            if not places:
                continue
            matched = True
            most, least = rule.max_frames or most, rule.min_frames or least
            for reach in _REACHES:
                for flag in (flag for flag in rule.flags if flag.reach == reach):
                    _set(stack, flag, places)
        return _counted(stack, most, least) if matched else None

    def _fingerprint(self, values: EventValues, event: JSON) -> tuple[list[str], str]:
        """Return the fingerprint and the title that the first matching rule gives. ``event`` is what the stack-trace rules left of it."""
        rule = next((rule for rule in self.fingerprint_rules if values.matches(rule.matchers)), None)
        if rule is None:
            return [], ""
        variables = _Variables(event)
        return [variables.filled(word) for word in rule.fingerprint], variables.filled(rule.title, _IN_TITLES)


@lru_cache(maxsize=256)
def parse(text: str) -> OwnRules:
    """Return the rules of a text. Raises Invalid, which names the line and the word that is not understood."""
    rules = parse_rules(text)
    return OwnRules(tuple(rule for rule in rules if not rule.fingerprint), tuple(rule for rule in rules if rule.fingerprint))


def _matched_places(values: EventValues, stack: Stack, rule: Rule) -> list[int]:
    if not stack.frames or not values.matches_event(rule.matchers) or not values.matches_exception(rule.matchers, stack.holder):
        return []
    return [place for place, frame in enumerate(stack.frames) if values.matches_frame(rule.matchers, frame)]


def _set(stack: Stack, flag: Flag, places: list[int]) -> None:
    if flag.reach == "v":
        reached: Sequence[int] = range(places[0] + 1, len(stack.frames))
    elif flag.reach == "^":
        reached = range(places[-1])
    else:
        reached = places
    for place in reached:
        if flag.name == "app":
            stack.frames[place]["in_app"] = flag.value
        else:
            stack.is_grouped[place] = flag.value


def _counted(stack: Stack, most: int | None, least: int) -> list[JSON]:
    grouped = [frame for frame, is_grouped in zip(stack.frames, stack.is_grouped, strict=True) if is_grouped]
    telling = [frame for frame in grouped if is_in_app(frame)] or grouped
    if len(telling) < least:
        return []
    return telling[-most:] if most else [*stack.older, *grouped]


def _replaced(event: JSON, changed: list[tuple[JSON, list[JSON]]]) -> JSON:
    """Return a copy of the event in which the holders of stacks have these frames."""
    frames_of = {id(holder): frames for holder, frames in changed}

    def with_frames(holder: JSON) -> JSON:
        return holder | {"stacktrace": holder["stacktrace"] | {"frames": frames_of[id(holder)]}}

    copy = with_frames(event) if id(event) in frames_of else dict(event)
    chain = event.get("exception")
    entries = chain.get("values", [chain]) if isinstance(chain, dict) else chain
    if isinstance(entries, list):
        copy["exception"] = {"values": [with_frames(entry) if id(entry) in frames_of else entry for entry in entries]}
    return copy


class _Variables:
    """Fills in variables. Each is read once, however often the rule names it."""

    def __init__(self, event: JSON) -> None:
        self._raised = Exceptions(event, text_of(event.get("platform"))[:_MAX_PLATFORM_CHARS])
        self._values: dict[str, str | None] = {}

    def filled(self, text: str, other_names: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return the text with the values of its variables. ``{{ default }}`` stays: the general rules fill it in.

        :param other_names: the variable to take for one of the names, such as ``raw_message`` for ``message``.
        """
        return VARIABLE.sub(lambda match: self._value(other_names.get(match[1], match[1]), match[0]), text)

    def _value(self, name: str, written: str) -> str:
        if name not in self._values:
            self._values[name] = value_of(name, self._raised)
        value = self._values[name]
        return written if value is None else value[:_MAX_VALUE_CHARS]
