"""What elements hold: their first values, what a person put in, and what is missing, in the shapes Slack sends."""

import copy
import secrets
from collections.abc import Iterator
from typing import Any

from bot.playground.slack.block_kit import elements_of
from bot.playground.store import Json

_VALUE_FIELD = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "file_input": "files",
}
"""The field that holds an element's value in `state.values` and in `actions`."""


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block and every element has an id, as Slack gives those the sender left out."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in elements_of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return blocks


def find(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    """The block and the element with these ids; without a block id the first element of that action id."""
    for block in blocks:
        if block_id in ("", block.get("block_id")):
            for element in elements_of(block):
                if element.get("action_id") == action_id:
                    return block, element
    return None


def action_value(element: Json, given: Any) -> Json:
    """The part of an action that says what was chosen or typed."""
    field = _VALUE_FIELD.get(element["type"])
    if field is None:
        return {"value": element["value"]} if "value" in element else {}
    return {field: _resolve(element, field, given)}


def state_values(blocks: list[Json], given: Json) -> Json:
    """`state.values`: what is in every element, by block and action id; `given` is what the person put in."""
    values: Json = {}
    for block, element in _holders(blocks):
        field = _VALUE_FIELD[element["type"]]
        typed = given.get(block["block_id"]) or {}
        key = element["action_id"]
        value = _resolve(element, field, typed[key]) if key in typed else _first_value(element, field)
        cell = {"type": element["type"], field: value}
        values.setdefault(block["block_id"], {})[key] = cell
    return values


def complaints(blocks: list[Json], values: Json) -> dict[str, str]:
    """What Slack's client itself refuses to submit, by block id."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = values[block["block_id"]][element["action_id"]][_VALUE_FIELD[element["type"]]]
        if value in (None, "", []):
            if not block.get("optional"):
                found[block["block_id"]] = "Please complete this required field."
        elif problem := _typing_problem(element, value):
            found[block["block_id"]] = problem
    return found


def _holders(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in _VALUE_FIELD and element["type"] != "overflow":
                yield block, element


def _first_value(element: Json, field: str) -> Any:
    initial = "initial_" + field.removeprefix("selected_").removeprefix("rich_text_")
    empty: Any = [] if field.endswith("s") else None
    return element.get(initial, empty)


def _resolve(element: Json, field: str, given: Any) -> Any:
    """Turn what was given, a plain value or Slack's own shape, into what Slack sends."""
    if isinstance(given, dict) and field in given:
        given = given[field]
    if field == "selected_option":
        return None if given in (None, "") else _option(element, given)
    if field == "selected_options":
        return [_option(element, one) for one in given or []]
    if field == "selected_date_time":
        return None if given in (None, "") else int(given)
    if field == "value":
        return None if given in (None, "") else str(given)
    return given


def _option(element: Json, given: Any) -> Json:
    """The whole option a value stands for; an external select's options are known to the person's client only."""
    if isinstance(given, dict):
        return given
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    for group in groups:
        for option in group["options"]:
            if option["value"] == given:
                return dict(option)
    return {"text": {"type": "plain_text", "text": str(given), "emoji": True}, "value": str(given)}


def _typing_problem(element: Json, value: Any) -> str:
    if element["type"] == "number_input":
        return _number_problem(element, value)
    if element["type"] != "plain_text_input":
        return ""
    if len(value) > element.get("max_length", 3000):
        return f"Please use at most {element.get('max_length', 3000)} characters."
    if len(value) < element.get("min_length", 0):
        return f"Please use at least {element['min_length']} characters."
    return ""


def _number_problem(element: Json, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element.get("is_decimal_allowed") and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return ""
