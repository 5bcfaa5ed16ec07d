"""Parse Slack's payloads into interactions, independent of the platform. Pure; permissions are not decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, InteractionPayload, Lookup, Place, Press
from bot.chat.targets import OneIssue, SeveralIssues, Targets
from bot.slack import events
from bot.slack.codec import (
    MAX_URL_CHARS,
    MENU,
    TICK,
    ModalOrigin,
    action_id,
    is_notice,
    read_action_id,
    read_block_id,
    read_board_block_id,
    read_option,
    unfurl_id,
)
from bot.slack.payload import Json, MalformedPayload, first, list_of, object_at, optional_id, required_id, text, whole_number


# Slack writes everything that is more than text between angle brackets, and real angle brackets as entities.
@dataclass(frozen=True)
class ReplyHandles:
    """The ways to reply besides a message. Each is a secret of this one interaction and is never logged or stored."""

    trigger_id: str = ""
    """Opens one modal, within 3 seconds."""
    response_url: str = ""
    """Accepts up to five private replies, within 30 minutes."""
    is_ephemeral: bool = False
    """Whether only this person sees the pressed message."""
    is_notice: bool = False
    """Whether the pressed button belongs to a notice, which does not show the current state of the issue."""


def read_interaction(payload: Json, bot_user: str) -> Interaction | None:
    """Parse a payload; return None if it is not ours to answer. ``bot_user`` is our own user id. Raises MalformedPayload."""
    if "command" in payload:
        return events.command(payload)
    match payload.get("type"):
        case "event_callback":
            return events.event(payload, bot_user)
        case "block_actions":
            return _pressed(payload)
        case "view_submission":
            return _submitted(payload)
        case "block_suggestion":
            return _looked_up(payload)
        case str():
            return None
    raise MalformedPayload


def reply_handles(payload: Json) -> ReplyHandles:
    """Return the ways to reply to the person of an interaction. Raises MalformedPayload."""
    trigger = optional_id(payload, "trigger_id")
    below_notice = "actions" in payload and is_notice(optional_id(first(payload, "actions"), "block_id"))
    view = object_at(payload, "view")
    if view and not _is_home(view):
        url = ModalOrigin.read(view.get("private_metadata")).response_url
        return ReplyHandles(trigger, url, bool(url), below_notice)
    is_ephemeral = object_at(payload, "container").get("is_ephemeral") is True
    return ReplyHandles(trigger, text(payload, "response_url"), is_ephemeral, below_notice)


def workspace(payload: Json) -> str:
    """Return the workspace that the payload was sent for, or an empty text.

    In shared channels the payload names several. ``app_installed_team_id`` and ``authorizations`` are the app's own; ``team`` is null if the app is
    installed for a whole organization.
    """
    team = payload.get("team")
    authorizations = payload.get("authorizations")
    candidates = (
        object_at(payload, "view").get("app_installed_team_id"),
        team.get("id") if isinstance(team, Mapping) else team,
        first(payload, "authorizations").get("team_id") if authorizations else None,
        payload.get("team_id"),
        object_at(payload, "user").get("team_id") if isinstance(payload.get("user"), Mapping) else None,
    )
    return next((candidate for candidate in candidates if isinstance(candidate, str) and candidate), "")


def _pressed(payload: Json) -> Interaction | None:
    action = first(payload, "actions")
    named = read_action_id(required_id(action, "action_id"))
    if named is None or named[0] == TICK:
        return None
    verb, choice = _chosen(named[0], action)
    ticks = read_board_block_id(required_id(action, "block_id"))
    if ticks:
        # The button of a list has its page as value.
        return _interaction(payload, _place(payload), Press(verb, SeveralIssues(_ticked(payload, ticks), choice or "")))
    targets, place = _issue_and_place(payload, action)
    return _interaction(payload, place, Press(verb, targets, choice))


def _chosen(verb: str, action: Json) -> tuple[str, str | None]:
    """Return the verb and the choice: the value of a button, of a menu option, or of a found option."""
    if action.get("type") == "button":
        return verb, text(action, "value") or None
    value = text(object_at(action, "selected_option"), "value")
    return read_option(value) if verb == MENU else (verb, value)


def _ticked(payload: Json, block: str) -> tuple[int, ...]:
    """Return the ticked issues of the board whose button was pressed; a page may have several boards."""
    state = object_at(payload, "view", "state") if object_at(payload, "view") else object_at(payload, "state")
    boxes = object_at(state, "values", block, action_id(TICK))
    return tuple(whole_number(option, "value") for option in list_of(boxes, "selected_options"))


def _submitted(payload: Json) -> Interaction | None:
    view = object_at(payload, "view")
    named = read_action_id(required_id(view, "callback_id"))
    if named is None:
        return None
    origin = ModalOrigin.read(view.get("private_metadata"))
    states = object_at(view, "state", "values")
    values = {name: _value(object_at(states, name)) for name in states}
    return _interaction(payload, origin.place, FormSubmitted(named[0], origin.targets, values))


def _looked_up(payload: Json) -> Interaction | None:
    named = read_action_id(required_id(payload, "action_id"))
    if named is None:
        return None
    targets, place = _issue_and_place(payload, payload)
    issue_id = targets.issue_id if isinstance(targets, OneIssue) else None
    return _interaction(payload, place, Lookup(named[1], issue_id, text(payload, "value")))


def _interaction(payload: Json, place: Place, parsed: InteractionPayload) -> Interaction:
    user = object_at(payload, "user")
    tenant = optional_id(user, "team_id") or workspace(payload)
    person = ChatPerson("slack", tenant, required_id(user, "id"), name=text(user, "name") or text(user, "username"))
    # A lookup changes nothing and carries no id of its own.
    request = "lookup" if isinstance(parsed, Lookup) else required_id(payload, "trigger_id")
    return Interaction(person, place, parsed, f"slack:{request}")


def _issue_and_place(payload: Json, control: Json) -> tuple[Targets, Place]:
    """Return the issues and the place: from the block id in a message, or from the metadata of a modal."""
    found = read_block_id(required_id(control, "block_id"))
    if found:
        return found, _place(payload)
    origin = ModalOrigin.read(object_at(payload, "view").get("private_metadata"))
    return origin.targets, origin.place


def _place(payload: Json) -> Place:
    """Return where a control was pressed. The App Home is in no channel, so its place has an empty channel."""
    view = object_at(payload, "view")
    if view:
        return Place("") if _is_home(view) else ModalOrigin.read(view.get("private_metadata")).place
    container, message = object_at(payload, "container"), object_at(payload, "message")
    channel = optional_id(object_at(payload, "channel"), "id") or required_id(container, "channel_id")
    pressed = optional_id(container, "message_ts") or optional_id(message, "ts")
    thread = optional_id(container, "thread_ts") or optional_id(message, "thread_ts")
    if container.get("is_app_unfurl") is True:
        pressed = unfurl_id(pressed, _link(container))
    return Place(channel, pressed or None, thread or None)


def _is_home(view: Json) -> bool:
    return view.get("type") == "home"


def _link(container: Json) -> str:
    """Return the link whose preview was pressed."""
    url = required_id(container, "app_unfurl_url")
    if len(url) > MAX_URL_CHARS:
        raise MalformedPayload
    return url


def _value(block: Mapping[str, Any]) -> str:
    """Return the value of a form field: its block has one element, with any id."""
    element = object_at(block, next(iter(block), ""))
    moment = element.get("selected_date_time")
    if moment is not None:
        if not isinstance(moment, int) or isinstance(moment, bool):
            raise MalformedPayload
        return str(moment)
    return text(object_at(element, "selected_option"), "value") or text(element, "value")
