"""The payloads Slack sends to an app, in full shape (pure)."""

import secrets
from typing import Any

from bot.playground import accounts as names
from bot.playground.accounts import Person
from bot.playground.slack import views as view_shapes
from bot.playground.slack import workspace as message_shapes
from bot.playground.store import Json


def user(person: Person) -> Json:
    """The person as payloads name them."""
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
    """Where in a channel something was pressed: in a message, or in a link's preview inside one."""
    where: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": message["channel"],
        "is_ephemeral": bool(message.get("only_for")),
    }
    if message.get("thread_ts"):
        where["thread_ts"] = message["thread_ts"]
    if link:
        where |= {"type": "message_attachment", "attachment_id": 1, "is_app_unfurl": True, "app_unfurl_url": link}
    return where


def member_joined(channel: Json, person: Person) -> Json:
    """The bot was invited to a channel."""
    return {
        "type": "member_joined_channel",
        "user": names.BOT_USER,
        "channel": channel["id"],
        "channel_type": "C",
        "team": names.TEAM,
        "inviter": person.slack_id,
    }


def unarchived(channel: Json, person: Person) -> Json:
    """A channel was opened again."""
    return {"type": "channel_unarchive", "channel": channel["id"], "user": person.slack_id}


def block_actions(person: Person, place: Json, action: Json, state: Json) -> Json:
    """Something was pressed or chosen; `place` says where (see `in_message` and `in_view`)."""
    return {**_frame("block_actions", person), **place, "state": {"values": state}, "actions": [action]}


def in_message(message: Json, channel: Json, link: str = "") -> Json:
    """The fields that say it happened in a message. A private message is not shown again, nor is one whose link's preview was meant."""
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
    """The fields that say it happened in a modal or on the App Home."""
    shown = {**view_shapes.public(view), "state": {"values": values}}
    return {"container": {"type": "view", "view_id": view["id"]}, "view": shown}


def view_submission(person: Person, view: Json, values: Json, trigger: str) -> Json:
    """A modal was submitted."""
    shown = {**view_shapes.public(view), "state": {"values": values}}
    return {**_frame("view_submission", person), "trigger_id": trigger, "view": shown, "response_urls": []}


def view_closed(person: Person, view: Json, *, is_cleared: bool) -> Json:
    """A modal was closed without submitting it."""
    return {**_frame("view_closed", person), "view": view_shapes.public(view), "is_cleared": is_cleared}


def block_suggestion(person: Person, place: Json, block_id: str, action_id: str, typed: str) -> Json:
    """Something was typed into an external select."""
    return {
        **_frame("block_suggestion", person),
        **place,
        "action_id": action_id,
        "block_id": block_id,
        "value": typed,
    }


def command(person: Person, channel: Json, name: str, text: str) -> dict[str, str]:
    """A slash command's form, without its trigger and response URL."""
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
    """An event in its envelope."""
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
    """A person's message, as `message` or `app_mention`."""
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
    """Links of the app's own domain stood in a message."""
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
    """The App Home was opened."""
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
    """One entry of `actions`."""
    shown: Json = {key: element[key] for key in ("text", "style", "placeholder", "url") if key in element}
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": f"{at:.6f}",
        **shown,
        **value,
    }
