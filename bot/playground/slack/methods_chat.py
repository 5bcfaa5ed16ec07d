"""The Web API's `chat.*` methods."""

from typing import Any

from bot.playground import accounts as names
from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.workspace import MAX_EDIT_TEXT_CHARS, Workspace, checked_unfurls, content_of, public
from bot.playground.store import Json


class Chat:
    """Posts, updates, deletes and unfurls for the bot."""

    def __init__(self, workspace: Workspace, own_url: str) -> None:
        self._workspace = workspace
        self._own_url = own_url

    def post(self, call: Arguments) -> Json:
        """chat.postMessage."""
        channel = self._workspace.writable(call.required("channel", "channel_not_found"))
        content = content_of(_sent(call))
        content |= self._thread(call, channel)
        if metadata := _metadata(call):
            content["metadata"] = metadata
        message = self._workspace.post(channel, content)
        return {"channel": channel["id"], "ts": message["ts"], "message": public(message)}

    def post_ephemeral(self, call: Arguments) -> Json:
        """chat.postEphemeral: a message for one person, who must be in the channel."""
        channel = self._workspace.writable(call.required("channel", "channel_not_found"))
        person = self._workspace.person(call.required("user", "user_not_in_channel"), "user_not_in_channel")
        content = content_of(_sent(call)) | self._thread(call, channel)
        message = self._workspace.post(channel, content, only_for=person.slack_id)
        return {"message_ts": message["ts"]}

    def update(self, call: Arguments) -> Json:
        """chat.update: only the bot's messages. Text without blocks removes the blocks; a call without either keeps both."""
        message = self._own(call, "cant_update_message")
        sent = _sent(call)
        kept = dict(message)
        if call.has("text") or call.has("blocks") or call.has("attachments"):
            kept = {key: value for key, value in message.items() if key not in ("text", "blocks", "attachments")}
            kept |= content_of(sent, MAX_EDIT_TEXT_CHARS)
        if metadata := _metadata(call):
            kept["metadata"] = metadata
        if not call.has("blocks"):
            kept["edited"] = {"user": names.BOT_USER, "ts": f"{self._workspace.clock():.6f}"}
        message = self._workspace.save(kept)
        channel = message["channel"]
        return {"channel": channel, "ts": message["ts"], "text": message["text"], "message": public(message)}

    def delete(self, call: Arguments) -> Json:
        """chat.delete."""
        message = self._own(call, "cant_delete_message")
        self._workspace.delete(message)
        return {"channel": message["channel"], "ts": message["ts"]}

    def permalink(self, call: Arguments) -> Json:
        """chat.getPermalink."""
        channel = self._workspace.channel(call.required("channel", "channel_not_found"))["id"]
        ts = call.required("message_ts", "message_not_found")
        if self._workspace.message(channel, ts) is None:
            raise SlackError("message_not_found")
        return {"channel": channel, "permalink": f"{self._own_url}/#{channel}-p{ts.replace('.', '')}"}

    def unfurl(self, call: Arguments) -> Json:
        """chat.unfurl: previews for the links in a message, named by channel and time or by the event's unfurl id."""
        channel, ts = call.text("channel"), call.text("ts")
        if not channel:
            channel, _, ts = call.text("unfurl_id").partition("/")
        message = self._workspace.message(self._workspace.writable(channel)["id"], ts) if channel else None
        if message is None:
            raise SlackError("cannot_find_message")
        previews = checked_unfurls(call.json("unfurls"))
        if any(url.split("://")[-1] not in message["text"].replace("&amp;", "&") for url in previews):
            raise SlackError("cannot_unfurl_url")
        self._workspace.save({**message, "unfurls": {**(message.get("unfurls") or {}), **previews}})
        return {}

    def _own(self, call: Arguments, error: str) -> Json:
        """Return the bot's message. Unlike elsewhere, a person's id does not stand for the direct message with them."""
        key = call.required("channel", "channel_not_found")
        if self._workspace.writable(key)["id"] != key:
            raise SlackError("channel_not_found")
        message = self._workspace.message(key, call.required("ts", "message_not_found"))
        if message is None or message.get("only_for"):
            raise SlackError("message_not_found")
        if message.get("bot_id") != names.BOT_ID:
            raise SlackError(error)
        return message

    def _thread(self, call: Arguments, channel: Json) -> Json:
        ts = call.text("thread_ts")
        if not ts:
            return {}
        if self._workspace.message(channel["id"], ts) is None:
            raise SlackError("thread_not_found")
        return {"thread_ts": ts, **({"reply_broadcast": True} if call.flag("reply_broadcast") else {})}


def _sent(call: Arguments) -> Json:
    return {"text": call.text("text"), "blocks": call.json("blocks"), "attachments": call.json("attachments")}


def _metadata(call: Arguments) -> Any:
    metadata = call.json("metadata")
    if metadata and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= set(metadata)):
        raise SlackError("invalid_metadata_format")
    return metadata
