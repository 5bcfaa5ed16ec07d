"""Commits as somebody tells them to us, and the issues that their messages say they fix. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.types import parse_short_id, short_id

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_-]*-[A-Za-z0-9]+"
# Possessive, or the commas of a hostile message would be tried in every combination.
_FIXES = re.compile(
    rf"""
    \b (?: fix (?:e[sd])? | close[sd]? | resolve[sd]? ) \b :? [ \t]+
    ( \#? {_NAME} \b (?: (?: [ \t,&] | \band\b )++ \#? {_NAME} \b )*+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SHORT_IDS = re.compile(rf"(?<![A-Za-z0-9_-]){_NAME}")
MAX_MESSAGE_CHARS = 10_000
"""Characters of a message that are kept, and read."""


@dataclass(frozen=True)
class NewCommit:
    """A commit of a repository, whose name stands for it."""

    sha: str
    repository: str
    message: str | None = None
    author_name: str | None = None
    author_email: str | None = None
    committed_at: datetime | None = None


def fixed_by(message: str) -> list[str]:
    """The short ids that the message says are fixed, once each: *Fixes SHOP-1F, SHOP-2 and SHOP-3*. Whether there are such issues is
    another question.
    """
    found = (name for part in _FIXES.findall(message[:MAX_MESSAGE_CHARS]) for name in _SHORT_IDS.findall(part))
    return list(dict.fromkeys(short_id(*parsed) for name in found if (parsed := parse_short_id(name))))
