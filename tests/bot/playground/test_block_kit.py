"""Slack's limits on blocks and views."""

from typing import Any

import pytest

from bot.playground.slack.block_kit import is_too_large, message_errors, options_errors, view_errors


def words(text: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": text}


def section(**fields: Any) -> dict[str, Any]:
    return {"type": "section", "text": words("x", "mrkdwn"), **fields}


def button(**fields: Any) -> dict[str, Any]:
    return {"type": "button", "text": words("Press"), "action_id": "press", **fields}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def option(value: str = "v", text: str = "one") -> dict[str, Any]:
    return {"text": words(text), "value": value}


def select(**fields: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "choose", "options": [option()], **fields}


def field_of(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "label": words("Label"), "element": element, **more}


CONFIRM = {name: words("x") for name in ("title", "text", "confirm", "deny")}
TYPED = {"type": "plain_text_input", "action_id": "typed"}
MODAL = {"type": "modal", "title": words("Title"), "submit": words("Save"), "blocks": [field_of(TYPED)]}

GOOD = [
    section(fields=[words("a", "mrkdwn")] * 10, accessory=button()),
    section(accessory={"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a"}),
    actions(button(value="v" * 2000, style="danger", confirm=CONFIRM)),
    actions(*[button(action_id=f"a{n}") for n in range(25)]),
    actions({"type": "external_select", "action_id": "x", "min_query_length": 0}),
    actions({"type": "overflow", "action_id": "o", "options": [option(str(n)) for n in range(5)]}),
    actions(select(initial_option=option())),
    {"type": "header", "text": words("h" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [words("a", "mrkdwn"), {"type": "image", "image_url": "u", "alt_text": "a"}]},
    {"type": "markdown", "text": "# x"},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
]

BAD = [
    ("a text of nothing", section(text=words("", "mrkdwn")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("a text of one blank", section(text=words(" ", "mrkdwn")), "must be more than 0 characters"),
    ("a text over 3000", section(text=words("x" * 3001, "mrkdwn")), "must be less than 3001 characters"),
    ("a section of nothing", {"type": "section"}, "missing required field: text or fields"),
    ("eleven fields", section(fields=[words("a")] * 11), "no more than 10 items allowed"),
    ("a field over 2000", section(fields=[words("a" * 2001)]), "must be less than 2001 characters"),
    ("an unknown block", {"type": "data_chart"}, "unsupported block: data_chart"),
    ("an unknown element", actions({"type": "slider"}), "unsupported element: slider"),
    ("an unknown property", section(colour="red"), "invalid additional property: colour"),
    ("26 elements", actions(*[button(action_id=f"a{n}") for n in range(26)]), "no more than 25 items"),
    ("no elements", actions(), "no fewer than 1 items"),
    ("the same action twice", actions(button(), button()), "action_id `press` already exists"),
    ("a label over 75", actions(button(text=words("x" * 76))), "must be less than 76 characters"),
    ("a label in mrkdwn", actions(button(text=words("x", "mrkdwn"))), "unsupported type of text: mrkdwn"),
    ("a button's value over 2000", actions(button(value="v" * 2001)), "must be less than 2001"),
    ("an unknown style", actions(button(style="calm")), "must be one of primary, danger"),
    ("an option's value over 150", actions(select(options=[option("v" * 151)])), "must be less than 151"),
    ("101 options", actions(select(options=[option(str(n)) for n in range(101)])), "no more than 100 items"),
    ("options and groups", actions(select(option_groups=[])), "exactly one of options and option_groups"),
    ("the same value twice", actions(select(options=[option(), option()])), "option values must be unique"),
    ("a first choice that is none", actions(select(initial_option=option("w"))), "must exactly match one of"),
    ("an overflow of six", actions({"type": "overflow", "options": [option(str(n)) for n in range(6)]}), "no more than 5"),
    ("eleven ticks", actions({"type": "checkboxes", "options": [option(str(n)) for n in range(11)]}), "no more than 10"),
    ("a typed field among actions", actions(TYPED), "unsupported element: plain_text_input"),
    ("a button as an input", field_of(button()), "unsupported element: button"),
    ("a header over 150", {"type": "header", "text": words("h" * 151)}, "must be less than 151"),
    ("an image without words", {"type": "image", "image_url": "u"}, "missing required field: alt_text"),
    ("a confirmation's title over 100", actions(button(confirm={**CONFIRM, "title": words("t" * 101)})), "must be less than 101"),
    ("a block id over 255", section(block_id="b" * 256), "must be less than 256"),
    ("markdown over 12,000", {"type": "markdown", "text": "x" * 12_001}, "must be less than 12001"),
]  # fmt: skip


@pytest.mark.parametrize("block", GOOD, ids=lambda block: str(block["type"]))
def test_a_block_within_the_limits_is_taken(block: dict[str, Any]) -> None:
    assert message_errors([block]) == []


@pytest.mark.parametrize(("name", "block", "expected"), BAD, ids=[name for name, _, _ in BAD])
def test_a_block_outside_the_limits_is_refused_with_its_reason(name: str, block: dict[str, Any], expected: str) -> None:
    errors = message_errors([block])
    assert any(expected in error for error in errors), (name, errors)


def test_a_message_holds_50_blocks_and_a_view_100() -> None:
    assert message_errors([{"type": "divider"}] * 50) == []
    assert "no more than 50 items" in message_errors([{"type": "divider"}] * 51)[0]
    assert view_errors({**MODAL, "blocks": [{"type": "divider"}] * 100}) == []
    assert "no more than 100 items" in view_errors({**MODAL, "blocks": [{"type": "divider"}] * 101})[0]


def test_a_block_id_stands_once_in_a_message() -> None:
    twice = [section(block_id="same"), section(block_id="same")]
    assert "block_id `same` already exists" in message_errors(twice)[0]


def test_markdown_counts_over_all_blocks() -> None:
    assert "together" in message_errors([{"type": "markdown", "text": "x" * 7000}] * 2)[0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ""),
        ({"title": words("t" * 25)}, "must be less than 25"),
        ({"submit": words("s" * 25)}, "must be less than 25"),
        ({"private_metadata": "m" * 3001}, "must be less than 3001"),
        ({"callback_id": "c" * 256}, "must be less than 256"),
        ({"type": "sheet"}, "unsupported view: sheet"),
        ({"colour": "red"}, "invalid additional property"),
    ],
)
def test_a_view_keeps_to_its_limits(change: dict[str, Any], expected: str) -> None:
    errors = view_errors({**MODAL, **change})
    assert (errors == []) if not expected else any(expected in error for error in errors)


def test_a_modal_with_inputs_needs_a_submit_button() -> None:
    without = {key: value for key, value in MODAL.items() if key != "submit"}
    assert "missing required field: submit" in view_errors(without)[0]


def test_a_view_over_250_kb_is_too_large() -> None:
    assert not is_too_large(MODAL)
    assert is_too_large({**MODAL, "blocks": [section(text=words("x" * 3000, "mrkdwn"))] * 90})


def test_offered_options_keep_to_the_limits_of_a_select() -> None:
    assert options_errors({"options": [option()]}) == []
    assert options_errors({"options": []}) == []
    assert "must be less than 76" in options_errors({"options": [option(text="t" * 76)]})[0]
