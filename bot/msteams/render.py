"""Draws neutral replies for Teams: Adaptive Cards 1.5, the messages that carry them, and plain messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.msteams.forms import FETCH, JsonObject, adaptive_card, fitted, form_card, text_block
from bot.msteams.text import bare, block, clamp, dress, escape, in_card, in_message, link
from bot.surface import Button, Card, Control, Fact, Form, Listing, Moment, More, Notice, Option, Options, Picker, Text, plain

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
SEARCH_TYPE = "application/vnd.microsoft.search.searchResponse"
PRIMARY_ACTIONS = 6
"""Teams shows no more actions in one row of a card."""
MOST_RESULTS = 50
LONGEST_MESSAGE = 16_000
"""Characters of a message's text; Teams takes about 80 KB as UTF-16, and escapes can double a text."""

_MARKERS = {"fatal": "⛔", "error": "🔴", "warning": "🟡", "info": "🔵", "debug": "⚪"}
_COLORS = {"fatal": "Attention", "error": "Attention", "warning": "Warning", "info": "Accent"}
_STYLES = {"primary": {"style": "positive"}, "danger": {"style": "destructive"}, "plain": {}}


def alert(card: Card) -> JsonObject:
    """The alert message as an Adaptive Card of at most 24 KB. Text gives way when it is too long; controls never do."""
    return fitted(lambda width: _drawn(card, width))


def _drawn(card: Card, width: int) -> JsonObject:
    body = [block for block in _body(card, width) if block]
    return adaptive_card(body, _actions(card), bare(card.fallback or card.title, width))


def _body(card: Card, width: int) -> Iterator[JsonObject | None]:
    level = card.level if card.level in _MARKERS else "error"
    title = f"{_MARKERS[level]} **{level.capitalize()}** {link(escape(card.title, width).strip() or 'Untitled', card.url)}"
    yield text_block(title, size="Medium", weight="Bolder", color=_COLORS.get(level, "Default"))
    where = (part for part in (escape(card.short_id, width), escape(card.where, width)) if part.strip())
    yield text_block(" · ".join(where), isSubtle=True, spacing="None")
    yield _excerpt(card.excerpt, width)
    yield text_block(dress(card.state, width, in_card), weight="Bolder")
    yield from _facts(card, width)
    yield text_block(dress(card.people, width, in_card))
    yield text_block(dress(card.footer, width, in_card), isSubtle=True, size="Small", spacing="None")


def _excerpt(text: str, width: int) -> JsonObject | None:
    inner = text_block(block(text, width), fontType="Monospace", size="Small")
    return {"type": "Container", "style": "emphasis", "items": [inner]} if inner else None


def _facts(card: Card, width: int) -> Iterator[JsonObject | None]:
    """Times as a table; what is short stands in one line, as a table of it would push the controls off a phone."""
    facts = [fact for fact in card.facts[:24] if dress(fact.value, width, in_card).strip()]
    times = [{"title": _label(fact, width), "value": dress(fact.value, width, in_card)} for fact in facts if _is_time(fact)]
    yield {"type": "FactSet", "facts": times} if times else None
    short = (f"**{_label(fact, width).strip() or '…'}:** {dress(fact.value, width, in_card)}" for fact in facts if not _is_time(fact))
    yield text_block(" · ".join(short), size="Small")


def _label(fact: Fact, width: int) -> str:
    return escape(fact.label, min(64, width))


def _is_time(fact: Fact) -> bool:
    return any(isinstance(span, Moment) for span in fact.value)


def _actions(card: Card) -> list[JsonObject]:
    """What does not fit in one row goes behind the last control."""
    controls = list(card.controls)
    if len(controls) > PRIMARY_ACTIONS:
        controls, rest = controls[: PRIMARY_ACTIONS - 1], controls[PRIMARY_ACTIONS - 1 :]
        label = next((one.label for one in rest if isinstance(one, More)), "More")
        return [*(_action(one, card) for one in controls), _show_card(label, [button for one in rest for button in _spread(one)], card)]
    return [_action(one, card) for one in controls]


def _spread(control: Control) -> tuple[Button, ...]:
    match control:
        case More(_, buttons):
            return buttons
        case Picker(verb, label):
            return (Button(verb, label, asks=True),)
        case Button():
            return (control,)


def _action(control: Control, card: Card) -> JsonObject:
    match control:
        case More(label, buttons):
            return _show_card(label, buttons, card)
        case Picker(verb, label):
            return _button(Button(verb, label, asks=True), card)
        case Button():
            return _button(control, card)


def _button(button: Button, card: Card) -> JsonObject:
    """Old clients know no Action.Execute: they send the same data as a message."""
    title = bare(button.label, 75)
    data = {"verb": button.verb, "issue": card.issue_id, "version": card.version}
    style = _STYLES[button.style]
    if button.asks:
        return {"type": "Action.Submit", "title": title, "data": {**FETCH, **data}, **style}
    fallback = {"type": "Action.Submit", "title": title, "data": data, **style}
    return {"type": "Action.Execute", "title": title, "verb": button.verb, "data": data, "fallback": fallback, **style}


def _show_card(label: str, buttons: Sequence[Button], card: Card) -> JsonObject:
    rows = [buttons[at : at + PRIMARY_ACTIONS] for at in range(0, len(buttons), PRIMARY_ACTIONS)]
    body = [{"type": "ActionSet", "actions": [_button(one, card) for one in row]} for row in rows]
    return {"type": "Action.ShowCard", "title": bare(label, 75), "card": {"type": "AdaptiveCard", "body": body}}


def activity_with(card: Card) -> JsonObject:
    """The message that carries the alert."""
    return _carrying(alert(card), bare(card.fallback or card.title, 256))


def form_message(form: Form, time_zone: str | None = None) -> JsonObject:
    """A form as a message of its own, where no dialog can be opened: after a typed command."""
    return _carrying(form_card(form, time_zone, is_titled=True), bare(form.title, 256))


def _carrying(content: JsonObject, summary: str) -> JsonObject:
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CARD_TYPE, "content": content}]}


def dialog(form: Form, time_zone: str | None = None) -> JsonObject:
    """A form as the answer that opens a dialog, or keeps it open with what was wrong."""
    card = {"contentType": CARD_TYPE, "content": form_card(form, time_zone)}
    height = "small" if not form.fields else "medium" if len(form.fields) < 3 else "large"
    return {"task": {"type": "continue", "value": {"title": bare(form.title, 64), "height": height, "width": "medium", "card": card}}}


def notice(answer: Notice) -> JsonObject:
    """A sentence as a message."""
    return said(dress(answer.text, 4000, in_message))


def listing(answer: Listing) -> JsonObject:
    """Lines under a heading as a message; those that do not fit are counted."""
    heading, footer = f"**{escape(answer.heading, 256).strip()}**", dress(answer.footer, 1000, in_message)
    kept: list[str] = []
    room = LONGEST_MESSAGE - len(heading) - len(footer)
    for line in answer.lines:
        item = f"- {dress(line, 1000, in_message)}"
        room -= len(item) + 1
        if room < 40:
            kept.append(f"- … and {len(answer.lines) - len(kept)} more")
            break
        kept.append(item)
    return said("\n\n".join(part for part in (heading, "\n".join(kept), footer) if part))


def said(markdown: str) -> JsonObject:
    """A message of Markdown that is escaped already."""
    return {"type": "message", "textFormat": "markdown", "text": clamp(markdown, 2 * LONGEST_MESSAGE) or "\u2026"}


def search_results(answer: Options) -> JsonObject:
    """What a typeahead offers."""
    results = [_result(option) for option in answer.options[:MOST_RESULTS]]
    return {"statusCode": 200, "type": SEARCH_TYPE, "value": {"results": results}}


def _result(option: Option) -> dict[str, Any]:
    return {"value": option.value, "title": bare(option.label, 200)}


def one_line(text: Text) -> str:
    """A sentence for a pop-up, which reads no Markdown."""
    return bare(plain(text), 1000)


def outcome(card: Card) -> str:
    """What came of it in one line, for a pop-up: the issue and its state."""
    return one_line((f"{card.short_id}: ", *card.state))
