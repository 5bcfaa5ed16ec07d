"""What anyone with a share link may see of an issue: the fault, and nobody who was hit by it or worked on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.views import IssueView

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+")
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![\w:])")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_PEOPLE = frozenset({"user", "username", "users", "email", "mail", "ip", "login", "phone", "customer", "account", "person", "member", "subject"})
"""Words in the names of tags that say who somebody is."""


def without_people(issue: IssueView) -> IssueView:
    """Return the issue without its people: who looks after it, who changed it, and whom its texts name by address."""
    move = replace(issue.last_move, user=None) if issue.last_move else None
    texts = {name: without_addresses(getattr(issue, name)) for name in ("title", "culprit", "message")}
    return replace(issue, assignee=None, fixed_by=None, last_move=move, last_change=None, **texts)


def without_personal_tags(tags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags that do not say who somebody is."""
    return {name: without_addresses(value) for name, value in tags.items() if _PEOPLE.isdisjoint(word.lower() for word in _WORDS.findall(name))}


def without_addresses(value: Any) -> Any:
    """Return a JSON value without e-mail and IP addresses in its texts."""
    if isinstance(value, str):
        return _ADDRESS.sub("[address]", _EMAIL.sub("[e-mail]", value))
    if isinstance(value, list):
        return [without_addresses(inner) for inner in value]
    if isinstance(value, dict):
        return {name: without_addresses(inner) for name, inner in value.items()}
    return value
