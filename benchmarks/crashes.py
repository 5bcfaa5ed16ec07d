"""Envelopes as the Python SDK sends them: gzip, an exception with frames, each event with an id, a user and variables of its own."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from core.types import JSON

_ALWAYS: JSON = {
    "platform": "python",
    "level": "error",
    "release": "shop@1.4.2",
    "environment": "production",
    "server_name": "web-1",
    "sdk": {"name": "sentry.python", "version": "2.75.0", "integrations": ["logging", "stdlib"]},
}


@dataclass(frozen=True)
class Load:
    """So many ``events`` of so many ``issues``; each with so many ``frames`` and ``breadcrumbs``."""

    events: int
    issues: int
    frames: int
    breadcrumbs: int

    def envelopes(self) -> Iterator[bytes]:
        """Each one packed as an SDK does."""
        return (gzip.compress(self.envelope(number), 5, mtime=0) for number in range(self.events))

    def envelope(self, number: int) -> bytes:
        """One of them before it is packed."""
        event_id = uuid.uuid4().hex
        event = json.dumps(self._event(number, event_id), separators=(",", ":")).encode()
        header = json.dumps({"event_id": event_id, "sent_at": _now()}).encode()
        item = json.dumps({"type": "event", "content_type": "application/json", "length": len(event)}).encode()
        return b"\n".join((header, item, event, b""))

    def _event(self, number: int, event_id: str) -> JSON:
        kind = number % self.issues
        raised = {
            "type": f"Failure{kind}",
            "value": f"order {number} could not be paid",
            "mechanism": {"type": "generic", "handled": True},
            "stacktrace": {"frames": [_frame(depth, kind, number) for depth in range(self.frames)]},
        }
        return _ALWAYS | {
            "event_id": event_id,
            "timestamp": _now(),
            "transaction": f"/checkout/{kind}",
            "user": {"id": str(number % 1_000)},
            "tags": {"shop": f"shop-{number % 10}"},
            "contexts": {
                "trace": {"trace_id": uuid.uuid4().hex, "span_id": uuid.uuid4().hex[:16]},
                "runtime": {"name": "CPython", "version": "3.11.7"},
            },
            "exception": {"values": [raised]},
            "breadcrumbs": {"values": [_breadcrumb(step, number) for step in range(self.breadcrumbs)]},
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


def _breadcrumb(step: int, number: int) -> JSON:
    return {
        "type": "log",
        "level": "info",
        "category": "shop",
        "message": f"step {step} of order {number}",
        "timestamp": _now(),
        "data": {"step": step},
    }


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
