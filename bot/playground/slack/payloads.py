"""The payloads that Slack sends to an app, with all their fields."""

import secrets
from typing import Any

from bot.playground import accounts as names
from bot.playground.accounts import Person
from bot.playground.slack import views as view_shapes
from bot.playground.slack import workspace as message_shapes
from bot.playground.store import Json


def user(person: Person) -> Json:
    """Return a person as a payload's `user`."""
    handle = person.name.split()[0].lower()
    return {"id": person.slack_id, "username": handle, "name": handle, "team_id": names.TEAM}


def _frame(kind: str, person: Person) -> Json:
    return {
        "type": kind,
        "user": user(person),
        "api_app_id": names.SLACK_APP,
        "token": "deprecated",
        "team": {"id": names.TEAM, "domain": "playground"},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def container(message: Json, link: str = "") -> Json:
    """Return the `container` of an interaction in a message, or in the preview of a link in it."""
    fields: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": message["channel"],
        "is_ephemeral": bool(message.get("only_for")),
    }
    if message.get("thread_ts"):
        fields["thread_ts"] = message["thread_ts"]
    if link:
        fields |= {"type": "message_attachment", "attachment_id": 1, "is_app_unfurl": True, "app_unfurl_url": link}
    return fields


def member_joined(channel: Json, person: Person) -> Json:
    """Return the event of the bot's invitation to a channel."""
    return {
        "type": "member_joined_channel",
        "user": names.BOT_USER,
        "channel": channel["id"],
        "channel_type": "C",
        "team": names.TEAM,
        "inviter": person.slack_id,
    }


def unarchived(channel: Json, person: Person) -> Json:
    """Return the event of a channel that was unarchived."""
    return {"type": "channel_unarchive", "channel": channel["id"], "user": person.slack_id}


def block_actions(person: Person, place: Json, action: Json, state: Json) -> Json:
    """Return the payload of a press or a choice. `place` holds the fields of `in_message` or `in_view`."""
    return {**_frame("block_actions", person), **place, "state": {"values": state}, "actions": [action]}


def in_message(message: Json, channel: Json, link: str = "") -> Json:
    """Return the fields of an interaction in a message. Slack leaves out a private message, and the message around a link's preview."""
    place: Json = {
        "container": container(message, link),
        "channel": {"id": channel["id"], "name": channel["name"]},
    }
    if not (link or message.get("only_for")):
        place["message"] = message_shapes.public(message)
    if link:
        place["app_unfurl"] = {"id": 1, "is_app_unfurl": True, "app_unfurl_url": link, **message["unfurls"][link]}
    return place


def in_view(view: Json, values: Json) -> Json:
    """Return the fields of an interaction in a modal or on the App Home."""
    shown = {**view_shapes.public(view), "state": {"values": values}}
    return {"container": {"type": "view", "view_id": view["id"]}, "view": shown}


def view_submission(person: Person, view: Json, values: Json, trigger: str) -> Json:
    """Return the payload of a submitted modal."""
    shown = {**view_shapes.public(view), "state": {"values": values}}
    return {**_frame("view_submission", person), "trigger_id": trigger, "view": shown, "response_urls": []}


def view_closed(person: Person, view: Json, *, is_cleared: bool) -> Json:
    """Return the payload of a modal that was closed without submitting it."""
    return {**_frame("view_closed", person), "view": view_shapes.public(view), "is_cleared": is_cleared}


def block_suggestion(person: Person, place: Json, block_id: str, action_id: str, typed: str) -> Json:
    """Return the payload of text typed into an external select."""
    return {
        **_frame("block_suggestion", person),
        **place,
        "action_id": action_id,
        "block_id": block_id,
        "value": typed,
    }


def command(person: Person, channel: Json, name: str, text: str) -> dict[str, str]:
    """Return the form of a slash command, without its trigger id and response URL."""
    return {
        "token": "deprecated",
        "team_id": names.TEAM,
        "team_domain": "playground",
        "channel_id": channel["id"],
        "channel_name": channel["name"],
        "user_id": person.slack_id,
        "user_name": user(person)["username"],
        "command": name,
        "text": text,
        "api_app_id": names.SLACK_APP,
        "is_enterprise_install": "false",
    }


def event(inner: Json, at: float) -> Json:
    """Return the envelope of an event."""
    authorization = {
        "enterprise_id": None,
        "team_id": names.TEAM,
        "user_id": names.BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "deprecated",
        "team_id": names.TEAM,
        "context_team_id": names.TEAM,
        "context_enterprise_id": None,
        "api_app_id": names.SLACK_APP,
        "event": inner,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(at),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": secrets.token_urlsafe(12),
    }


def message_event(kind: str, message: Json, channel: Json) -> Json:
    """Return the event of a person's message: `message` or `app_mention`."""
    inner: Json = {
        "type": kind,
        "user": message["user"],
        "ts": message["ts"],
        "client_msg_id": message["client_msg_id"],
        "text": message["text"],
        "team": names.TEAM,
        "channel": channel["id"],
        "event_ts": message["ts"],
    }
    if kind == "message":
        inner["channel_type"] = channel["kind"]
        if message.get("reply_broadcast"):
            inner["subtype"] = "thread_broadcast"
    return inner | {name: message[name] for name in ("thread_ts", "parent_user_id") if name in message}


def link_shared(message: Json, links: list[Json]) -> Json:
    """Return the event of links to the app's domain in a message."""
    inner: Json = {
        "type": "link_shared",
        "channel": message["channel"],
        "is_bot_user_member": True,
        "user": message["user"],
        "message_ts": message["ts"],
        "unfurl_id": f"{message['channel']}/{message['ts']}",
        "source": "conversations_history",
        "links": links,
        "event_ts": message["ts"],
    }
    if message.get("thread_ts"):
        inner["thread_ts"] = message["thread_ts"]
    return inner


def home_opened(person: Person, view: Json | None, at: float) -> Json:
    """Return the event of an opened App Home."""
    inner: Json = {
        "type": "app_home_opened",
        "user": person.slack_id,
        "channel": message_shapes.dm_of(person),
        "tab": "home",
        "event_ts": f"{at:.6f}",
    }
    if view:
        inner["view"] = view_shapes.public(view)
    return inner


def action(block_id: str, element: Json, value: dict[str, Any], at: float) -> Json:
    """Return an entry of a payload's `actions`."""
    shown: Json = {key: element[key] for key in ("text", "style", "placeholder", "url") if key in element}
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": f"{at:.6f}",
        **shown,
        **value,
    }
