"""The interactive elements of Block Kit and their limits, from Slack's reference and the validators of its SDK."""

from typing import Any

from bot.playground.schema import Report, Rule, anything, flag, items, number, one_of, shape, string, word


def text(max_chars: int, *kinds: str) -> Rule:
    """Return a rule for a text object. Without kinds, only plain text is valid."""
    fields = {"text": string(max_chars)}
    extra: dict[str, Rule] = {"emoji": flag, "verbatim": flag}
    return one_of({kind: shape(fields, extra) for kind in kinds or ("plain_text",)}, "type of text")


any_text_3000 = text(3000, "plain_text", "mrkdwn")

CONFIRM = shape(
    {"title": text(100), "text": text(300, "plain_text", "mrkdwn"), "confirm": text(30), "deny": text(30)},
    {"style": word("primary", "danger")},
)
OPTION = shape(
    {"text": text(75, "plain_text", "mrkdwn"), "value": string(150)},
    {"description": text(75, "plain_text", "mrkdwn"), "url": string(3000)},
)
OPTION_GROUP = shape({"label": text(75), "options": items(OPTION, 100)})

_COMMON: dict[str, Rule] = {"action_id": string(255), "confirm": CONFIRM, "focus_on_load": flag}
_PLACEHOLDER: dict[str, Rule] = {**_COMMON, "placeholder": text(150)}
_MULTI: dict[str, Rule] = {**_PLACEHOLDER, "max_selected_items": number}


def _choices(report: Report, element: Any, pointer: str) -> None:
    """Check that there are either options or groups of options, and that the initial choice is among them."""
    if ("options" in element) == ("option_groups" in element):
        report.add("exactly one of options and option_groups is required", pointer)
        return
    groups = element.get("option_groups") or [{"options": element.get("options")}]
    known = [option for group in groups if isinstance(group, dict) for option in group.get("options") or []]
    first = element.get("initial_options") or [element["initial_option"]] if "initial_option" in element else []
    for option in first:
        if option not in known:
            report.add("must exactly match one of the options", f"{pointer}/initial_option")
    values = [option.get("value") for option in known if isinstance(option, dict)]
    if len(values) != len(set(map(str, values))):
        report.add("option values must be unique", pointer)


def _select(initial: str, rule: Rule, common: dict[str, Rule], **more: Rule) -> Rule:
    return shape({}, {**common, initial: rule, **more})


def _static(initial: str, rule: Rule, common: dict[str, Rule]) -> Rule:
    lists: dict[str, Rule] = {"options": items(OPTION, 100), "option_groups": items(OPTION_GROUP, 100)}
    return shape({}, {**common, **lists, initial: rule}, _choices)


def _text_input(**more: Rule) -> Rule:
    fields: dict[str, Rule] = {"initial_value": string(3000, 0), "dispatch_action_config": anything}
    return shape({}, {**_PLACEHOLDER, **fields, **more})


_WORDS: dict[str, Rule] = {"text": text(75), "accessibility_label": string(75), "style": word("primary", "danger")}
_BUTTON = shape({"text": text(75)}, {**_COMMON, **_WORDS, "value": string(2000), "url": string(3000)})
_TICKS = items(OPTION, 10)
_FILTER: dict[str, Rule] = {"filter": anything, "response_url_enabled": flag, "default_to_current_conversation": flag}

PICKERS: dict[str, Rule] = {
    "static_select": _static("initial_option", OPTION, _PLACEHOLDER),
    "multi_static_select": _static("initial_options", items(OPTION, 100), _MULTI),
    "external_select": _select("initial_option", OPTION, _PLACEHOLDER, min_query_length=number),
    "multi_external_select": _select("initial_options", items(OPTION, 100), _MULTI, min_query_length=number),
    "users_select": _select("initial_user", string(30), _PLACEHOLDER),
    "multi_users_select": _select("initial_users", items(string(30), 100), _MULTI),
    "conversations_select": _select("initial_conversation", string(30), _PLACEHOLDER, **_FILTER),
    "multi_conversations_select": _select("initial_conversations", items(string(30), 100), _MULTI, **_FILTER),
    "channels_select": _select("initial_channel", string(30), _PLACEHOLDER, response_url_enabled=flag),
    "multi_channels_select": _select("initial_channels", items(string(30), 100), _MULTI),
    "radio_buttons": shape({"options": _TICKS}, {**_COMMON, "initial_option": OPTION}, _choices),
    "checkboxes": shape({"options": _TICKS}, {**_COMMON, "initial_options": _TICKS}, _choices),
    "datepicker": _select("initial_date", string(10), _PLACEHOLDER),
    "timepicker": _select("initial_time", string(5), _PLACEHOLDER, timezone=string(60)),
    "datetimepicker": _select("initial_date_time", number, _COMMON),
}

FIELDS: dict[str, Rule] = {
    "plain_text_input": _text_input(multiline=flag, min_length=number, max_length=number),
    "rich_text_input": shape({}, {**_PLACEHOLDER, "initial_value": anything, "dispatch_action_config": anything}),
    "number_input": _text_input(is_decimal_allowed=flag, min_value=anything, max_value=anything),
    "email_text_input": _text_input(),
    "url_text_input": _text_input(),
    "file_input": shape({}, {**_COMMON, "filetypes": anything, "max_files": number}),
}


def one_source(report: Report, image: Any, pointer: str) -> None:
    """Check that an image comes from a URL or from a file in Slack, not both."""
    if ("image_url" in image) == ("slack_file" in image):
        report.add("exactly one of image_url and slack_file is required", pointer)


IMAGE_ELEMENT = shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything}, one_source)

ACTIONS: dict[str, Rule] = {
    **PICKERS,
    "button": _BUTTON,
    "workflow_button": shape({"text": text(75), "workflow": anything}, {**_COMMON, **_WORDS}),
    "overflow": shape({"options": items(OPTION, 5)}, _COMMON, _choices),
}
"""The elements of an actions block. A section's accessory may be an image as well."""

INPUTS: dict[str, Rule] = {**PICKERS, **FIELDS}
"""The elements of an input block."""
