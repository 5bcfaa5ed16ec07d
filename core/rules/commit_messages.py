"""Read commits and find the issues that their messages fix (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.types import parse_short_id, short_id

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_-]*-[A-Za-z0-9]+"
# Possessive quantifiers: a hostile message with many commas must not cause catastrophic backtracking.
_FIXES = re.compile(
    rf"""
    \b (?: fix (?:e[sd])? | close[sd]? | resolve[sd]? ) \b :? [ \t]+
    ( \#? {_NAME} \b (?: (?: [ \t,&] | \band\b )++ \#? {_NAME} \b )*+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SHORT_IDS = re.compile(rf"(?<![A-Za-z0-9_-]){_NAME}")
MAX_MESSAGE_CHARS = 10_000
"""Longest part of a commit message that is stored and read."""


@dataclass(frozen=True)
class NewCommit:
    """A commit of a repository, identified by its sha."""

    sha: str
    repository: str
    message: str | None = None
    author_name: str | None = None
    author_email: str | None = None
    committed_at: datetime | None = None


def fixed_by(message: str) -> list[str]:
    """Return the short ids that the message fixes, each once: *Fixes SHOP-1F, SHOP-2 and SHOP-3*.

    Does not check that the issues exist.
    """
    found = (name for part in _FIXES.findall(message[:MAX_MESSAGE_CHARS]) for name in _SHORT_IDS.findall(part))
    return list(dict.fromkeys(short_id(*parsed) for name in found if (parsed := parse_short_id(name))))
