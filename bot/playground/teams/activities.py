"""The activities that Teams sends to a bot, with all their fields."""

import html
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.playground import accounts as names
from bot.playground.accounts import Accounts, Person
from bot.playground.mentions import marked, mentioned
from bot.playground.store import Json
from bot.playground.teams.tenant import THREAD, new_id

MENTION = re.compile(r"@quell\b", re.IGNORECASE)
_MARK = f"<at>{names.BOT_NAME}</at>"


def base(kind: str, accounts: Accounts, person: Person, conversation: Json, at: float) -> Json:
    """Return the fields that every activity has."""
    moment = datetime.fromtimestamp(at, UTC)
    return {
        "type": kind,
        "id": new_id() if kind == "invoke" else str(int(at * 1000)),
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "localTimestamp": moment.astimezone(ZoneInfo(person.tz)).isoformat(timespec="milliseconds"),
        "localTimezone": person.tz,
        "locale": "en-GB",
        "channelId": "msteams",
        "serviceUrl": accounts.teams_service_url,
        "from": {"id": person.teams_id, "name": person.name, "aadObjectId": person.teams_aad_id},
        "recipient": {"id": accounts.teams_bot_id, "name": names.BOT_NAME},
        "conversation": _conversation(accounts, conversation),
        "channelData": _channel_data(accounts, conversation),
        "entities": [_client(person)],
    }


def typed_message(activity: Json, text: str, accounts: Accounts) -> Json:
    """Return a typed message; `@Quell` and first names such as `@Ben` become mentions."""
    marked_text = marked(MENTION.sub(_MARK, text), accounts, lambda person: f"<at>{person.name}</at>")
    people = [(accounts.teams_bot_id, names.BOT_NAME)] if _MARK in marked_text else []
    people += [(person.teams_id, person.name) for person in mentioned(text, accounts)]
    mentions = [{"type": "mention", "mentioned": {"id": key, "name": name}, "text": f"<at>{name}</at>"} for key, name in people]
    shown_html = html.escape(text).replace("@Quell", '<span itemtype="http://schema.skype.com/Mention">Quell</span>')
    return {
        **activity,
        "text": marked_text,
        "textFormat": "plain",
        "attachments": [{"contentType": "text/html", "content": f"<p>{shown_html}</p>"}],
        "entities": [*mentions, *activity["entities"]],
    }


def submitted(activity: Json, message_id: str, value: Any) -> Json:
    """Return the message that an Action.Submit sends: no text, and the data as its value."""
    return {**activity, "replyToId": message_id, "value": value}


def invoke(activity: Json, name: str, value: Json, message_id: str = "") -> Json:
    """Return an invoke, which the bot answers in its HTTP response."""
    return {**activity, "name": name, "value": value, **({"replyToId": message_id} if message_id else {})}


def installed(activity: Json, action: str) -> Json:
    """Return the activity of the app's installation (`add`) or removal (`remove`)."""
    return {**activity, "action": action}


def member_added(activity: Json, accounts: Accounts) -> Json:
    """Return the activity of the bot as a new member of the conversation."""
    data = {**activity["channelData"], "eventType": "teamMemberAdded"}
    return {**activity, "membersAdded": [{"id": accounts.teams_bot_id}], "channelData": data}


def _conversation(accounts: Accounts, conversation: Json) -> Json:
    tenant = accounts.teams_tenant_id
    if conversation["kind"] == "personal":
        return {"id": conversation["id"], "conversationType": "personal", "tenantId": tenant}
    key = conversation["id"] + (f"{THREAD}{conversation['root']}" if conversation["root"] else "")
    return {"id": key, "conversationType": "channel", "isGroup": True, "tenantId": tenant, "name": conversation["name"]}


def _channel_data(accounts: Accounts, conversation: Json) -> Json:
    tenant = {"tenant": {"id": accounts.teams_tenant_id}}
    if conversation["kind"] == "personal":
        return tenant
    return {
        "teamsChannelId": conversation["id"],
        "teamsTeamId": names.TEAMS_TEAM,
        "channel": {"id": conversation["id"], "name": conversation["name"]},
        "team": {"id": names.TEAMS_TEAM, "name": "Playground"},
        **tenant,
    }


def _client(person: Person) -> Json:
    return {"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web", "timezone": person.tz}
