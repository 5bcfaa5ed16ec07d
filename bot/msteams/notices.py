"""Draws short answers for Teams: sentences with or without buttons, lines in a thread, lists, and what a typeahead offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.elements import Card, Listing, Notice, Option, Options, Text, plain
from bot.msteams.elements import ActionContext, JsonObject, actions, adaptive_card, carrying, fitted, in_dialog, text_block
from bot.msteams.text import bare, clamp, dress, escape, in_card, in_message

REFUSED = "⚠️ "
"""Before what was refused; the sentence itself says so too."""
SEARCH_TYPE = "application/vnd.microsoft.search.searchResponse"
MOST_RESULTS = 50
LONGEST_MESSAGE = 16_000
"""Characters of a message's text; Teams takes about 80 KB as UTF-16, and escapes can double a text."""
LONGEST_NOTICE = 4000
LONGEST_NAME = 80


@dataclass(frozen=True)
class MentionedPerson:
    """Somebody to ping: the id and the name that Teams has for them in the conversation."""

    id: str
    name: str

    @property
    def mark(self) -> str:
        """The name as a mention; Teams looks for exactly these letters, so none of them may mean anything else."""
        name = "".join(letter for letter in bare(self.name, LONGEST_NAME) if letter.isalnum() or letter in " .'-").strip()
        return f"<at>{name or 'you'}</at>"

    @property
    def entity(self) -> JsonObject:
        """What says whom the mention means."""
        return {"type": "mention", "text": self.mark, "mentioned": {"id": self.id, "name": self.mark[4:-5]}}


def notice(answer: Notice, named: Sequence[MentionedPerson] = ()) -> JsonObject:
    """A sentence as a message, as a small card where it has buttons; ``named`` are pinged."""
    if answer.buttons:
        card = _card(answer, named)
        return carrying(card, bare(plain(answer.text), 256) or "Quell")
    marks = "".join(f"{one.mark} " for one in named)
    message = said(marks + _sign(answer) + dress(answer.text, LONGEST_NOTICE, in_message))
    return message | {"entities": [one.entity for one in named]} if named else message


def notice_dialog(answer: Notice) -> JsonObject:
    """A notice with buttons as a dialog: there Teams runs no Action.Execute and opens no second dialog, but sends what is submitted."""
    pressed = tuple(replace(button, asks=False) for button in answer.buttons)
    return in_dialog(_card(replace(answer, buttons=pressed), (), is_lean=True), "Quell", "small")


def _card(answer: Notice, named: Sequence[MentionedPerson], *, is_lean: bool = False) -> JsonObject:
    about = ActionContext(answer.issue, is_lean=is_lean)
    marks = "".join(f"{one.mark} " for one in named)

    def drawn(width: int) -> JsonObject:
        body = text_block(marks + _sign(answer) + dress(answer.text, 4 * width, in_card))
        return adaptive_card([body] if body else [], actions(answer.buttons, about), bare(plain(answer.text), width))

    card = fitted(drawn)
    return card | {"msteams": {**card["msteams"], "entities": [one.entity for one in named]}} if named else card


def _sign(answer: Notice) -> str:
    return REFUSED if answer.is_refusal else ""


def listing(answer: Listing) -> JsonObject:
    """Lines under a heading as a message; those that do not fit are counted."""
    heading, footer = f"**{escape(answer.heading, 256).strip()}**", dress(answer.footer, 1000, in_message)
    kept: list[str] = []
    room = LONGEST_MESSAGE - len(heading) - len(footer)
    for line in answer.lines:
        item = f"- {dress(line, 1000, in_message)}"
        room -= len(item) + 1
        if room < 40:
            kept.append(f"- … and {len(answer.lines) - len(kept)} more")
            break
        kept.append(item)
    return said("\n\n".join(part for part in (heading, "\n".join(kept), footer) if part))


def said(markdown: str) -> JsonObject:
    """A message of Markdown that is escaped already."""
    return {"type": "message", "textFormat": "markdown", "text": clamp(markdown, 2 * LONGEST_MESSAGE) or "\u2026"}


def search_results(answer: Options) -> JsonObject:
    """What a typeahead offers."""
    results = [_result(option) for option in answer.options[:MOST_RESULTS]]
    return {"statusCode": 200, "type": SEARCH_TYPE, "value": {"results": results}}


def _result(option: Option) -> dict[str, Any]:
    return {"value": option.value, "title": bare(option.label, 200)}


def one_line(text: Text) -> str:
    """A sentence for a pop-up, which reads no Markdown."""
    return bare(plain(text), 1000)


def outcome(card: Card) -> str:
    """What came of it in one line, for a pop-up: the issue and its state."""
    return one_line((f"{card.short_id}: ", *card.state))
