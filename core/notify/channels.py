"""Settings of channels: threads, comments, mentions, broadcasts, a digest."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.db.columns import retry_once
from core.db.database import Database
from core.errors import Invalid, TriageError
from core.notify.summaries import due_after

THREADS = ("off", "changes", "all")
MENTIONS = ("dm", "mention", "off")
MAX_CHANNEL_ID_CHARS = 300
MAX_CHANNEL_NAME_CHARS = 200
MAX_ZONE_CHARS = 64
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class AnothersChannel(TriageError):
    """This channel belongs to another organization. Nothing was changed."""


@dataclass(frozen=True)
class ChannelSettings:
    """The settings of a channel. ``digest`` is a time of day in the time zone beside it."""

    threads: str = "changes"
    comments: bool = False
    mentions: str = "dm"
    broadcasts: bool = False
    digest: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True)
class WatchedChannel:
    """A channel with watches, and its address."""

    platform: str
    tenant: str | None
    external_id: str
    name: str | None
    service_url: str | None


@dataclass(frozen=True)
class Channels:
    """Reads and changes settings; a change takes effect with the next change of an issue."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def settings(self, organization_id: int, platform: str, channel: str) -> ChannelSettings:
        """Return the settings of a channel; an unknown channel has the defaults."""
        with self.database.read() as work:
            row = work.channels.find(platform, channel)
        if row is None or row.organization_id != organization_id:
            return ChannelSettings()
        return ChannelSettings(row.threads, row.has_comments, row.mentions, row.has_broadcasts, row.digest, row.digest_zone)

    def register(self, organization_id: int, platform: str, channel: str, tenant: str) -> None:
        """Store the workspace or tenant of a channel, so that it can be reached. Raises AnothersChannel."""
        with self.database.write() as work:
            if work.channels.get_or_add(organization_id, platform, channel, tenant).organization_id != organization_id:
                raise AnothersChannel

    def set_name(self, platform: str, channel: str, name: str) -> None:
        """Store the name of a channel. Does nothing for an unknown channel."""
        with self.database.write() as work:
            work.channels.set_name(platform, channel, name[:MAX_CHANNEL_NAME_CHARS])

    def mark_added(self, platform: str, channel: str | None = None) -> None:
        """Mark a channel that the bot was added to, or that was opened again. Without a channel id, mark all candidates.

        Retries at once what waited there for a repair.
        """
        with self.database.write() as work:
            work.channels.mark_added(platform, channel, self.clock())
        self.on_change()

    def needing_repair(self) -> frozenset[tuple[str, str]]:
        """Return the channels in which nothing works until somebody repairs them, by platform and id."""
        with self.database.read() as work:
            return frozenset(work.channels.needing_repair())

    def watched(self) -> list[WatchedChannel]:
        """Return every channel that has a watch."""
        with self.database.read() as work:
            return [WatchedChannel(c.platform, c.tenant, c.external_id, c.name, url) for c, url in work.channels.watched()]

    def locate(self, platform: str, external_id: str) -> WatchedChannel:
        """Return the address of a channel, known or not."""
        with self.database.read() as work:
            channel = work.channels.find(platform, external_id)
            tenant = channel.tenant if channel else None
            return WatchedChannel(platform, tenant, external_id, channel.name if channel else None, work.channels.service_url(platform, tenant))

    def change(self, organization_id: int, platform: str, channel: str, request_id: str | None = None, /, **settings: str | bool | None) -> None:
        """Change the named settings, as in ChannelSettings; repeating a ``request_id`` changes nothing.

        Raises Invalid or AnothersChannel.
        """
        for name, value in settings.items():
            _check(name, value)
        if not 0 < len(channel) <= MAX_CHANNEL_ID_CHARS:
            raise Invalid("channel", f"A channel's id has 1 to {MAX_CHANNEL_ID_CHARS} characters. Example: C0123456789")
        retry_once(lambda: self._change((organization_id, platform, channel), settings, request_id))

    def _change(self, named: tuple[int, str, str], settings: Mapping[str, str | bool | None], request_id: str | None) -> None:
        with self.database.write() as work:
            if work.is_repeated(request_id, self.clock()):
                return
            row = work.channels.get_or_add(*named)
            if row.organization_id != named[0]:
                raise AnothersChannel
            for name, value in settings.items():
                setattr(row, _COLUMNS.get(name, name), value)
            if {"digest", "time_zone"} & settings.keys():
                row.digest_due_at = due_after(self.clock(), row.digest, row.digest_zone)


_COLUMNS = {"comments": "has_comments", "broadcasts": "has_broadcasts", "time_zone": "digest_zone"}
"""The columns whose names differ from the settings."""


def _check(name: str, value: str | bool | None) -> None:  # noqa: FBT001  a setting's value, whatever it is
    if name not in _EXAMPLES:
        raise Invalid(name, f"There is no setting {name}. There are: {', '.join(_EXAMPLES)}.")
    if not _is_valid(name, value):
        raise Invalid(name, f"{value!r} is nothing that {name} can be. Example: {_EXAMPLES[name]}")


def _is_valid(name: str, value: str | bool | None) -> bool:  # noqa: FBT001  the same
    if name in ("comments", "broadcasts"):
        return isinstance(value, bool)
    if value is None:
        return name in ("digest", "time_zone")
    text = str(value)
    if name == "digest":
        return _CLOCK.fullmatch(text) is not None
    return _is_zone(text) if name == "time_zone" else text in _CHOICES[name]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return len(name) <= MAX_ZONE_CHARS


_CHOICES = {"threads": THREADS, "mentions": MENTIONS}
_EXAMPLES = {
    "threads": "off, changes or all",
    "comments": "on or off",
    "mentions": "dm, mention or off",
    "broadcasts": "on or off",
    "digest": "09:00",
    "time_zone": "Europe/Lisbon",
}
