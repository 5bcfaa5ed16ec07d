"""Handle each interaction: a press, a submitted form, a typed command, a look-up. Runs in a thread; ``dispatch`` handles errors."""

from __future__ import annotations

from bot.chat.elements import Card, Changed, Reply
from bot.chat.handlers import bulk, lists, lookups, presses, repeats, threads, typed
from bot.chat.handlers.context import RequestContext
from bot.chat.identity import Knows
from bot.chat.interactions import FormSubmitted, HomeOpened, Interaction, InteractionPayload, LinksShared, Lookup, Press, ThreadReply, TypedCommand
from bot.chat.targets import OneIssue, SeveralIssues
from core.bootstrap import Core

__all__ = ["Answers"]

READING = (Lookup, HomeOpened, LinksShared)
"""Interactions that change nothing."""


class Answers:
    """Answers one interaction."""

    def __init__(self, core: Core, identity: Knows, interaction: Interaction, links_begin_with: str) -> None:
        self._context = RequestContext(core, identity, interaction, links_begin_with)

    def earlier(self) -> Reply | None:
        """Return the reply if the interaction was carried out before, or None. Raises UnknownAccount and TriageError."""
        return repeats.earlier(self._context)

    def card(self, changed: Changed) -> Card:
        """Return the card of an issue that the interaction changed. Raises TriageError if the issue is gone."""
        return self._context.card(changed.issue_id)

    def reply_to(self, payload: InteractionPayload) -> Reply:
        """Carry out the interaction and return the reply. Raises TriageError."""
        context = self._context
        reply: Reply
        match payload:
            case Press(targets=OneIssue() as shown):
                reply = presses.press(context, payload, shown)
            case Press(targets=SeveralIssues() as ticked):
                reply = bulk.press(context, payload.verb, ticked)
            case FormSubmitted(targets=OneIssue() as shown):
                reply = presses.submit(context, payload, shown)
            case FormSubmitted(targets=SeveralIssues() as ticked):
                reply = bulk.submit(context, payload, ticked)
            case TypedCommand():
                reply = typed.answer(context, payload)
            case Lookup():
                reply = lookups.answer(context, payload)
            case HomeOpened():
                reply = lists.home(context)
            case LinksShared():
                reply = threads.unfold(context, payload)
            case ThreadReply():
                reply = threads.listen(context, payload)
        return reply
