"""The Web API's methods that read messages: `conversations.history` and `conversations.replies`."""

import base64
import binascii

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.workspace import Workspace, public
from bot.playground.store import Json

MAX_PAGE_ITEMS = 999
"""The most messages on a page."""
_DEFAULT_PAGE_ITEMS = 100
_CURSOR_PREFIX = "next_ts:"


class Reading:
    """Reads the messages of a channel or a thread by pages."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def history(self, call: Arguments) -> Json:
        """conversations.history: newest first, without replies and private messages."""
        shown = [message for message in self._readable(call) if not _is_reply(message) or message.get("reply_broadcast")]
        return _page(shown[::-1], call)

    def replies(self, call: Arguments) -> Json:
        """conversations.replies: the parent and its replies, oldest first."""
        ts = call.required("ts", "thread_not_found")
        channel = self._channel(call)
        if self._workspace.message(channel, ts) is None:
            raise SlackError("thread_not_found")
        return _page([message for message in self._readable(call) if ts in (message["ts"], message.get("thread_ts"))], call)

    def _readable(self, call: Arguments) -> list[Json]:
        """Return the messages between `oldest` and `latest`, with those at these times only if `inclusive`."""
        oldest, latest = _time(call, "oldest", "0"), _time(call, "latest", "inf")
        edges = (oldest, latest) if call.flag("inclusive") else ()
        messages = self._workspace.messages(self._channel(call))
        return [message for message in messages if not message.get("only_for") and (oldest < (ts := float(message["ts"])) < latest or ts in edges)]

    def _channel(self, call: Arguments) -> str:
        channel = self._workspace.channel(call.required("channel", "channel_not_found"))
        if not channel.get("is_member", True):
            raise SlackError("not_in_channel")
        return str(channel["id"])


def _is_reply(message: Json) -> bool:
    return bool(message.get("thread_ts", message["ts"]) != message["ts"])


def _time(call: Arguments, name: str, default: str) -> float:
    try:
        return float(call.text(name) or default)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _page(messages: list[Json], call: Arguments) -> Json:
    """Return the page at the cursor. As in Slack, a cursor holds the time of the first message on its page."""
    limit = call.whole("limit", _DEFAULT_PAGE_ITEMS) or _DEFAULT_PAGE_ITEMS
    if limit > MAX_PAGE_ITEMS:
        raise SlackError("invalid_limit")
    begin = _first_index(messages, call.text("cursor"))
    page, rest = messages[begin : begin + limit], messages[begin + limit :]
    with_metadata = call.flag("include_all_metadata")
    return {
        "messages": [public(message, with_metadata=with_metadata) for message in page],
        "has_more": bool(rest),
        "response_metadata": {"next_cursor": _cursor(rest[0]) if rest else ""},
    }


def _cursor(message: Json) -> str:
    return base64.b64encode(f"{_CURSOR_PREFIX}{message['ts']}".encode()).decode()


def _first_index(messages: list[Json], cursor: str) -> int:
    if not cursor:
        return 0
    try:
        ts = base64.b64decode(cursor, validate=True).decode().removeprefix(_CURSOR_PREFIX)
        return [message["ts"] for message in messages].index(ts)
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
