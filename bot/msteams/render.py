"""Draw neutral replies for Teams: the alert message, issue lists, dialogs, and the messages that contain them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.chat.elements import REFRESH, Board, Card, Content, Fact, Form, Home, Moment, Notice, Row
from bot.chat.targets import OneIssue
from bot.msteams.elements import (
    ON_ALERT,
    TICK,
    WIDTHS,
    ActionContext,
    CardOrigin,
    JsonObject,
    action_sets,
    actions,
    adaptive_card,
    attachment,
    button,
    dialog_with,
    fits,
    fitted,
    message_with,
    text_block,
)
from bot.msteams.forms import form_card
from bot.msteams.notices import notice, one_line_result
from bot.msteams.text import bare, block, escape, in_card, link, markdown

MAX_LINES = 20
"""The most result lines of a press; a board holds ten issues."""
MAX_ROW_CHARS = 128
"""The maximum length of a title, or of the text below it, in characters: two lines in a narrow window."""
READABLE = WIDTHS[:3]
HOME_TITLE = "Your page"

Draw = Callable[[int, bool], Iterable[JsonObject | None]]
"""Draws the body for a length of text, with lean buttons or not."""


def board_card(board: Board) -> JsonObject:
    """Return a board as a card of its own."""
    return _without_copies_for_old_clients(
        board.heading, lambda width, is_lean: _board(board, ActionContext(origin=CardOrigin("board"), is_lean=is_lean), width)
    )


def home_card(home: Home) -> JsonObject:
    """Return a person's page: boards one below the other. Each press sends the inputs of all boards, so the id of an input names its board."""
    return _without_copies_for_old_clients(HOME_TITLE, lambda width, is_lean: _home(home, width, is_lean))


def _without_copies_for_old_clients(title: str, draw: Draw) -> JsonObject:
    """Return the card without the copies for old clients if it is too long: each button holds its board's page, and shorter titles would be hard to
    read.
    """
    full = fitted(lambda width: _card(title, draw(width, False), width), READABLE)
    return full if fits(full) else fitted(lambda width: _card(title, draw(width, True), width))


def _card(title: str, body: Iterable[JsonObject | None], width: int) -> JsonObject:
    return adaptive_card([block for block in body if block], [], bare(title, width))


def _home(home: Home, width: int, is_lean: bool) -> Iterator[JsonObject | None]:  # noqa: FBT001  see Draw
    yield text_block(HOME_TITLE, size="Large", weight="Bolder")
    for place, board in enumerate(home.boards):
        drawn = _board(board, ActionContext(origin=CardOrigin("home", place), is_lean=is_lean), width)
        yield {"type": "Container", "separator": True, "spacing": "Large", "items": [block for block in drawn if block]}


def _board(board: Board, about: ActionContext, width: int) -> Iterator[JsonObject | None]:
    yield text_block(escape(board.heading, width).strip() or "…", size="Medium", weight="Bolder")
    yield text_block("\n\n".join(markdown(line, width, in_card) for line in board.intro[:MAX_LINES]))
    for row in board.rows:
        yield from _row(row, about.origin.board, width)
    yield from action_sets(board.buttons, about)
    yield text_block(markdown(board.footer, width, in_card), isSubtle=True, size="Small")


def _row(row: Row, place: int, width: int) -> Iterator[JsonObject | None]:
    room = min(width, MAX_ROW_CHARS)
    yield {"type": "Input.Toggle", "id": f"{TICK}{place}_{row.issue_id}", "title": bare(row.title, room) or "…", "wrap": True}
    yield text_block(escape(row.details, room), isSubtle=True, size="Small", spacing="None")


_MARKERS = {"fatal": "⛔", "error": "🔴", "warning": "🟡", "info": "🔵", "debug": "⚪"}
_COLORS = {"fatal": "Attention", "error": "Attention", "warning": "Warning", "info": "Accent"}


def alert(card: Card) -> JsonObject:
    """Return the alert message as an Adaptive Card of at most 24 KB. Long text is shortened; controls are never left out."""
    about = ActionContext(OneIssue(card.issue_id, card.version))
    return fitted(lambda width: _drawn(card, about, width))


def unfolded(card: Card, viewer: str) -> JsonObject:
    """Return the alert for a pasted link. It is not a message of ours, so it refreshes itself when ``viewer`` sees it.

    Others press *Refresh card* in its menu. Teams accepts at most 60 people there; we know only the person who pasted or pressed.
    """
    about = ActionContext(OneIssue(card.issue_id, card.version), CardOrigin("unfolded"))
    refresh = {"refresh": {"action": button(REFRESH, about), "userIds": [viewer]}}
    return fitted(lambda width: _drawn(card, about, width) | refresh)


def unfolded_result(cards: Sequence[Card], viewer: str) -> JsonObject:
    """Return the response for a pasted link: the card, and the line that Teams shows while the message is being written."""
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": [_with_preview(card, viewer) for card in cards]}}


def _with_preview(card: Card, viewer: str) -> JsonObject:
    preview = {"title": bare(f"{card.short_id} {card.title}", 128), "text": one_line_result(card)}
    return attachment(unfolded(card, viewer)) | {"preview": {"contentType": "application/vnd.microsoft.card.thumbnail", "content": preview}}


def _drawn(card: Card, about: ActionContext, width: int) -> JsonObject:
    body = [block for block in _body(card, width) if block]
    return adaptive_card(body, actions(card.controls, about), bare(card.fallback or card.title, width))


def _body(card: Card, width: int) -> Iterator[JsonObject | None]:
    level = card.level if card.level in _MARKERS else "error"
    title = f"{_MARKERS[level]} **{level.capitalize()}** {link(escape(card.title, width).strip() or 'Untitled', card.url)}"
    yield text_block(title, size="Medium", weight="Bolder", color=_COLORS.get(level, "Default"))
    where = (part for part in (escape(card.short_id, width), escape(card.where, width)) if part.strip())
    yield text_block(" · ".join(where), isSubtle=True, spacing="None")
    yield _excerpt(card.excerpt, width)
    yield text_block(markdown(card.state, width, in_card), weight="Bolder")
    yield from _facts(card, width)
    yield text_block(markdown(card.people, width, in_card))
    yield text_block(markdown(card.footer, width, in_card), isSubtle=True, size="Small", spacing="None")


def _excerpt(text: str, width: int) -> JsonObject | None:
    inner = text_block(block(text, width), fontType="Monospace", size="Small")
    return {"type": "Container", "style": "emphasis", "items": [inner]} if inner else None


def _facts(card: Card, width: int) -> Iterator[JsonObject | None]:
    """Return times as a table, and short facts on one line, because a table of those would push the controls off a phone's screen."""
    facts = [fact for fact in card.facts[:24] if markdown(fact.value, width, in_card).strip()]
    times = [{"title": _label(fact, width), "value": markdown(fact.value, width, in_card)} for fact in facts if _is_time(fact)]
    yield {"type": "FactSet", "facts": times} if times else None
    short = (f"**{_label(fact, width).strip() or '…'}:** {markdown(fact.value, width, in_card)}" for fact in facts if not _is_time(fact))
    yield text_block(" · ".join(short), size="Small")


def _label(fact: Fact, width: int) -> str:
    return escape(fact.label, min(64, width))


def _is_time(fact: Fact) -> bool:
    return any(isinstance(span, Moment) for span in fact.value)


def activity_with(content: Content) -> JsonObject:
    """Return the message with a card, a board or a notice."""
    match content:
        case Card():
            return message_with(alert(content), bare(content.fallback or content.title, 256))
        case Board():
            return message_with(board_card(content), bare(content.heading, 256))
        case Notice():
            return notice(content)


def home_message(home: Home) -> JsonObject:
    """Return the message with a person's page."""
    return message_with(home_card(home), HOME_TITLE)


def form_message(form: Form, time_zone: str | None = None, origin: CardOrigin = ON_ALERT) -> JsonObject:
    """Return a form as a message of its own, for places without dialogs: after a typed command."""
    return message_with(form_card(form, time_zone, origin, is_titled=True), bare(form.title, 256))


def dialog(form: Form, time_zone: str | None = None, origin: CardOrigin = ON_ALERT) -> JsonObject:
    """Return a form as the response that opens a dialog, or keeps it open with its errors."""
    height = "small" if not form.fields else "medium" if len(form.fields) < 3 else "large"
    return dialog_with(form_card(form, time_zone, origin), bare(form.title, 64), height)
