"""What tests ask of a drawn card: its parts, its actions and inputs, and whether Teams would take it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.playground.teams.adaptive_cards import card_errors

ELEMENTS = {"TextBlock", "Container", "FactSet", "ActionSet", "Input.Text", "Input.Date", "Input.Time", "Input.ChoiceSet", "Input.Toggle"}
ACTIONS = {"Action.Execute", "Action.Submit", "Action.ShowCard"}
OTHERS = {"AdaptiveCard", "task/fetch", "Data.Query", "mention"}
HOSTILE = [
    "[click](https://evil.example.com)",
    "![x](https://evil.example.com/x.png)",
    "<at>everyone</at>",
    "&lt;at&gt;everyone&lt;/at&gt;",
    "{{DATE(2026-01-01T00:00:00Z)}} {{{{x}}}}",
    "**bold** _it_ ~~no~~ `code` ```\nfence\n```",
    "# heading\n> quote\n- item\n+ item\n1. item\n| a | b |",
    "<https://evil.example.com>",
    "<a href='https://evil.example.com'>x</a>",
    "\u202egnp.exe \u2066x\u2069 a\u200bb\u200d\ufeff \u00ad\U000e0041",
    "\x00\x1b[31m\x07 \x9b31m",
    "a\u3164b\u115fc\ufff9d\u034fe\ufe00\ufe01f\u2028g",
    "\\[x\\](https://evil.example.com)",
    "]](https://evil.example.com)[[",
    "    four blanks [x](https://evil.example.com)",
    "\ud800",
    "x" * 5000,
    "😀" * 5000,
    "_" * 5000,
    "",
    " ",
]


def parts(of: Any) -> Iterator[dict[str, Any]]:
    if isinstance(of, list):
        for one in of:
            yield from parts(one)
    elif isinstance(of, dict):
        yield of
        for inner in of.values():
            yield from parts(inner)


def texts(card: dict[str, Any]) -> list[str]:
    """All that is read as Markdown."""
    blocks = [part["text"] for part in parts(card) if part.get("type") == "TextBlock"]
    return blocks + [fact[name] for part in parts(card) if part.get("type") == "FactSet" for fact in part["facts"] for name in ("title", "value")]


def inputs(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["id"]: part for part in parts(card) if str(part.get("type")).startswith("Input.")}


def actions(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The buttons by title, those of menus too; not what stands in for them in old clients."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts(card):
        if str(part.get("type")).startswith("Action.") and part["type"] != "Action.ShowCard":
            found.setdefault(part["title"], part)
    return found


def carried(message: dict[str, Any]) -> dict[str, Any]:
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    content: dict[str, Any] = attachment["content"]
    return content


def check(card: dict[str, Any]) -> None:
    """What Teams wants of every card."""
    assert card_errors(card) == []
    assert (card["type"], card["version"], card["msteams"]["width"]) == ("AdaptiveCard", "1.5", "Full")
    assert card["fallbackText"].strip()
    assert len(json.dumps(card)) <= 24 * 1024
    assert len(card.get("actions", [])) <= 6
    ids = [part["id"] for part in parts(card) if str(part.get("type")).startswith("Input.")]
    assert len(ids) == len(set(ids))
    for part in parts(card):
        _check_part(part)


def _check_part(part: dict[str, Any]) -> None:
    kind = part.get("type")
    if kind is None or kind in OTHERS:
        return
    assert kind in ELEMENTS | ACTIONS
    assert kind != "TextBlock" or part["text"].strip()
    assert kind != "ActionSet" or 1 <= len(part["actions"]) <= 6
    if kind == "Action.Execute":
        assert part["fallback"] == {"type": "Action.Submit", **{k: v for k, v in part.items() if k in ("title", "data", "style")}}
