"""The Web API's methods that read what was said: `conversations.history` and `conversations.replies`."""

import base64
import binascii

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.workspace import Workspace, public
from bot.playground.store import Json

MAX_PAGE_ITEMS = 999
"""Messages of a page; more may not be asked for."""
_PAGE = 100
_CURSOR = "next_ts:"


class Reading:
    """Messages by channel or thread, a page at a time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def history(self, call: Arguments) -> Json:
        """conversations.history: newest first, without replies and private messages."""
        shown = [one for one in self._readable(call) if not _is_reply(one) or one.get("reply_broadcast")]
        return _page(shown[::-1], call)

    def replies(self, call: Arguments) -> Json:
        """conversations.replies: the parent and what was answered, oldest first."""
        ts = call.required("ts", "thread_not_found")
        channel = self._channel(call)
        if self._workspace.message(channel, ts) is None:
            raise SlackError("thread_not_found")
        return _page([one for one in self._readable(call) if ts in (one["ts"], one.get("thread_ts"))], call)

    def _readable(self, call: Arguments) -> list[Json]:
        """What stands between `oldest` and `latest`; at these times themselves only if `inclusive`."""
        oldest, latest = _time(call, "oldest", "0"), _time(call, "latest", "inf")
        edges = (oldest, latest) if call.flag("inclusive") else ()
        messages = self._workspace.messages(self._channel(call))
        return [one for one in messages if not one.get("only_for") and (oldest < float(one["ts"]) < latest or float(one["ts"]) in edges)]

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
    """The page that the cursor names; a cursor holds the time of its first message, as Slack's own do."""
    limit = call.whole("limit", _PAGE) or _PAGE
    if limit > MAX_PAGE_ITEMS:
        raise SlackError("invalid_limit")
    begin = _begin(messages, call.text("cursor"))
    page, rest = messages[begin : begin + limit], messages[begin + limit :]
    with_metadata = call.flag("include_all_metadata")
    return {
        "messages": [public(one, with_metadata=with_metadata) for one in page],
        "has_more": bool(rest),
        "response_metadata": {"next_cursor": _cursor(rest[0]) if rest else ""},
    }


def _cursor(message: Json) -> str:
    return base64.b64encode(f"{_CURSOR}{message['ts']}".encode()).decode()


def _begin(messages: list[Json], cursor: str) -> int:
    if not cursor:
        return 0
    try:
        ts = base64.b64decode(cursor, validate=True).decode().removeprefix(_CURSOR)
        return [one["ts"] for one in messages].index(ts)
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
