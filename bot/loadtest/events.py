"""Build envelopes like the Python SDK's: gzip, an exception with frames, and for each event its own id, user and variables."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.types import JSON

_ALWAYS: JSON = {
    "platform": "python",
    "level": "error",
    "release": "shop@1.4.2",
    "environment": "production",
    "server_name": "web-1",
    "sdk": {"name": "sentry.python", "version": "2.75.0", "integrations": ["logging", "stdlib"]},
}


class Size(StrEnum):
    """The size of an event: about 1.5 KB or 50 KB before compression."""

    SMALL = "small"
    LARGE = "large"


_FRAMES = {Size.SMALL: 2, Size.LARGE: 95}
_BREADCRUMBS = {Size.SMALL: 0, Size.LARGE: 80}


@dataclass(frozen=True)
class Load:
    """``events`` events spread over ``issues`` issues in turn."""

    events: int
    issues: int
    size: Size

    def envelopes(self, clock: Callable[[], datetime]) -> Iterator[bytes]:
        """Yield the envelopes, each built when it is needed."""
        return (gzip.compress(self._envelope(number, f"{clock():%Y-%m-%dT%H:%M:%SZ}"), 5, mtime=0) for number in range(self.events))

    def _envelope(self, number: int, now: str) -> bytes:
        event_id = uuid.uuid4().hex
        event = json.dumps(self._event(number, event_id, now), separators=(",", ":")).encode()
        header = json.dumps({"event_id": event_id, "sent_at": now}).encode()
        item = json.dumps({"type": "event", "content_type": "application/json", "length": len(event)}).encode()
        return b"\n".join((header, item, event, b""))

    def _event(self, number: int, event_id: str, now: str) -> JSON:
        kind = number % self.issues
        raised = {
            "type": f"Failure{kind}",
            "value": f"order {number} could not be paid",
            "mechanism": {"type": "generic", "handled": True},
            "stacktrace": {"frames": [_frame(depth, kind, number) for depth in range(_FRAMES[self.size])]},
        }
        return _ALWAYS | {
            "event_id": event_id,
            "timestamp": now,
            "transaction": f"/checkout/{kind}",
            "user": {"id": str(number % 1_000)},
            "tags": {"shop": f"shop-{number % 10}"},
            "contexts": {
                "trace": {"trace_id": uuid.uuid4().hex, "span_id": uuid.uuid4().hex[:16]},
                "runtime": {"name": "CPython", "version": "3.11.7"},
            },
            "exception": {"values": [raised]},
            "breadcrumbs": {"values": [_breadcrumb(step, number, now) for step in range(_BREADCRUMBS[self.size])]},
        }


def _frame(depth: int, kind: int, number: int) -> JSON:
    return {
        "filename": f"shop/step_{depth}.py",
        "abs_path": f"/srv/shop/shop/step_{depth}.py",
        "function": f"step_{depth}_of_{kind}",
        "module": f"shop.step_{depth}",
        "lineno": 20 + depth,
        "pre_context": ["", f"def step_{depth}(order, basket):", '    """Does a part of it."""'],
        "context_line": f"    return step_{depth + 1}(order, basket)",
        "post_context": ["", "", "def later(order):"],
        "vars": {"order": f"<Order {number}>", "basket": ["'tea'", f"'cup {depth}'"], "total": str(number + depth)},
        "in_app": True,
    }


def _breadcrumb(step: int, number: int, now: str) -> JSON:
    return {
        "type": "log",
        "level": "info",
        "category": "shop",
        "message": f"step {step} of order {number}",
        "timestamp": now,
        "data": {"step": step},
    }
