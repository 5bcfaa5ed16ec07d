"""What Slack shows: neutral values in, Block Kit out. Pure."""

from __future__ import annotations

from bot.surface import Button, Card, Control, Fact, Form, Listing, Notice, Option, Options, Picker, Text

from .blocks import CONTEXT, REFUSED, SECTION, Payload, context, option_list, paragraph, plain_text, section
from .marks import MORE, action_id, block_id
from .modals import modal, notice_modal, placeholder_modal
from .text import clamp, clean, code, code_block, fallback, fit, flat, line, link, mrkdwn

__all__ = ["Payload", "alert", "listing", "modal", "notice", "notice_modal", "opener", "options", "placeholder_modal"]

MARKERS = {"fatal": "🛑", "error": "🔴", "warning": "🟠", "info": "🔵", "debug": "⚪"}

# Slack's limits: characters of a header, a button, a placeholder and of `text`, as a longer message cannot be edited any more; then how
# many controls a block and how many blocks a message may have.
_HEADER, _BUTTON, _PLACEHOLDER, _MESSAGE = 150, 75, 150, 4000
_CONTROLS, _BLOCKS = 25, 50
# Ours: a phone shows a few lines of a message before it hides the rest.
_TITLE, _EXCERPT = 300, 256


def alert(card: Card, nonce: str) -> Payload:
    """The alert message. ``nonce`` must differ each time it is drawn (see ``marks.block_id``)."""
    blocks = [
        section(_title(card)),
        section(_what(card)),
        section(_one_line(card.state, SECTION)),
        context(_facts(card.facts)),
        context(_one_line(card.people, CONTEXT)),
        _controls(card, nonce),
        context(_one_line(card.footer, CONTEXT)),
    ]
    return {"blocks": [block for block in blocks if block], "text": fit(line(card.fallback) or _title_text(card), _MESSAGE)}


def notice(value: Notice) -> Payload:
    """A private answer."""
    marker = REFUSED if value.is_refusal else ""
    return {"blocks": [paragraph(value.text, marker)], "text": marker + fallback(value.text, _MESSAGE - len(marker))}


def listing(value: Listing) -> Payload:
    """Lines under a heading. Lines that no longer fit into one message are counted at its end."""
    blocks: list[Payload] = [{"type": "header", "text": plain_text(value.heading, _HEADER)}]
    texts = _joined([mrkdwn(text, SECTION) for text in value.lines])
    room = _BLOCKS - 3  # the heading, the count of what is left out, the footer
    left_out = sum(text.count("\n") + 1 for text in texts[room:])
    blocks += [section(text) for text in texts[:room]]
    blocks += [context(f"… and {left_out} more lines" if left_out else ""), context(mrkdwn(value.footer, CONTEXT))]
    spoken = fallback((value.heading, *(span for text in value.lines for span in ("\n", *text))), _MESSAGE)
    return {"blocks": [block for block in blocks if block], "text": spoken}


def options(value: Options) -> Payload:
    """The answer to what was typed into a picker."""
    return {"options": option_list(value.options)}


def opener(text: Text, form: Form, nonce: str) -> Payload:
    """A private message with a button that opens the form, for when Slack lets us open none by ourselves."""
    button = {"type": "button", "action_id": action_id(form.verb), "text": plain_text(form.title, _BUTTON)}
    actions = {"type": "actions", "block_id": block_id(form.issue_id, form.version, nonce), "elements": [button]}
    return {"blocks": [paragraph(text), actions], "text": fallback(text, _MESSAGE)}


def _one_line(text: Text, limit: int) -> str:
    return mrkdwn(flat(text), limit).strip()


def _title_text(card: Card) -> str:
    return line(card.title) or "(no title)"


def _title(card: Card) -> str:
    level = line(card.level)
    title = link(_title_text(card), card.url, _TITLE)
    return f"{MARKERS.get(level, '⚪')} *{title}*\n{fit(level.capitalize(), 20)} · {code(card.short_id)}"


def _what(card: Card) -> str:
    excerpt = clamp(clean(card.excerpt).strip(), _EXCERPT)
    return "\n".join(each for each in (code(card.where), code_block(excerpt, SECTION // 2)) if each)


def _facts(facts: tuple[Fact, ...]) -> str:
    """As many whole facts as fit: half a number would be a wrong one."""
    written = ""
    for fact in facts:
        each = f"*{fit(line(fact.label), _BUTTON)}:* {_one_line(fact.value, CONTEXT // 4)}"
        if len(written) + len(each) + 3 > CONTEXT:
            break
        written += f" · {each}" if written else each
    return written


def _controls(card: Card, nonce: str) -> Payload:
    elements = [_control(control, place) for place, control in enumerate(card.controls[:_CONTROLS])]
    return {"type": "actions", "block_id": block_id(card.issue_id, card.version, nonce), "elements": elements} if elements else {}


def _control(control: Control, place: int) -> Payload:
    if isinstance(control, Button):
        style = {} if control.style == "plain" else {"style": control.style}
        return {"type": "button", "action_id": action_id(control.verb), "text": plain_text(control.label, _BUTTON), **style}
    placeholder = {"placeholder": plain_text(control.label, _PLACEHOLDER)}
    if isinstance(control, Picker):
        return {"type": "external_select", "action_id": action_id(control.verb, control.source), "min_query_length": 0, **placeholder}
    verbs = option_list(Option(button.label, button.verb) for button in control.buttons)
    # A card may have several such menus, and action ids must differ within a block.
    return {"type": "static_select", "action_id": action_id(MORE, str(place)), "options": verbs, **placeholder}


def _joined(lines: list[str]) -> list[str]:
    """Lines put together into as few texts as their limit allows."""
    texts: list[str] = []
    for each in lines:
        if texts and len(texts[-1]) + 1 + len(each) <= SECTION:
            texts[-1] += f"\n{each}"
        else:
            texts.append(each)
    return [text for text in texts if text.strip()]
