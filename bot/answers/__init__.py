"""What each deed comes to: a press, a filled form, a typed command, a look-up. Runs in a thread; errors are dispatch's business."""

from __future__ import annotations

from bot.answers import bulk, lists, lookups, presses, repeats, threads, typed
from bot.answers.desk import Desk
from bot.identity import Knows
from bot.interactions import Deed, Interaction, Lookup, Opened, Pasted, Press, Said, Submission, Typed
from bot.surface import Reply
from core.bootstrap import Core

__all__ = ["Answers"]

READING = (Lookup, Opened, Pasted)
"""Deeds that change nothing."""


class Answers:
    """The answers to one interaction."""

    def __init__(self, core: Core, identity: Knows, interaction: Interaction, links_begin_with: str) -> None:
        self._desk = Desk(core, identity, interaction, links_begin_with)

    def earlier(self) -> Reply | None:
        """What there is to say where the interaction was carried out before; None where it was not. Raises Stranger and TriageError."""
        return repeats.earlier(self._desk)

    def to(self, deed: Deed) -> Reply:
        """Carries out the deed and says what came of it. Raises TriageError."""
        desk = self._desk
        reply: Reply
        match deed:
            case Press():
                reply = bulk.press(desk, deed) if bulk.is_on_a_board(deed) else presses.press(desk, deed)
            case Submission():
                reply = bulk.submit(desk, deed) if deed.ids else presses.submit(desk, deed)
            case Typed():
                reply = typed.answer(desk, deed)
            case Lookup():
                reply = lookups.answer(desk, deed)
            case Opened():
                reply = lists.home(desk)
            case Pasted():
                reply = threads.unfold(desk, deed)
            case Said():
                reply = threads.listen(desk, deed)
        return reply
