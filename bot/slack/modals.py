"""Draw Slack's modals: a form, a placeholder, a notice. Pure."""

from __future__ import annotations

from bot.chat.elements import ChoiceField, Field, Form, LookupField, MomentField, Notice, TextField
from bot.security.invisible import visible
from bot.slack.blocks import REFUSED, Payload, actions, option_list, paragraph, plain_text
from bot.slack.codec import action_id, notice_block_id

# Slack's limits, in characters unless said otherwise.
_TITLE, _LABEL, _TYPED, _PLACEHOLDER = 24, 2000, 3000, 150
_MAX_RADIOS = 10  # options; more become a menu
_MAX_BLOCKS = 100


def modal(form: Form, private_metadata: str) -> Payload:
    """Return a form. ``private_metadata`` comes back with the submission (see ``codec.ModalOrigin``).

    The block of a field has the field's name, so that errors appear at their fields.
    """
    blocks = [paragraph((sentence,), REFUSED) for sentence in _fieldless_errors(form)]
    blocks += [paragraph(form.intro)] if form.intro else []
    blocks += [_input(field, form) for field in form.fields]
    view = _view(form.title, blocks[:_MAX_BLOCKS])
    return {
        **view,
        "callback_id": action_id(form.verb),
        "private_metadata": private_metadata,
        "submit": plain_text(form.submit, _TITLE),
        "close": plain_text("Cancel", _TITLE),
    }


def placeholder_modal(title: str) -> Payload:
    """Return a placeholder, to open at once and fill later: Slack allows only three seconds to open a modal."""
    return _view(title, [paragraph(("One moment…",))])


def notice_modal(notice: Notice, title: str, private_metadata: str, nonce: str) -> Payload:
    """Return a sentence in place of a form, with the buttons for its issue."""
    buttons = actions(notice_block_id(notice.issue, nonce), notice.buttons) if notice.issue else {}
    blocks = [block for block in (paragraph(notice.text, REFUSED if notice.is_refusal else ""), buttons) if block]
    return {**_view(title, blocks), "private_metadata": private_metadata}


def _fieldless_errors(form: Form) -> list[str]:
    """Return the errors that belong to no field of the form, as in a confirmation."""
    names = {field.name for field in form.fields}
    return [sentence for name, sentence in form.errors.items() if name not in names]


def _view(title: str, blocks: list[Payload]) -> Payload:
    return {"type": "modal", "title": plain_text(title, _TITLE), "blocks": blocks or [paragraph(())], "close": plain_text("Close", _TITLE)}


def _input(field: Field, form: Form) -> Payload:
    element, is_optional, hint = _element(field, form.verb)
    wrong = form.errors.get(field.name, "")
    block = {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(field.label, _LABEL),
        "element": element,
        "optional": is_optional,
    }
    sentence = REFUSED + wrong if wrong else hint
    return {**block, "hint": plain_text(sentence, _LABEL)} if sentence else block


def _element(field: Field, verb: str) -> tuple[Payload, bool, str]:
    """Return the control, whether it may stay empty, and the hint below it.

    A moment may stay empty: only one of the choices needs it, but Slack would require it for all.
    """
    match field:
        case ChoiceField():
            return _choice(field, verb), False, ""
        case TextField(hint=hint, is_optional=is_optional):
            return _text(field, verb), is_optional, hint
        case MomentField(hint=hint, initial=initial):
            start = {"initial_date_time": int(initial.timestamp())} if initial else {}
            return {"type": "datetimepicker", "action_id": action_id(verb), **start}, True, hint
        case LookupField():
            return _lookup(field, verb), False, ""


def _choice(field: ChoiceField, verb: str) -> Payload:
    offered = option_list(field.options)
    chosen = next((option for option in offered if option["value"] == field.initial), None)
    start = {"initial_option": chosen} if chosen else {}
    if len(offered) <= _MAX_RADIOS:
        return {"type": "radio_buttons", "action_id": action_id(verb), "options": offered, **start}
    return {"type": "static_select", "action_id": action_id(verb), "options": offered, **_confirmation("Choose one"), **start}


def _lookup(field: LookupField, verb: str) -> Payload:
    chosen = option_list((field.chosen,) if field.chosen else ())
    start = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "external_select", "action_id": action_id(verb, field.source), "min_query_length": 0, **_confirmation("Type to search"), **start}


def _text(field: TextField, verb: str) -> Payload:
    initial = visible(field.initial)[:_TYPED]
    start = {"initial_value": initial} if initial else {}
    return {"type": "plain_text_input", "action_id": action_id(verb), "multiline": field.is_long, "max_length": _TYPED, **start}


def _confirmation(words: str) -> dict[str, Payload]:
    return {"placeholder": plain_text(words, _PLACEHOLDER)}
