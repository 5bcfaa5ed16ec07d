"""Handle news of conversations: the bot was added, a team or channel was restored or renamed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from cachetools import LRUCache

from bot.chat.interactions import ChannelChanged
from bot.chat.platform import Answering
from bot.msteams.background import Work
from bot.msteams.parse import PLATFORM, THREAD, is_shared
from bot.msteams.payload import MAX_ID_CHARS, Json, object_of, objects_of, text_of

MAX_NAME_CHARS = 1000
NOTE_SECONDS = 1.5
"""How long storing news may delay the response to Teams; it is stored in any case."""
MAX_REMEMBERED = 10_000
_ADDED = frozenset({"add", "add-upgrade"})
_RESTORED = frozenset({"channelrestored", "teamrestored", "teamunarchived"})

_logger = logging.getLogger(__name__)


class ChannelNews:
    """Passes on news. Known names are remembered, so that ordinary talk in a channel costs nothing."""

    def __init__(self, answering: Answering, work: Work) -> None:
        self._answering = answering
        self._work = work
        self._names: LRUCache[str, str] = LRUCache(MAX_REMEMBERED)

    async def note(self, activity: Json) -> None:
        """Store the news in an activity. Raises MalformedActivity."""
        changes = [change for change in changes_of(activity) if change.is_open or self._names.get(change.channel) != change.name]
        if not changes:
            return
        self._names.update((change.channel, change.name) for change in changes if change.name)
        noting = self._work.start(self._pass_on(changes))
        if any(change.is_open for change in changes):
            await asyncio.wait([noting], timeout=NOTE_SECONDS)

    async def _pass_on(self, changes: list[ChannelChanged]) -> None:
        for change in changes:
            try:
                await self._answering.channel_changed(change)
            except Exception:
                # A failure here must not fail the request; a broken channel is retried every few minutes anyway.
                _logger.exception("what happened to a conversation could not be noted")
                self._names.pop(change.channel, None)


def changes_of(activity: Json) -> Iterator[ChannelChanged]:
    """Return the news of its conversation in an activity, as opposed to people's messages. Raises MalformedActivity."""
    conversation = text_of(object_of(activity, "conversation"), "id", MAX_ID_CHARS, "").partition(THREAD)[0]
    data = object_of(activity, "channelData")
    channel = object_of(data, "channel")
    name = text_of(channel, "name", MAX_NAME_CHARS, "") or text_of(object_of(activity, "conversation"), "name", MAX_NAME_CHARS, "")
    if name and is_shared(activity):
        yield ChannelChanged(PLATFORM, text_of(channel, "id", MAX_ID_CHARS, "") or conversation, name)
    if not _is_open(activity, data):
        return
    if not is_shared(activity):
        sender = object_of(activity, "from")
        person = text_of(sender, "aadObjectId", MAX_ID_CHARS, "") or text_of(sender, "id", MAX_ID_CHARS, "")
        yield from (ChannelChanged(PLATFORM, id_, is_open=True) for id_ in (person, conversation) if id_)
    elif data.get("team"):
        # An app is added to a team, which opens all its channels; Teams does not say which known channels these are.
        yield ChannelChanged(PLATFORM, "", is_open=True)
    else:
        yield ChannelChanged(PLATFORM, conversation, is_open=True)


def _is_open(activity: Json, data: Json) -> bool:
    match activity.get("type"):
        case "installationUpdate":
            return activity.get("action") in _ADDED
        case "conversationUpdate":
            own = object_of(activity, "recipient").get("id")
            is_added = own is not None and any(member.get("id") == own for member in objects_of(activity, "membersAdded"))
            return is_added or str(data.get("eventType")).lower() in _RESTORED
    return False
