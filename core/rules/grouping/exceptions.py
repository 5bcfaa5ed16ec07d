"""Fingerprint the exceptions of an event: chains of causes, and groups of exceptions that were raised together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from core.rules.grouping.frames import STALE_CHUNK_PART, counted_frames, frame_part, is_minified, is_stale_chunk
from core.rules.grouping.messages import message_part, parametric
from core.rules.grouping.names import lasting_type
from core.rules.grouping.native import Images, error_codes
from core.rules.grouping.reading import as_text, exceptions, frames, object_of, text_of
from core.types import JSON

MAX_EXCEPTIONS = 50
"""Of an event; only the last ones count."""
_MAX_FRAMES = 5_000
"""Of all exceptions of an event."""
_MAX_DISTINCT_FRAMES = 250
"""Of a stack; only the newest ones count."""
_MAX_VALUE_CHARS = 1_024
"""The part of a value that is searched for known sentences."""

_GROUPS = frozenset(
    {"ExceptionGroup", "BaseExceptionGroup", "AggregateException", "System.AggregateException", "AggregateError", "CompositeException"}
)
"""Types of exception groups, because older SDKs do not mark groups."""
_CAUSES = frozenset({"__cause__", "__context__", "cause", "InnerException"})
"""The ``source`` of an exception that caused a group and is not a member."""
_OVERFLOW = re.compile(
    r"RecursionError|StackOverflow|SystemStackError|Maximum call stack|too much recursion|stack level too deep|stack overflow", re.IGNORECASE
)
Parts = tuple[str, ...]


class Exceptions:
    """The exceptions of one event. ``platform`` is the event's, such as ``python``."""

    def __init__(self, event: JSON, platform: str) -> None:
        self.event = event
        self.platform = platform
        self._all = exceptions(event)[-MAX_EXCEPTIONS:]
        self._known: dict[int, Parts] = {}
        self._frames_left = _MAX_FRAMES

    def parts(self) -> list[str]:
        """Return the parts of the fingerprint, causes first; an empty list without exceptions."""
        if len(self._all) == 1 or not self._has_groups:
            return [part for number in range(len(self._all)) for part in self._own(number)]
        return list(self._chain(self._root))

    @cached_property
    def main(self) -> JSON:
        """The exception that names the event: the last one raised, or a member of a group whose members are alike."""
        if not self._all:
            return {}
        number = self._root if self._has_groups else len(self._all) - 1
        while self._is_group(number):
            members = self._distinct_members(number)
            if len(members) != 1:
                break
            number = next(iter(members.values()))
        return self._all[number]

    # The tree ----------------------------------------------------------------------------------------------------------

    @cached_property
    def _has_groups(self) -> bool:
        return len(self._all) > 1 and any(map(self._is_group, range(len(self._all))))

    @cached_property
    def _numbers(self) -> dict[int, int]:
        """The index in the list of each ``exception_id``."""
        ids = ((_id(exception, "exception_id"), number) for number, exception in enumerate(self._all))
        return {id_: number for id_, number in ids if id_ is not None}

    @cached_property
    def _root(self) -> int:
        """The index of the exception that no other contains; if that is not exactly one, of the last one raised."""
        last = len(self._all) - 1
        free = [number for number in range(last + 1) if self._parent(number) is None]
        return last if last in free or not free else free[-1]

    def _parent(self, number: int) -> int | None:
        parent = self._numbers.get(-1 if (id_ := _id(self._all[number], "parent_id")) is None else id_)
        return None if parent == number else parent

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        """The exceptions that each exception contains, in the order of the list. Exceptions without a parent belong to the root."""
        children: dict[int, list[int]] = {}
        for number in range(len(self._all)):
            if number != self._root:
                parent = self._parent(number)
                children.setdefault(self._root if parent is None else parent, []).append(number)
        return children

    def _is_group(self, number: int) -> bool:
        exception = self._all[number]
        mechanism = object_of(exception.get("mechanism"))
        return mechanism.get("is_exception_group") is True or text_of(exception.get("type")) in _GROUPS

    # What they say -----------------------------------------------------------------------------------------------------

    def _chain(self, number: int, seen: frozenset[int] = frozenset()) -> Parts:
        """Return the parts of an exception and of all that it contains. ``seen`` are the exceptions around it, which end a circle of ids."""
        inside = [child for child in self._children.get(number, []) if child not in seen]
        around = seen | {number}
        if not self._is_group(number):
            return (*_joined(self._chain(child, around) for child in inside), *self._own(number))
        causes = _joined(self._chain(child, around) for child in inside if self._is_cause(child))
        members = self._distinct_members(number, seen)
        if len(members) == 1:
            return (*causes, *next(iter(members)))
        return (*causes, *self._own(number), *(part for member in sorted(members) for part in ("member", *member)))

    def _distinct_members(self, number: int, seen: frozenset[int] = frozenset()) -> dict[Parts, int]:
        """Return the distinct members of a group: the index of the first of each kind, by its parts."""
        distinct: dict[Parts, int] = {}
        for child in self._children.get(number, []):
            if child not in seen and not self._is_cause(child):
                distinct.setdefault(self._chain(child, seen | {number}), child)
        return distinct

    def _is_cause(self, number: int) -> bool:
        return text_of(object_of(self._all[number].get("mechanism")).get("source")) in _CAUSES

    def _own(self, number: int) -> Parts:
        """Return the parts of one exception without those that it contains."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = self._read(self._all[number])
        return known

    def _read(self, exception: JSON) -> Parts:
        kind, value = text_of(exception.get("type")), as_text(exception.get("value"))
        if is_stale_chunk(kind, value):
            return (STALE_CHUNK_PART,)
        if _is_message(exception, kind, value):
            return (message_part(value),)
        codes = error_codes(exception)
        called = self._called(frames(exception), f"{kind[:_MAX_VALUE_CHARS]} {value[:_MAX_VALUE_CHARS]}")
        label = f"type {lasting_type(kind, self.platform)}"
        if called:
            # The names that a minifier makes say nothing, so the value has to tell such errors apart.
            value_part = (f"value {parametric(value)}",) if self._is_minified(exception) else ()
            return (label, *value_part, *codes, *called)
        return (f"{label} value {parametric(value)}", *codes) if kind or value or codes else ()

    def _is_minified(self, exception: JSON) -> bool:
        return any(is_minified(frame, self.platform) for frame in counted_frames(frames(exception)[-_MAX_DISTINCT_FRAMES:], self.platform))

    # Their stacks ------------------------------------------------------------------------------------------------------

    def stack(self, stack: Sequence[JSON]) -> list[str]:
        """Return the parts of a stack without an exception."""
        return self._called(stack, "")

    def _called(self, stack: Sequence[JSON], label: str) -> list[str]:
        """Return each function once, the oldest call first, so that the depth of a recursion does not count.

        SDKs cut stacks of thousands of calls at either end. Of a stack that overflowed, according to ``label``, only the repeated calls
        count, in a fixed order.
        """
        newest = stack[-self._frames_left :] if self._frames_left else ()
        self._frames_left -= len(newest)
        parts = [part for part in map(self._frame_part, counted_frames(newest, self.platform)) if part]
        distinct = list(dict.fromkeys(parts))
        if len(distinct) < len(parts) and _OVERFLOW.search(label):
            distinct = sorted(part for part, times in Counter(parts).items() if times > 1)
        return distinct[-_MAX_DISTINCT_FRAMES:]

    def _frame_part(self, frame: JSON) -> str:
        return frame_part(self._images.located(frame), self.platform)

    @cached_property
    def _images(self) -> Images:
        return Images(self.event)


def _is_message(exception: JSON, kind: str, value: str) -> bool:
    """Return whether the SDK created the exception only to report a message. Its stack is that of the reporting call and does not count."""
    return not kind and object_of(exception.get("mechanism")).get("synthetic") is True and bool(value.strip())


def _id(exception: JSON, name: str) -> int | None:
    value = object_of(exception.get("mechanism")).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _joined(chains: Iterable[Parts]) -> Parts:
    return tuple(part for chain in chains for part in chain)
