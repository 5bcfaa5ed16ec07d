"""Every verb, defined once: how it is typed, pressed, asked about and answered. Menus, lists, help and the grammar are built from these tables."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.verbs.base import MORE, RESOLVE, IssueVerb, Verb
from bot.chat.verbs.commands import ACCOUNTS, CHANNELS, DELIVERY, LOOKING
from bot.chat.verbs.fits import can_undo
from bot.chat.verbs.issues import ISSUE_VERBS
from bot.chat.verbs.sentences import named

__all__ = ["ISSUE_VERBS", "MORE", "OF_ISSUES", "RESOLVE", "TYPED", "IssueVerb", "Verb", "can_undo", "described", "named", "typed_with"]

TYPED: tuple[Verb, ...] = (*LOOKING, *(verb for verb in ISSUE_VERBS if verb.usage), *CHANNELS, *ACCOUNTS, *DELIVERY)
"""All verbs that can be typed, in the order of help."""
OF_ISSUES: Mapping[str, IssueVerb] = {verb.name: verb for verb in ISSUE_VERBS}
_BY_WORDS: Mapping[tuple[str, str], IssueVerb] = {verb.typed_as: verb for verb in ISSUE_VERBS if verb.typed_as[0]}
_BY_WORD: Mapping[str, Verb] = {verb.name: verb for verb in TYPED} | {verb.alias: verb for verb in TYPED if verb.alias}


def described(word: str) -> Verb | None:
    """Return how a verb or its alias is typed, in any case of letters; None for an unknown name."""
    return _BY_WORD.get(word.lower())


def typed_with(name: str, kind: str) -> IssueVerb | None:
    """Return the verb that this verb means with an argument of that kind, or without one; None if the verb does nothing to issues."""
    return _BY_WORDS.get((name, kind)) or OF_ISSUES.get(name)
