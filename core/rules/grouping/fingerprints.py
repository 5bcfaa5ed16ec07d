"""The fingerprints of an event: which rule decides, by each version of the rules.

The first rule that applies decides:

1. the SDK's own ``fingerprint``, with its variables: ``{{ default }}`` stands for what the rules below say, and so does an unknown one;
2. the exceptions: each one's type, error codes and frames that count, or its parametric value where it has no frames;
3. the message, before its parameters were put in, made parametric;
4. the stack of the thread that crashed or reported;
5. the level and the transaction or logger.

Each fingerprint is taken over a text that begins with the version of the rules. New issues go by the newest version. The fingerprints of
older versions only lead events to the issues that are known by them: such an issue takes the event and learns the newest fingerprint.
"""

from __future__ import annotations

import hashlib
import json
from itertools import accumulate

from core.rules.grouping import version1
from core.rules.grouping.exceptions import Exceptions
from core.rules.grouping.messages import logged, message_part
from core.rules.grouping.reading import frames, object_of, text_of
from core.rules.grouping.variables import value_of, variable_in
from core.types import JSON

VERSION = "v2"

_MAX_WORDS = 50
"""Of a fingerprint that the SDK sends."""
_MAX_WORD_CHARS = 1_024
_MAX_EVENT_CHARS = 262_144
"""Of what the rules say of an event, and of all its repetitions together; what comes after them does not count. A chain of long stacks has
a tenth of it."""
_MAX_LABEL_CHARS = 64
_MAX_THREADS = 500


def fingerprints(event: JSON) -> tuple[str, ...]:
    """Return the event's fingerprints, 32 hexadecimal digits each: by the newest version of the rules, then by each older one.

    Anything odd in the event is passed over.
    """
    return (_hash(_EventRules(event).parts()), version1.fingerprint(event))


class _EventRules:
    """Applies the rules to one event."""

    def __init__(self, event: JSON) -> None:
        self._event = event
        self._raised = Exceptions(event, text_of(event.get("platform"))[:_MAX_LABEL_CHARS])
        self._default: list[str] | None = None

    def parts(self) -> list[str]:
        own = self._event.get("fingerprint")
        words = [text_of(word)[:_MAX_WORD_CHARS] for word in own[:_MAX_WORDS]] if isinstance(own, list) else [text_of(own)[:_MAX_WORD_CHARS]]
        return self._own(words) if any(words) else self.default()

    def default(self) -> list[str]:
        if self._default is None:
            parts = self._raised.parts() or self._message() or self._stack() or self._place()
            ends = accumulate(map(len, parts))
            self._default = [part for part, end in zip(parts, ends, strict=True) if end <= _MAX_EVENT_CHARS]
        return self._default

    def _own(self, words: list[str]) -> list[str]:
        values: dict[str, str | None] = {}
        parts: list[str] = []
        size = 0
        for word in words:
            name = variable_in(word)
            if name and name not in values:
                values[name] = value_of(name, self._raised)
            value = values[name] if name else word
            if value is not None:
                parts.append(f"own {value[:_MAX_WORD_CHARS]}")
                continue
            # A short event can name a long default many times: it is said in full only as often as the budget allows.
            size += sum(map(len, self.default()))
            parts += self.default() if size <= _MAX_EVENT_CHARS else ["default"]
        return parts

    def _message(self) -> list[str]:
        text = logged(self._event)
        return [message_part(text)] if text.strip() else []

    def _stack(self) -> list[str]:
        threads = object_of(self._event.get("threads")).get("values")
        entries = [thread for thread in threads[:_MAX_THREADS] if isinstance(thread, dict)] if isinstance(threads, list) else []
        ranked = [thread for name in ("crashed", "current") for thread in entries if thread.get(name) is True]
        return self._raised.stack(next((stack for holder in (self._event, *ranked) if (stack := frames(holder))), []))

    def _place(self) -> list[str]:
        place = text_of(self._event.get("transaction")) or text_of(self._event.get("logger"))
        return [f"level {text_of(self._event.get('level'))[:_MAX_LABEL_CHARS]}", f"place {place[:_MAX_WORD_CHARS]}"]


def _hash(parts: list[str]) -> str:
    # JSON keeps the parts apart whatever they hold, and writes half a surrogate pair without complaint.
    return hashlib.blake2s(f"{VERSION} {json.dumps(parts)}".encode(), digest_size=16).hexdigest()
