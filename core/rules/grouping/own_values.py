"""The values of an event that the matchers of a project's own grouping rules test."""

from __future__ import annotations

from itertools import chain

from core.rules.grouping.own_syntax import EXCEPTION_KEYS, FRAME_KEYS, Matcher
from core.rules.grouping.reading import as_text, exceptions, frames, is_in_app, tag_of, text_of
from core.types import JSON

_MAX_EXCEPTIONS = 20
MAX_FRAMES = 500
"""Of all stacks of an event, the newest of each; rules pass over the others."""
_MAX_VALUE_CHARS = 512
_NATIVE = frozenset({"c", "cocoa", "native", "objc", "swift"})
_JAVASCRIPT = frozenset({"javascript", "node"})


class Stack:
    """The frames of an exception or of the event itself, as copies that rules may mark."""

    def __init__(self, holder: JSON, room: int) -> None:
        stack = frames(holder)
        self.holder = holder
        self.older = stack[: max(0, len(stack) - room)]
        """Frames that rules pass over."""
        self.frames = [dict(frame) for frame in stack[len(self.older) :]]
        self.is_grouped = [True] * len(self.frames)


class EventValues:
    """Reads the values that matchers test. Anything odd in the event counts as missing.

    ``room`` is how many frames are tested; the newest of each stack.
    """

    def __init__(self, event: JSON, room: int = MAX_FRAMES) -> None:
        self._event = event
        self._tested: dict[tuple[int, tuple[str, ...]], bool] = {}
        self.stacks: list[Stack] = []
        for holder in (*reversed(exceptions(event)[-_MAX_EXCEPTIONS:]), event):
            self.stacks.append(Stack(holder, room))
            room -= len(self.stacks[-1].frames)

    def test(self, matcher: Matcher, values: tuple[str, ...]) -> bool:
        """Return whether the matcher matches the values. The same is not tested twice."""
        key = (id(matcher), values)
        if key not in self._tested:
            self._tested[key] = matcher.matches(values)
        return self._tested[key]

    def matches(self, matchers: tuple[Matcher, ...]) -> bool:
        """Return whether the event has what all matchers want: those of frames in one frame, those of exceptions in one exception."""
        of_frames = tuple(matcher for matcher in matchers if matcher.key in FRAME_KEYS)
        of_exceptions = tuple(matcher for matcher in matchers if matcher.key in EXCEPTION_KEYS)
        if not self.matches_event(matchers):
            return False
        if of_exceptions and not any(self.matches_exception(of_exceptions, stack.holder) for stack in self.stacks[:-1]):
            return False
        every = chain.from_iterable(stack.frames for stack in self.stacks)
        return not of_frames or any(self.matches_frame(of_frames, frame) for frame in every)

    def matches_event(self, matchers: tuple[Matcher, ...]) -> bool:
        """Return whether the event has what the matchers want that read neither frames nor exceptions."""
        plain = (matcher for matcher in matchers if matcher.key not in FRAME_KEYS | EXCEPTION_KEYS)
        return all(self.test(matcher, self._of_event(matcher.key)) for matcher in plain)

    def matches_exception(self, matchers: tuple[Matcher, ...], exception: JSON) -> bool:
        """Return whether the exception has what the matchers of exceptions want."""
        return all(self.test(matcher, _bounded(as_text(exception.get(matcher.key)))) for matcher in matchers if matcher.key in EXCEPTION_KEYS)

    def matches_frame(self, matchers: tuple[Matcher, ...], frame: JSON) -> bool:
        """Return whether the frame has what the matchers of frames want."""
        return all(self.test(matcher, _of_frame(matcher.key, frame)) for matcher in matchers if matcher.key in FRAME_KEYS)

    def _of_event(self, key: str) -> tuple[str, ...]:
        if key.startswith("tags."):
            return _bounded(tag_of(self._event, key.removeprefix("tags.")))
        if key == "message":
            return self._messages()
        if key == "family":
            platform = text_of(self._event.get("platform"))
            return ("javascript" if platform in _JAVASCRIPT else "native" if platform in _NATIVE else "other",)
        if key == "sdk":
            sdk = self._event.get("sdk")
            names = _bounded(sdk.get("name")) if isinstance(sdk, dict) else ()
            return (*names, *(name.removeprefix("sentry.") for name in names))
        return _bounded(self._event.get(key))

    def _messages(self) -> tuple[str, ...]:
        entry = self._event.get("logentry")
        logged = [entry.get("formatted"), entry.get("message")] if isinstance(entry, dict) else [entry]
        raised = [stack.holder.get("value") for stack in self.stacks[:-1]]
        return tuple(chain.from_iterable(_bounded(as_text(text)) for text in (*logged, self._event.get("message"), *raised)))


def _of_frame(key: str, frame: JSON) -> tuple[str, ...]:
    if key == "app":
        return ("yes" if is_in_app(frame) else "no",)
    if key == "path":
        paths = (path.replace("\\", "/") for name in ("abs_path", "filename") for path in _bounded(frame.get(name)))
        return tuple(chain.from_iterable((path,) if path.startswith("/") else (path, f"/{path}") for path in paths))
    if key == "package":
        return tuple(package.replace("\\", "/") for package in _bounded(frame.get("package")))
    return _bounded(frame.get(key))


def _bounded(value: object) -> tuple[str, ...]:
    text = text_of(value)[:_MAX_VALUE_CHARS]
    return (text,) if text else ()
