"""Draw short replies for Teams: sentences with or without buttons, thread notes, lists, and the choices of a typeahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.elements import Card, Listing, Notice, Option, Options, Text, plain
from bot.msteams.elements import ActionContext, JsonObject, actions, adaptive_card, dialog_with, fitted, message_with, text_block
from bot.msteams.text import bare, clamp, escape, in_card, in_message, markdown

REFUSED = "⚠️ "
"""The mark before a refusal."""
SEARCH_TYPE = "application/vnd.microsoft.search.searchResponse"
MAX_RESULTS = 50
MAX_MESSAGE_CHARS = 16_000
"""Characters of a message's text; Teams takes about 80 KB as UTF-16, and escapes can double a text."""
MAX_NOTICE_CHARS = 4000
MAX_NAME_CHARS = 80


@dataclass(frozen=True)
class MentionedPerson:
    """A person to ping: the id and the name that Teams has for them in the conversation."""

    id: str
    name: str

    @property
    def mark(self) -> str:
        """Return the name as a mention; Teams looks for exactly these characters, so none may be special."""
        name = "".join(letter for letter in bare(self.name, MAX_NAME_CHARS) if letter.isalnum() or letter in " .'-").strip()
        return f"<at>{name or 'you'}</at>"

    @property
    def entity(self) -> JsonObject:
        """Return the entity that links the mention to the person."""
        return {"type": "mention", "text": self.mark, "mentioned": {"id": self.id, "name": self.mark[4:-5]}}


def notice(answer: Notice, named: Sequence[MentionedPerson] = ()) -> JsonObject:
    """Return a sentence as a message, or as a small card if it has buttons; pings the people in ``named``."""
    if answer.buttons:
        card = _card(answer, named)
        return message_with(card, bare(plain(answer.text), 256) or "Quell")
    marks = "".join(f"{person.mark} " for person in named)
    message = text_message(marks + _sign(answer) + markdown(answer.text, MAX_NOTICE_CHARS, in_message))
    return message | {"entities": [person.entity for person in named]} if named else message


def notice_dialog(answer: Notice) -> JsonObject:
    """Return a notice with buttons as a dialog. There Teams runs no Action.Execute and opens no second dialog, but sends submissions."""
    pressed = tuple(replace(button, asks=False) for button in answer.buttons)
    return dialog_with(_card(replace(answer, buttons=pressed), (), is_lean=True), "Quell", "small")


def _card(answer: Notice, named: Sequence[MentionedPerson], *, is_lean: bool = False) -> JsonObject:
    about = ActionContext(answer.issue, is_lean=is_lean)
    marks = "".join(f"{person.mark} " for person in named)

    def drawn(width: int) -> JsonObject:
        body = text_block(marks + _sign(answer) + markdown(answer.text, 4 * width, in_card))
        return adaptive_card([body] if body else [], actions(answer.buttons, about), bare(plain(answer.text), width))

    card = fitted(drawn)
    return card | {"msteams": {**card["msteams"], "entities": [person.entity for person in named]}} if named else card


def _sign(answer: Notice) -> str:
    return REFUSED if answer.is_refusal else ""


def listing(answer: Listing) -> JsonObject:
    """Return lines under a heading as a message, with the number of lines that do not fit."""
    heading, footer = f"**{escape(answer.heading, 256).strip()}**", markdown(answer.footer, 1000, in_message)
    kept: list[str] = []
    room = MAX_MESSAGE_CHARS - len(heading) - len(footer)
    for line in answer.lines:
        item = f"- {markdown(line, 1000, in_message)}"
        room -= len(item) + 1
        if room < 40:
            kept.append(f"- … and {len(answer.lines) - len(kept)} more")
            break
        kept.append(item)
    return text_message("\n\n".join(part for part in (heading, "\n".join(kept), footer) if part))


def text_message(markdown: str) -> JsonObject:
    """Return a message of escaped Markdown."""
    return {"type": "message", "textFormat": "markdown", "text": clamp(markdown, 2 * MAX_MESSAGE_CHARS) or "\u2026"}


def search_results(answer: Options) -> JsonObject:
    """Return the choices of a typeahead."""
    results = [_result(option) for option in answer.options[:MAX_RESULTS]]
    return {"statusCode": 200, "type": SEARCH_TYPE, "value": {"results": results}}


def _result(option: Option) -> dict[str, Any]:
    return {"value": option.value, "title": bare(option.label, 200)}


def one_line(text: Text) -> str:
    """Return a sentence for a pop-up, which renders no Markdown."""
    return bare(plain(text), 1000)


def one_line_result(card: Card) -> str:
    """Return the result in one line for a pop-up: the issue and its state."""
    return one_line((f"{card.short_id}: ", *card.state))
