"""Draws a form as an Adaptive Card of inputs, for a dialog or a message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.chat.elements import ChoiceField, Field, Form, LookupField, MomentField, Option, TextField
from bot.chat.targets import OneIssue, SeveralIssues
from bot.msteams.elements import ON_ALERT, CardOrigin, JsonObject, adaptive_card, fitted, issue_data, text_block
from bot.msteams.text import bare, clean, escape, in_card, markdown

RESERVED = frozenset({"verb", "issue", "version", "form", "msteams", "choice", "ids", "on", "board", "page"})
"""Reserved names in an action's data. Teams adds the inputs there, so an input with such a name gets a prefix."""
FIELD_PREFIX = "its_"
DATE, TIME = "__date", "__time"
"""The suffixes of the two inputs for a moment."""
MORNING = "09:00"
"""The default time of a date: the same hour that *until tomorrow* means."""
MAX_EXPANDED_OPTIONS = 10
"""The most options that are shown at once; more become a menu."""
MAX_TEXT_CHARS = 10_000
MAX_OPTIONS = 100


def form_card(form: Form, time_zone: str | None, origin: CardOrigin = ON_ALERT, *, is_titled: bool = False) -> JsonObject:
    """Return the form; ``time_zone`` is the person's, for dates and times; ``origin`` is where the control is that opened it; ``is_titled`` is true
    if no dialog shows the title.
    """
    zone = zone_of(time_zone)
    return fitted(lambda width: _drawn(form, origin, [*_title(form, is_shown=is_titled), *_body(form, zone, width)], width))


def _drawn(form: Form, origin: CardOrigin, body: list[JsonObject | None], width: int) -> JsonObject:
    match form.targets:
        case OneIssue() as one:
            about = issue_data(one)
        case SeveralIssues(ids):
            about = {**issue_data(None), "ids": list(ids)}
    data = {"verb": form.verb, **about, "form": True, **origin.data()}
    style = "destructive" if form.is_dangerous else "positive"
    submit = {"type": "Action.Submit", "title": bare(form.submit, 75), "data": data, "style": style}
    return adaptive_card([block for block in body if block], [submit], bare(form.title, width))


def _title(form: Form, *, is_shown: bool) -> list[JsonObject | None]:
    return [text_block(escape(form.title, 64), size="Medium", weight="Bolder")] if is_shown else []


def _body(form: Form, zone: tzinfo, width: int) -> Iterator[JsonObject | None]:
    yield text_block(markdown(form.intro, 2 * width, in_card))
    names = {field.name for field in form.fields}
    for name, error in form.errors.items():
        if name not in names:
            yield _error(error, width)
    for field in form.fields:
        yield from _lookup(form, field, width) if isinstance(field, LookupField) else _inputs(field, zone, width)
        yield _error(form.errors.get(field.name, ""), width)


def _error(sentence: str, width: int) -> JsonObject | None:
    return text_block(escape(sentence, 2 * width), color="Attention", spacing="Small")


def _label(field: Field, width: int) -> str:
    """Return the label of an input. Teams refuses a required input without a label, so an empty label is replaced."""
    return bare(field.label, width) or "…"


def _inputs(field: ChoiceField | TextField | MomentField, zone: tzinfo, width: int) -> Iterator[JsonObject | None]:
    drawn: JsonObject = {"id": input_id(field.name), "label": _label(field, width)}
    match field:
        case ChoiceField():
            yield drawn | _choice(field, width)
        case TextField():
            yield drawn | _text(field, width)
        case MomentField():
            yield from _moment(field, zone, width)


def _lookup(form: Form, field: LookupField, width: int) -> Iterator[JsonObject | None]:
    """Return a picker. Teams sends no data of the card with a search, so the issue is named with the source."""
    drawn: JsonObject = {"type": "Input.ChoiceSet", "id": input_id(field.name), "label": _label(field, width), "style": "filtered"}
    dataset = f"{field.source}:{form.targets.issue_id}" if isinstance(form.targets, OneIssue) else field.source
    # Teams refuses a choice without a value.
    chosen = field.chosen if field.chosen and field.chosen.value.strip() else None
    drawn |= {"choices": _choices((chosen,) if chosen else (), width), "choices.data": {"type": "Data.Query", "dataset": dataset}}
    yield drawn | {"value": chosen.value} if chosen else drawn


def _choice(field: ChoiceField, width: int) -> JsonObject:
    style = "expanded" if len(field.options) <= MAX_EXPANDED_OPTIONS else "compact"
    drawn = {"type": "Input.ChoiceSet", "style": style, "choices": _choices(field.options, width)}
    return drawn | {"value": field.initial} if field.initial else drawn


def _choices(options: tuple[Option, ...], width: int) -> list[JsonObject]:
    return [{"title": bare(option.label, width) or "…", "value": option.value} for option in options[:MAX_OPTIONS]]


def _text(field: TextField, width: int) -> JsonObject:
    drawn: JsonObject = {"type": "Input.Text", "isMultiline": field.is_long, "maxLength": MAX_TEXT_CHARS}
    if field.hint:
        drawn["placeholder"] = bare(field.hint, width)
    if field.initial:
        drawn["value"] = clean(field.initial, MAX_TEXT_CHARS)
    if not field.is_optional:
        drawn |= {"isRequired": True, "errorMessage": f"{_label(field, width)}: this is needed."}
    return drawn


def _moment(field: MomentField, zone: tzinfo, width: int) -> Iterator[JsonObject | None]:
    """Return a date input and a time input, because Adaptive Cards have no input for both."""
    label = _label(field, width)
    date: JsonObject = {"type": "Input.Date", "id": input_id(field.name) + DATE, "label": label}
    time: JsonObject = {"type": "Input.Time", "id": input_id(field.name) + TIME, "label": "Time", "value": MORNING}
    if field.initial is not None:
        at = _aware(field.initial).astimezone(zone)
        date["value"], time["value"] = f"{at:%Y-%m-%d}", f"{at:%H:%M}"
    yield date
    yield time
    yield text_block(escape(field.hint, width), isSubtle=True, size="Small", spacing="None")


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def input_id(name: str) -> str:
    """Return the id of a field's input."""
    return FIELD_PREFIX + name if name in RESERVED else name


def field_name(key: str) -> str:
    """Return the field of an input's id."""
    bare_key = key.removeprefix(FIELD_PREFIX)
    return bare_key if bare_key in RESERVED else key


def zone_of(name: str | None) -> tzinfo:
    """Return the time zone with that name; UTC for an empty or unknown name."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
