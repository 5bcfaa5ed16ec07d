"""The basic types of triage: statuses, reasons, roles and sources, with their numbers in the database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

JSON = dict[str, Any]


class Status(IntEnum):
    """The status of an issue. The numbers are Sentry's."""

    UNRESOLVED = 0
    RESOLVED = 1
    ARCHIVED = 2
    PENDING_DELETION = 3
    DELETION_IN_PROGRESS = 4
    PENDING_MERGE = 5


OPEN_TO_TRIAGE = (Status.UNRESOLVED, Status.RESOLVED, Status.ARCHIVED)
"""The statuses in which people can act on an issue; issues with other statuses are being deleted."""


class Substatus(IntEnum):
    """The details of a status; each substatus belongs to one status, see ``SUBSTATUSES``."""

    UNTIL_ESCALATING = 1
    ESCALATING = 2
    ONGOING = 3
    UNTIL_CONDITION_MET = 4
    FOREVER = 5
    REGRESSED = 6
    NEW = 7

    @property
    def full_name(self) -> str:
        """Return the name that is clear without the status, such as ``archived_forever``."""
        archived = self in (Substatus.UNTIL_ESCALATING, Substatus.UNTIL_CONDITION_MET, Substatus.FOREVER)
        return f"archived_{self.name.lower()}" if archived else self.name.lower()


class Priority(IntEnum):
    """How soon an issue needs attention."""

    LOW = 25
    MEDIUM = 50
    HIGH = 75


class Level(IntEnum):
    """The severity of an event, in the words of the Sentry SDKs."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    FATAL = 50


LEVELS = {level.name.lower(): level for level in Level} | {"warn": Level.WARNING, "critical": Level.FATAL, "log": Level.INFO}
"""The levels by the names that SDKs send."""


class InboxReason(IntEnum):
    """Why an issue waits for review."""

    NEW = 0
    REGRESSION = 2
    MANUAL = 3
    ESCALATING = 5
    ONGOING = 6


class ActivityType(IntEnum):
    """The kinds of activities. The numbers up to 99 are Sentry's."""

    SET_RESOLVED = 1
    SET_UNRESOLVED = 2
    SET_IGNORED = 3
    SET_PUBLIC = 4
    SET_PRIVATE = 5
    SET_REGRESSION = 6
    NOTE = 8
    FIRST_SEEN = 9
    ASSIGNED = 11
    UNASSIGNED = 12
    SET_RESOLVED_IN_RELEASE = 13
    MERGE = 14
    SET_RESOLVED_BY_AGE = 15
    SET_RESOLVED_IN_COMMIT = 16
    UNMERGE_SOURCE = 19
    UNMERGE_DESTINATION = 20
    MARK_REVIEWED = 23
    AUTO_SET_ONGOING = 24
    SET_ESCALATING = 25
    SET_PRIORITY = 26
    DELETE = 100
    RESTORE = 101
    PURGE = 102
    MOVE_TO_INBOX = 103
    DISCARD = 104
    UNDO = 105


class Facet(StrEnum):
    """The part of an issue's triage state that a change belongs to. Stale requests are detected per facet."""

    STATUS = "status"
    ASSIGNEE = "assignee"
    PRIORITY = "priority"
    INBOX = "inbox"
    LIFECYCLE = "lifecycle"


class SubscriptionReason(IntEnum):
    """Why a user gets notifications about an issue."""

    UNKNOWN = 0
    COMMENT = 1
    ASSIGNED = 2
    BOOKMARK = 3
    STATUS_CHANGE = 4
    MENTIONED = 6


class Role(IntEnum):
    """What a person may do: read; every reversible action; everything."""

    VIEWER = 10
    MEMBER = 20
    ADMIN = 30


class Source(StrEnum):
    """Where a change was requested; every activity stores it."""

    SLACK = "slack"
    MSTEAMS = "msteams"
    API = "api"
    CLI = "cli"
    SCHEDULER = "scheduler"
    INGEST = "ingest"
    ALERTMANAGER = "alertmanager"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Origin:
    """The place in a chat where a change was requested.

    ``tenant`` is the Slack workspace or the Microsoft tenant; ``message`` is the platform id of the alert message, if a control on it was pressed.
    """

    tenant: str
    channel: str
    message: str | None = None

    def as_json(self) -> JSON:
        """Return the form that activities store."""
        return {"tenant": self.tenant, "channel": self.channel, "message": self.message}


@dataclass(frozen=True)
class Actor:
    """The acting user, with the role that counts for this request."""

    user_id: int
    role: Role


_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHORT_ID = re.compile(r"\A(?P<slug>[A-Za-z0-9_-]+)-(?P<number>[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{1,13})")


def short_id(project_slug: str, number: int) -> str:
    """Return the short id, such as ``SHOP-1F``: the project's slug and the issue's number in Crockford's base 32."""
    digits = ""
    while number:
        number, rest = divmod(number, 32)
        digits = _BASE32[rest] + digits
    return f"{project_slug.upper()}-{digits or '0'}"


def parse_short_id(text: str) -> tuple[str, int] | None:
    """Return the project slug and the number in a short id (in any case), or None if the text is not a short id."""
    match = _SHORT_ID.fullmatch(text)
    if match is None:
        return None
    number = 0
    for digit in match["number"].upper():
        number = number * 32 + _BASE32.index(digit)
    # Databases store integers of at most 63 bits.
    return (match["slug"].lower(), number) if number < 2**63 else None


SUBSTATUSES: dict[Status, frozenset[Substatus]] = {
    Status.UNRESOLVED: frozenset({Substatus.NEW, Substatus.ONGOING, Substatus.REGRESSED, Substatus.ESCALATING}),
    Status.ARCHIVED: frozenset({Substatus.UNTIL_ESCALATING, Substatus.UNTIL_CONDITION_MET, Substatus.FOREVER}),
}
"""The substatuses of each status; statuses that are not listed have none."""


def belongs(substatus: Substatus | None, status: Status) -> bool:
    """Return whether an issue with this status may have this substatus."""
    allowed = SUBSTATUSES.get(status)
    return substatus is None if allowed is None else substatus in allowed


_PEOPLE = frozenset({Source.SLACK, Source.MSTEAMS, Source.API, Source.CLI})


@dataclass(frozen=True)
class Cause:
    """Who made the changes of one transaction, from where and when. ``tags`` are stored in each activity's data."""

    now: datetime
    source: Source
    actor_id: int | None = None
    origin: Origin | None = None
    tags: JSON = field(default_factory=dict)

    @property
    def is_asked_for(self) -> bool:
        """Return whether a person or a program requested the change, rather than an event or a timer."""
        return self.source in _PEOPLE


@dataclass(frozen=True)
class ByIds:
    """Issues by their ids: numbers, or short ids such as ``SHOP-1F``, in any case and mixed."""

    ids: tuple[int | str, ...]
    project_id: int | None = None
    """Only issues of this project."""
    is_strict: bool = False
    """Whether an unknown id refuses the whole request (as people expect in chat), or is left out (as in the API)."""


@dataclass(frozen=True)
class ByQuery:
    """Issues found by a search, in the query language of ``core.search``: in these projects, or in all if None.

    They are changed in chunks, each in its own transaction.
    """

    query: str
    project_ids: tuple[int, ...] | None = None


Selection = ByIds | ByQuery


@dataclass(frozen=True)
class Period:
    """A time with both ends in it; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Period()
"""A time without bounds."""
