"""The values of elements in the shapes that Slack sends: initial values, a person's input, and missing input."""

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
    """Return a copy in which every block and every element has an id. Slack too creates the ids that are missing."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in elements_of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return blocks


def find(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    """Return the block and the element with these ids. An empty block id finds the first element with that action id."""
    for block in blocks:
        if block_id in ("", block.get("block_id")):
            for element in elements_of(block):
                if element.get("action_id") == action_id:
                    return block, element
    return None


def action_value(element: Json, value: Any) -> Json:
    """Return the fields of an action that hold what was chosen or typed."""
    field = _VALUE_FIELD.get(element["type"])
    if field is None:
        return {"value": element["value"]} if "value" in element else {}
    return {field: _resolve(element, field, value)}


def state_values(blocks: list[Json], typed: Json) -> Json:
    """Return `state.values`: the value of every element by block and action id. `typed` is the person's input."""
    values: Json = {}
    for block, element in _holders(blocks):
        field = _VALUE_FIELD[element["type"]]
        inputs = typed.get(block["block_id"]) or {}
        key = element["action_id"]
        value = _resolve(element, field, inputs[key]) if key in inputs else _first_value(element, field)
        cell = {"type": element["type"], field: value}
        values.setdefault(block["block_id"], {})[key] = cell
    return values


def input_errors(blocks: list[Json], values: Json) -> dict[str, str]:
    """Return the errors that Slack's client shows instead of submitting, by block id."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = values[block["block_id"]][element["action_id"]][_VALUE_FIELD[element["type"]]]
        if value in (None, "", []):
            if not block.get("optional"):
                errors[block["block_id"]] = "Please complete this required field."
        elif problem := _typing_problem(element, value):
            errors[block["block_id"]] = problem
    return errors


def _holders(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in _VALUE_FIELD and element["type"] != "overflow":
                yield block, element


def _first_value(element: Json, field: str) -> Any:
    initial = "initial_" + field.removeprefix("selected_").removeprefix("rich_text_")
    empty: Any = [] if field.endswith("s") else None
    return element.get(initial, empty)


def _resolve(element: Json, field: str, value: Any) -> Any:
    """Turn a plain value, or one in Slack's shape, into Slack's shape."""
    if isinstance(value, dict) and field in value:
        value = value[field]
    if field == "selected_option":
        return None if value in (None, "") else _option(element, value)
    if field == "selected_options":
        return [_option(element, option) for option in value or []]
    if field == "selected_date_time":
        return None if value in (None, "") else int(value)
    if field == "value":
        return None if value in (None, "") else str(value)
    return value


def _option(element: Json, value: Any) -> Json:
    """Return the whole option that a value stands for. Only the client knows the options of an external select."""
    if isinstance(value, dict):
        return value
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    for group in groups:
        for option in group["options"]:
            if option["value"] == value:
                return dict(option)
    return {"text": {"type": "plain_text", "text": str(value), "emoji": True}, "value": str(value)}


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
