"""The workspace's channels, people and messages."""

import secrets
from collections.abc import Callable
from typing import Any

from bot.playground import accounts as names
from bot.playground.accounts import Accounts, Person
from bot.playground.slack import block_kit
from bot.playground.slack.elements import with_ids
from bot.playground.slack.errors import SlackError, invalid_blocks
from bot.playground.store import Json, Store

MESSAGE = "slack.message"
MAX_TEXT_CHARS = 40_000
MAX_EDIT_TEXT_CHARS = 4_000
"""Slack cuts a message's text over 40,000 characters and refuses to edit one into more than 4,000."""


class Workspace:
    """Channels, direct messages with the bot, and the messages in them."""

    def __init__(self, store: Store, accounts: Accounts, clock: Callable[[], float]) -> None:
        self.store = store
        self.accounts = accounts
        self.clock = clock
        self._last_ts = 0

    # channels

    def channel(self, key: str) -> Json:
        """Return the channel or direct message with this id; a person's id stands for the direct message with them."""
        if key == names.CHANNEL:
            kept = self.store.get("slack.channel", key) or {}
            return {"id": key, "name": "alerts", "kind": "channel", "is_archived": False, "is_member": True, **kept}
        person = next((person for person in self.accounts.people if key in (person.slack_id, dm_of(person))), None)
        if person is None:
            raise SlackError("channel_not_found")
        return {"id": dm_of(person), "name": "directmessage", "kind": "im", "user": person.slack_id}

    def set_channel(self, **changes: bool) -> None:
        """Change whether the channel is archived and whether the bot is a member."""
        kept = self.store.get("slack.channel", names.CHANNEL) or {}
        self.store.put("slack.channel", names.CHANNEL, {**kept, **changes})

    def writable(self, key: str) -> Json:
        """Return the channel, if the bot may write to it."""
        channel = self.channel(key)
        if channel.get("is_archived"):
            raise SlackError("is_archived")
        if not channel.get("is_member", True):
            raise SlackError("not_in_channel")
        return channel

    def person(self, key: str, error: str = "user_not_found") -> Person:
        """Return the person with this Slack id."""
        person = next((person for person in self.accounts.people if person.slack_id == key), None)
        if person is None:
            raise SlackError(error)
        return person

    def status(self, person: Person) -> str:
        """Return whether a person is a `member`, a `guest` or `deactivated`."""
        return str((self.store.get("slack.person", person.slack_id) or {}).get("status", "member"))

    def set_status(self, person: Person, status: str) -> None:
        """Make a person a guest, deactivate them, or make them a member again."""
        self.store.put("slack.person", person.slack_id, {"status": status})

    # messages

    def message(self, channel: str, ts: str) -> Json | None:
        """Return the message with this time, which is its id, in a channel."""
        return self.store.get(MESSAGE, f"{channel}:{ts}")

    def messages(self, channel: str, last: int = -1) -> list[Json]:
        """Return the messages of a channel, oldest first, replies and private ones included."""
        return self.store.every(MESSAGE, channel, last)

    def post(self, channel: Json, content: Json, author: Json | None = None, only_for: str = "") -> Json:
        """Post a message in a channel and return it. Its author is the bot unless another one is given."""
        ts = self._next_ts()
        message = {"type": "message", "ts": ts, "channel": channel["id"], **(author or as_bot()), **content}
        if only_for:
            message["only_for"] = only_for
        return self.save(message)

    def say(self, person: Person, channel: Json, text: str, thread: Json) -> Json:
        """Post a person's message in a channel and return it. `thread` holds the fields that put it into a thread."""
        content: Json = {"text": text, "client_msg_id": secrets.token_hex(8), **thread}
        return self.post(channel, content, {"user": person.slack_id, "team": names.TEAM})

    def save(self, message: Json) -> Json:
        """Store a new or changed message and return it."""
        return self.store.put(MESSAGE, f"{message['channel']}:{message['ts']}", message, message["channel"])

    def delete(self, message: Json) -> None:
        """Delete a message."""
        self.store.drop(MESSAGE, f"{message['channel']}:{message['ts']}")

    def warn(self, person: Person, text: str, channel: str = names.CHANNEL) -> Json:
        """Show a person an error, as Slackbot does."""
        author = {"user": "USLACKBOT", "username": "Slackbot"}
        return self.post(self.channel(channel), {"text": text}, author, only_for=person.slack_id)

    def _next_ts(self) -> str:
        """Return the time of a new message, in seconds with microseconds. It is later than every other one."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"


def dm_of(person: Person) -> str:
    """Return the id of the direct message between the bot and this person."""
    return "D" + person.slack_id.removeprefix("U")


def as_bot() -> Json:
    """Return the author fields of the bot's messages."""
    profile = {"id": names.BOT_ID, "app_id": names.SLACK_APP, "name": names.BOT_NAME, "team_id": names.TEAM}
    return {
        "user": names.BOT_USER,
        "bot_id": names.BOT_ID,
        "app_id": names.SLACK_APP,
        "team": names.TEAM,
        "bot_profile": profile,
    }


def content_of(sent: Json, max_text_chars: int = MAX_TEXT_CHARS) -> Json:
    """Check what the bot posts and return the message's text, blocks and attachments, with the JSON as it was sent."""
    text, blocks, attachments = sent.get("text") or "", sent.get("blocks"), sent.get("attachments")
    if len(text) > max_text_chars:
        raise SlackError("msg_too_long")
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    content: Json = {"text": text, "sent": {key: value for key, value in sent.items() if value not in (None, "")}}
    if blocks:
        content["blocks"] = checked_blocks(blocks)
    if attachments:
        content["attachments"] = [_attachment(attachment) for attachment in attachments]
    return content


def checked_blocks(blocks: Any) -> list[Json]:
    """Check the blocks and return them with all ids filled in."""
    if errors := block_kit.message_errors(blocks):
        raise invalid_blocks(errors)
    return with_ids(blocks)


def public(message: Json, *, with_metadata: bool = True) -> Json:
    """Return the message as the Web API and payloads show it."""
    hidden = {"channel", "sent", "only_for", "unfurls"} | (set() if with_metadata else {"metadata"})
    return {key: value for key, value in message.items() if key not in hidden}


def all_blocks(message: Json) -> list[Json]:
    """Return every block in a message: its own, its attachments' and its unfurled links'."""
    parts = [message, *(message.get("attachments") or []), *(message.get("unfurls") or {}).values()]
    return [block for part in parts for block in part.get("blocks") or []]


def _attachment(attachment: Any) -> Json:
    if not isinstance(attachment, dict):
        raise SlackError("invalid_attachments")
    if attachment.get("blocks"):
        return {**attachment, "blocks": checked_blocks(attachment["blocks"])}
    return attachment


def checked_unfurls(unfurls: Any) -> Json:
    """Check the bot's link previews and return them by link."""
    if not isinstance(unfurls, dict) or not unfurls:
        raise SlackError("cannot_unfurl_url")
    return {url: _attachment(preview) for url, preview in unfurls.items()}
