"""What foreign text looks like at its worst, and that a message or a view made of it is whole, harmless and within Slack's limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from slack_sdk.models.blocks import Block

from bot.playground.slack.block_kit import is_too_large, message_errors, view_errors
from bot.security.invisible import visible

NOON = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
EPOCH = int(NOON.timestamp())

HOSTILE = {
    "everybody": "<!channel> <!here> <!subteam^S1> <@UANA> @here",
    "a link": "<https://evil.example/|Log in> https://evil.example/",
    "an entity": "&lt;!channel&gt; &amp;",
    "a code block": "``` a ```` b ` c",
    "long": "x" * 100_000,
    "long and escaped": "<&>" * 50_000,
    "empty": "",
    "blank": " \n\t ",
    "right to left": "\u202egnp.exe\u2066\u200b\u200e",
    "emoji": "👩‍💻🔥:tada:",
    "control": "a\x00b\x1bc\x7fd\x85e\u2028f",
    "hidden": "a\U000e0041b\u3164c\u115fd\ufff9e\u034ff\ufe00\ufe01g\x9b31m",
    "half a pair": "\ud83d broken",
    "marks": "*bold* _it_ ~gone~ >quote",
    "lines": "one\n\n> two\r\nthree",
    "a date": "<!date^1^{date}|x>",
    "bars": "a|b>c|d",
}


def every_text(value: Any) -> Iterator[str]:
    """Every text of a payload that people see, whatever it is for."""
    if isinstance(value, dict):
        value = [inner for name, inner in value.items() if name not in ("value", "private_metadata", "block_id", "action_id")]
    if isinstance(value, list):
        for inner in value:
            yield from every_text(inner)
    elif isinstance(value, str):
        yield value


def texts(value: Any) -> Iterator[str]:
    """Every mrkdwn text and the fallback, which Slack reads mentions in."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        if isinstance(value.get("text"), str) and "blocks" in value:
            yield value["text"]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def check(message: dict[str, Any]) -> None:
    """A message."""
    assert message_errors(message["blocks"]) == []
    assert 0 < len(message["text"]) <= 4000
    check_texts(message)


def check_view(view: dict[str, Any]) -> None:
    """A modal or an App Home."""
    assert view_errors(view) == []
    assert not is_too_large(view)
    assert len(view.get("private_metadata", "")) <= 3000
    check_texts(view)


def check_texts(shown: dict[str, Any]) -> None:
    json.dumps(shown).encode()
    assert [text for text in every_text(shown) if visible(text) != text] == []
    for block in shown["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()  # Slack's own SDK raises where it knows of a limit
    for text in texts(shown):
        harmless = text.replace("<https://quell.example.com/", "").replace(f"<!date^{EPOCH}^", "")
        assert "<" not in harmless, text[:80]
        assert text.count("`") % 2 == 0 or "```" in text
        assert text.count("```") in (0, 2)
        assert not set(text) & set("\u202e\u2066\u200b\u0000\u001b\ud83d")
