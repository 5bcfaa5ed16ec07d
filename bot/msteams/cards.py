"""What every Adaptive Card is made of: its frame, its limit, its blocks of text, and the message that carries it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

JsonObject = dict[str, Any]

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
MOST_BYTES = 24 * 1024
"""Of a card's JSON: then it fits the strictest of Teams' figures, 28 KB for a webhook's message."""
WIDTHS = (256, 128, 64, 32, 16)
"""Characters that a piece of text may have, the widest that fits is taken."""


def text_block(text: str, **looks: Any) -> JsonObject | None:
    """A wrapped block of Markdown that is escaped already; None when there is nothing to show."""
    return {"type": "TextBlock", "text": text, "wrap": True, **looks} if text.strip() else None


def fitted(draw: Callable[[int], JsonObject], widths: Sequence[int] = WIDTHS) -> JsonObject:
    """The card at the greatest of the widths of text at which it keeps to the limit, else at the smallest."""
    drawn: JsonObject = {}
    for width in widths:
        drawn = draw(width)
        if fits(drawn):
            break
    return drawn


def fits(card: JsonObject) -> bool:
    """Whether a card keeps to the limit."""
    return len(json.dumps(card)) <= MOST_BYTES


def adaptive_card(body: list[JsonObject], actions: list[JsonObject], fallback: str) -> JsonObject:
    """A card of the newest version that Teams takes from bots."""
    card: JsonObject = {"type": "AdaptiveCard", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.5"}
    card |= {"msteams": {"width": "Full"}, "fallbackText": fallback or "Quell", "body": body}
    return card | {"actions": actions} if actions else card


def carrying(content: JsonObject, summary: str) -> JsonObject:
    """The message that carries a card. ``summary`` is what a notification shows."""
    return {"type": "message", "summary": summary, "attachments": [attachment(content)]}


def attachment(content: JsonObject) -> JsonObject:
    """A card as part of a message or a dialog."""
    return {"contentType": CARD_TYPE, "content": content}


def in_dialog(content: JsonObject, title: str, height: str) -> JsonObject:
    """The answer that opens a dialog with a card, or puts it into the open one."""
    return {"task": {"type": "continue", "value": {"title": title, "height": height, "width": "medium", "card": attachment(content)}}}
