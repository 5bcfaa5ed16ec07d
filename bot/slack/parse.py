"""What Slack sends -> what a person did, in neutral words. Pure; nothing here decides who may do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.interactions import ChatPerson, Deed, Interaction, Lookup, Place, Press, Submission

from . import typed
from .marks import MORE, Origin, read_action_id, read_block_id, read_verb
from .shapes import Json, Malformed, first, ident, optional_ident, part, text


@dataclass(frozen=True)
class Reach:
    """How the person can be answered, besides by a message. Each is a secret of this one interaction and never logged or stored."""

    trigger_id: str = ""
    """Opens one modal, within 3 seconds."""
    response_url: str = ""
    """Takes up to five private answers, within 30 minutes."""
    is_ephemeral: bool = False
    """The pressed message is one that only this person sees."""


def interaction(payload: Json, bot_user: str) -> Interaction | None:
    """Reads a payload; None where it is none of ours to answer. ``bot_user`` is our own user id. Raises Malformed."""
    if "command" in payload:
        return typed.command(payload)
    match payload.get("type"):
        case "event_callback":
            return typed.event(payload, bot_user)
        case "block_actions":
            return _pressed(payload)
        case "view_submission":
            return _submitted(payload)
        case "block_suggestion":
            return _looked_up(payload)
        case str():
            return None
    raise Malformed


def reach(payload: Json) -> Reach:
    """How the person behind an interaction can be answered. Raises Malformed."""
    url = payload.get("response_url") or ""
    if not isinstance(url, str):
        raise Malformed
    return Reach(optional_ident(payload, "trigger_id"), url, part(payload, "container").get("is_ephemeral") is True)


def workspace(payload: Json) -> str:
    """The workspace this was sent for, empty where it is not said.

    In shared channels several are named. ``app_installed_team_id`` and ``authorizations`` are the ones that mean the app's own; ``team``
    is null where the app is installed for a whole organisation.
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
    if named is None:
        return None
    issue, version, place = _whereabouts(payload, action)
    verb, choice = named[0], None
    if action.get("type") != "button":
        choice = ident(part(action, "selected_option"), "value") if named[0] == MORE else text(part(action, "selected_option"), "value")
    if verb == MORE:
        verb, choice = read_verb(choice or ""), None
    return _interaction(payload, place, Press(verb, issue, version, choice))


def _submitted(payload: Json) -> Interaction | None:
    view = part(payload, "view")
    named = read_action_id(ident(view, "callback_id"))
    if named is None:
        return None
    origin = Origin.read(view.get("private_metadata"))
    states = part(view, "state", "values")
    values = {name: _value(part(states, name)) for name in states}
    return _interaction(payload, _place_of(origin), Submission(named[0], origin.issue, origin.version, values))


def _looked_up(payload: Json) -> Interaction | None:
    named = read_action_id(ident(payload, "action_id"))
    if named is None:
        return None
    issue, _, place = _whereabouts(payload, payload)
    return _interaction(payload, place, Lookup(named[1], issue, text(payload, "value")))


def _interaction(payload: Json, place: Place, deed: Deed) -> Interaction:
    user = part(payload, "user")
    tenant = optional_ident(user, "team_id") or workspace(payload)
    person = ChatPerson("slack", tenant, ident(user, "id"), name=text(user, "name") or text(user, "username"))
    # A lookup changes nothing and carries no id of its own.
    request = "lookup" if isinstance(deed, Lookup) else ident(payload, "trigger_id")
    return Interaction(person, place, deed, f"slack:{request}")


def _whereabouts(payload: Json, control: Json) -> tuple[int, int, Place]:
    """The issue, its version and the place: in a message from the block's id, in a modal from what the modal carries."""
    found = read_block_id(ident(control, "block_id"))
    if found:
        return (*found, _place(payload))
    origin = Origin.read(part(payload, "view").get("private_metadata"))
    return origin.issue, origin.version, _place_of(origin)


def _place(payload: Json) -> Place:
    container, message = part(payload, "container"), part(payload, "message")
    channel = optional_ident(part(payload, "channel"), "id") or ident(container, "channel_id")
    pressed = optional_ident(container, "message_ts") or optional_ident(message, "ts")
    thread = optional_ident(container, "thread_ts") or optional_ident(message, "thread_ts")
    return Place(channel, pressed or None, thread or None)


def _place_of(origin: Origin) -> Place:
    return Place(origin.channel, origin.message or None)


def _value(block: Mapping[str, Any]) -> str:
    """What a field of a form holds: its block has one element, whichever id that has."""
    element = part(block, next(iter(block), ""))
    moment = element.get("selected_date_time")
    if moment is not None:
        if not isinstance(moment, int) or isinstance(moment, bool):
            raise Malformed
        return str(moment)
    return text(part(element, "selected_option"), "value") or text(element, "value")
