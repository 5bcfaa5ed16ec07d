"""Slack's limits on blocks and views. The checks return the errors that Slack would respond with."""

import json
from collections.abc import Iterator
from typing import Any

from bot.playground.schema import Report, Rule, anything, flag, items, one_of, shape, string
from bot.playground.slack.elements_schema import ACTIONS, IMAGE_ELEMENT, INPUTS, OPTION, OPTION_GROUP, any_text_3000, one_source, text

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_MARKDOWN_CHARS = 12_000
"""Characters of all markdown blocks of a payload together."""
MAX_VIEW_BYTES = 250_000

_ID: dict[str, Rule] = {"block_id": string(255)}
_FIELD_2000 = text(2000, "plain_text", "mrkdwn")


def _section(report: Report, block: Any, pointer: str) -> None:
    if "text" not in block and "fields" not in block:
        report.add("missing required field: text or fields", pointer)


BLOCKS: dict[str, Rule] = {
    "section": shape(
        {},
        {
            **_ID,
            "text": any_text_3000,
            "fields": items(_FIELD_2000, 10),
            "accessory": one_of({**ACTIONS, "image": IMAGE_ELEMENT}, "accessory"),
            "expand": flag,
        },
        _section,
    ),
    "header": shape({"text": text(150)}, _ID),
    "divider": shape({}, _ID),
    "context": shape(
        {"elements": items(one_of({"image": IMAGE_ELEMENT, **dict.fromkeys(("plain_text", "mrkdwn"), any_text_3000)}), 10)},
        _ID,
    ),
    "actions": shape({"elements": items(one_of(ACTIONS, "element"), 25)}, _ID),
    "input": shape(
        {"label": text(2000), "element": one_of(INPUTS, "element")},
        {**_ID, "hint": text(2000), "optional": flag, "dispatch_action": flag},
    ),
    "image": shape(
        {"alt_text": string(2000)},
        {**_ID, "title": text(2000), "image_url": string(3000), "slack_file": anything},
        one_source,
    ),
    "markdown": shape({"text": string(MAX_MARKDOWN_CHARS)}, _ID),
    "rich_text": shape({"elements": items(anything, 100)}, _ID),
    "table": shape({"rows": items(items(anything, 20), 100)}, {**_ID, "column_settings": anything}),
}
"""The blocks the playground can show. Newer blocks are refused, because nobody would see them here."""

_blocks = one_of(BLOCKS, "block")


_VIEW_EXTRAS: dict[str, Rule] = {
    "callback_id": string(255),
    "private_metadata": string(3000, 0),
    "external_id": string(255, 0),
}


def _modal(report: Report, view: Any, pointer: str) -> None:
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in view.get("blocks") or [])
    if has_input and "submit" not in view:
        report.add("missing required field: submit", pointer)


_view = one_of(
    {
        "modal": shape(
            {"title": text(24), "blocks": items(_blocks, MAX_VIEW_BLOCKS, 0)},
            {
                **_VIEW_EXTRAS,
                "submit": text(24),
                "close": text(24),
                "clear_on_close": flag,
                "notify_on_close": flag,
                "submit_disabled": flag,
            },
            _modal,
        ),
        "home": shape({"blocks": items(_blocks, MAX_VIEW_BLOCKS, 0)}, _VIEW_EXTRAS),
    },
    "view",
)


def message_errors(blocks: Any) -> list[str]:
    """Return Slack's errors for the blocks of a message."""
    report = Report()
    items(_blocks, MAX_MESSAGE_BLOCKS, 0)(report, blocks, "/blocks")
    if not report.errors:
        _check_all(report, blocks, "/blocks")
    return report.errors


def view_errors(view: Any) -> list[str]:
    """Return Slack's errors for a modal or an App Home."""
    report = Report()
    _view(report, view, "/view")
    if not report.errors:
        _check_all(report, view["blocks"], "/view/blocks")
    return report.errors


def is_too_large(view: Any) -> bool:
    """Return whether a view is over 250 KB, which is an error of its own (`view_too_large`)."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > MAX_VIEW_BYTES


def options_errors(response: Any) -> list[str]:
    """Return Slack's errors for the bot's options of an external select."""
    report = Report()
    rule = shape({}, {"options": items(OPTION, 100, 0), "option_groups": items(OPTION_GROUP, 100, 0)})
    rule(report, response, "")
    return report.errors


def elements_of(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the interactive elements in a block."""
    elements = [block.get("element"), block.get("accessory")]
    if block.get("type") == "actions":
        elements += block.get("elements") or []
    yield from (element for element in elements if isinstance(element, dict) and element.get("type") != "image")


def _check_all(report: Report, blocks: list[dict[str, Any]], pointer: str) -> None:
    """Check the limits that hold for all blocks together."""
    seen: set[str] = set()
    focused = 0
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name and name in seen:
            report.add(f"block_id `{name}` already exists", f"{pointer}/{index}/block_id")
        seen.add(name or "")
        ids = [element["action_id"] for element in elements_of(block) if "action_id" in element]
        for repeated in sorted({action_id for action_id in ids if ids.count(action_id) > 1}):
            report.add(f"action_id `{repeated}` already exists in this block", f"{pointer}/{index}")
        focused += sum(bool(element.get("focus_on_load")) for element in elements_of(block))
    if focused > 1:
        report.add("only one element may have focus_on_load", pointer)
    written = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if written > MAX_MARKDOWN_CHARS:
        report.add(f"markdown blocks hold more than {MAX_MARKDOWN_CHARS} characters together", pointer)
