"""Remove the people from an issue for visitors with a share link: they see the error, but not who was affected or who worked on it."""

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
"""Words in tag names that identify a person."""


def without_people(issue: IssueView) -> IssueView:
    """Return the issue without its people: assignee, authors of changes, and addresses in its texts."""
    move = replace(issue.last_move, user=None) if issue.last_move else None
    texts = {name: without_addresses(getattr(issue, name)) for name in ("title", "culprit", "message")}
    return replace(issue, assignee=None, fixed_by=None, last_move=move, last_change=None, **texts)


def without_personal_tags(tags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags that do not identify a person."""
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
