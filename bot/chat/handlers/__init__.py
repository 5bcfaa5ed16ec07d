"""What each deed comes to: a press, a filled form, a typed command, a look-up. Runs in a thread; errors are dispatch's business."""

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
"""Deeds that change nothing."""


class Answers:
    """The answers to one interaction."""

    def __init__(self, core: Core, identity: Knows, interaction: Interaction, links_begin_with: str) -> None:
        self._desk = RequestContext(core, identity, interaction, links_begin_with)

    def earlier(self) -> Reply | None:
        """What there is to say where the interaction was carried out before; None where it was not. Raises UnknownAccount and TriageError."""
        return repeats.earlier(self._desk)

    def card(self, changed: Changed) -> Card:
        """The card of an issue that the interaction changed. Raises TriageError where it is gone."""
        return self._desk.card(changed.issue_id)

    def to(self, deed: InteractionPayload) -> Reply:
        """Carries out the deed and says what came of it. Raises TriageError."""
        desk = self._desk
        reply: Reply
        match deed:
            case Press(targets=OneIssue() as shown):
                reply = presses.press(desk, deed, shown)
            case Press(targets=SeveralIssues() as ticked):
                reply = bulk.press(desk, deed.verb, ticked)
            case FormSubmitted(targets=OneIssue() as shown):
                reply = presses.submit(desk, deed, shown)
            case FormSubmitted(targets=SeveralIssues() as ticked):
                reply = bulk.submit(desk, deed, ticked)
            case TypedCommand():
                reply = typed.answer(desk, deed)
            case Lookup():
                reply = lookups.answer(desk, deed)
            case HomeOpened():
                reply = lists.home(desk)
            case LinksShared():
                reply = threads.unfold(desk, deed)
            case ThreadReply():
                reply = threads.listen(desk, deed)
        return reply
