"""Events for tests of grouping, and the question whether two of them are one issue."""

from __future__ import annotations

from typing import Any

from core.rules.grouping.fingerprints import fingerprints
from core.types import JSON


def frame(function: str = "checkout", **fields: Any) -> JSON:
    """A frame of the program's own code."""
    return {"module": "shop.cart", "function": function, "lineno": 42, "in_app": True} | fields


def raised(*frames: JSON, kind: str = "KeyError", value: Any = "'tea'", **mechanism: Any) -> JSON:
    """An exception; ``mechanism`` has its ids in a group."""
    exception: JSON = {"type": kind, "value": value}
    if frames:
        exception["stacktrace"] = {"frames": list(frames)}
    return exception | ({"mechanism": {"type": "generic", **mechanism}} if mechanism else {})


def crash(*exceptions: JSON, **fields: Any) -> JSON:
    """An event with these exceptions, the one that was raised last at the end."""
    return {"level": "error", "exception": {"values": list(exceptions)}} | fields


def message(text: Any, **fields: Any) -> JSON:
    """An event with a message alone."""
    return {"level": "error", "logentry": {"message": text}} | fields


def is_same_issue(one: JSON, other: JSON) -> bool:
    """Whether the newest rules see one fault in two events."""
    return fingerprints(one)[0] == fingerprints(other)[0]
