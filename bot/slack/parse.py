"""What Slack sends -> what a person did, in neutral words. Pure; nothing here decides who may do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, InteractionPayload, Lookup, Place, Press
from bot.chat.targets import OneIssue, SeveralIssues, Targets
from bot.slack import events
from bot.slack.codec import (
    MENU,
    MOST_URL,
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
from bot.slack.payload import Json, MalformedPayload, first, ident, listed, optional_ident, part, text, whole


# Slack writes everything that is more than text between angle brackets, and real angle brackets as entities.
@dataclass(frozen=True)
class ReplyHandles:
    """How the person can be answered, besides by a message. Each is a secret of this one interaction and never logged or stored."""

    trigger_id: str = ""
    """Opens one modal, within 3 seconds."""
    response_url: str = ""
    """Takes up to five private answers, within 30 minutes."""
    is_ephemeral: bool = False
    """The pressed message is one that only this person sees."""
    is_notice: bool = False
    """What was pressed stands below a notice, which does not show the issue as it is now."""


def interaction(payload: Json, bot_user: str) -> Interaction | None:
    """Reads a payload; None where it is none of ours to answer. ``bot_user`` is our own user id. Raises MalformedPayload."""
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


def reach(payload: Json) -> ReplyHandles:
    """How the person behind an interaction of ours can be answered. Raises MalformedPayload."""
    trigger = optional_ident(payload, "trigger_id")
    below_notice = "actions" in payload and is_notice(optional_ident(first(payload, "actions"), "block_id"))
    view = part(payload, "view")
    if view and not _is_home(view):
        url = ModalOrigin.read(view.get("private_metadata")).response_url
        return ReplyHandles(trigger, url, bool(url), below_notice)
    is_ephemeral = part(payload, "container").get("is_ephemeral") is True
    return ReplyHandles(trigger, text(payload, "response_url"), is_ephemeral, below_notice)


def workspace(payload: Json) -> str:
    """The workspace this was sent for, empty where it is not said.

    In shared channels several are named. ``app_installed_team_id`` and ``authorizations`` are the ones that mean the app's own; ``team``
    is null where the app is installed for a whole organization.
    """
    team = payload.get("team")
    authorizations = payload.get("authorizations")
    candidates = (
        part(payload, "view").get("app_installed_team_id"),
        team.get("id") if isinstance(team, Mapping) else team,
        first(payload, "authorizations").get("team_id") if authorizations else None,
        payload.get("team_id"),
        part(payload, "user").get("team_id") if isinstance(payload.get("user"), Mapping) else None,
    )
    return next((each for each in candidates if isinstance(each, str) and each), "")


def _pressed(payload: Json) -> Interaction | None:
    action = first(payload, "actions")
    named = read_action_id(ident(action, "action_id"))
    if named is None or named[0] == TICK:
        return None
    verb, choice = _chosen(named[0], action)
    ticks = read_board_block_id(ident(action, "block_id"))
    if ticks:
        # The button of a list has its page as value.
        return _interaction(payload, _place(payload), Press(verb, SeveralIssues(_ticked(payload, ticks), choice or "")))
    targets, place = _whereabouts(payload, action)
    return _interaction(payload, place, Press(verb, targets, choice))


def _chosen(verb: str, action: Json) -> tuple[str, str | None]:
    """The verb and what was chosen: on a button its value, in a menu the option's, in a picker what was found."""
    if action.get("type") == "button":
        return verb, text(action, "value") or None
    value = text(part(action, "selected_option"), "value")
    return read_option(value) if verb == MENU else (verb, value)


def _ticked(payload: Json, block: str) -> tuple[int, ...]:
    """What is ticked on the board whose button was pressed; a page may have several boards."""
    state = part(payload, "view", "state") if part(payload, "view") else part(payload, "state")
    boxes = part(state, "values", block, action_id(TICK))
    return tuple(whole(option, "value") for option in listed(boxes, "selected_options"))


def _submitted(payload: Json) -> Interaction | None:
    view = part(payload, "view")
    named = read_action_id(ident(view, "callback_id"))
    if named is None:
        return None
    origin = ModalOrigin.read(view.get("private_metadata"))
    states = part(view, "state", "values")
    values = {name: _value(part(states, name)) for name in states}
    return _interaction(payload, origin.place, FormSubmitted(named[0], origin.targets, values))


def _looked_up(payload: Json) -> Interaction | None:
    named = read_action_id(ident(payload, "action_id"))
    if named is None:
        return None
    targets, place = _whereabouts(payload, payload)
    issue_id = targets.issue_id if isinstance(targets, OneIssue) else None
    return _interaction(payload, place, Lookup(named[1], issue_id, text(payload, "value")))


def _interaction(payload: Json, place: Place, deed: InteractionPayload) -> Interaction:
    user = part(payload, "user")
    tenant = optional_ident(user, "team_id") or workspace(payload)
    person = ChatPerson("slack", tenant, ident(user, "id"), name=text(user, "name") or text(user, "username"))
    # A lookup changes nothing and carries no id of its own.
    request = "lookup" if isinstance(deed, Lookup) else ident(payload, "trigger_id")
    return Interaction(person, place, deed, f"slack:{request}")


def _whereabouts(payload: Json, control: Json) -> tuple[Targets, Place]:
    """The issues and the place: in a message from the block's id, in a modal from what the modal carries."""
    found = read_block_id(ident(control, "block_id"))
    if found:
        return found, _place(payload)
    origin = ModalOrigin.read(part(payload, "view").get("private_metadata"))
    return origin.targets, origin.place


def _place(payload: Json) -> Place:
    """Where something was pressed. The App Home is in no channel, so its place has an empty one."""
    view = part(payload, "view")
    if view:
        return Place("") if _is_home(view) else ModalOrigin.read(view.get("private_metadata")).place
    container, message = part(payload, "container"), part(payload, "message")
    channel = optional_ident(part(payload, "channel"), "id") or ident(container, "channel_id")
    pressed = optional_ident(container, "message_ts") or optional_ident(message, "ts")
    thread = optional_ident(container, "thread_ts") or optional_ident(message, "thread_ts")
    if container.get("is_app_unfurl") is True:
        pressed = unfurl_id(pressed, _link(container))
    return Place(channel, pressed or None, thread or None)


def _is_home(view: Json) -> bool:
    return view.get("type") == "home"


def _link(container: Json) -> str:
    """The link whose preview was pressed."""
    url = ident(container, "app_unfurl_url")
    if len(url) > MOST_URL:
        raise MalformedPayload
    return url


def _value(block: Mapping[str, Any]) -> str:
    """What a field of a form holds: its block has one element, whichever id that has."""
    element = part(block, next(iter(block), ""))
    moment = element.get("selected_date_time")
    if moment is not None:
        if not isinstance(moment, int) or isinstance(moment, bool):
            raise MalformedPayload
        return str(moment)
    return text(part(element, "selected_option"), "value") or text(element, "value")
