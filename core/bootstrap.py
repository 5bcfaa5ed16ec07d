"""The one door to the database: opens the core, and brings the schema up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.alarms import Alarms
from core.channels import Channels
from core.contents import Contents
from core.db.checkup import Checkup, examine
from core.db.copying import copy
from core.db.database import Database
from core.db.migrate import NEWEST, SchemaState, Upgrade
from core.db.pending import PendingInteractionStore
from core.digests import Digests
from core.directory import Directory
from core.due import Due
from core.engine import UpdateEngine
from core.errors import DatabaseBehind, DatabaseTooNew
from core.heartbeats import Heartbeats
from core.ingest.retention import Retention
from core.links import Links
from core.logins import Logins
from core.memberships import Memberships
from core.messages import Messages
from core.occurrences import Occurrences
from core.outages import Outages
from core.pending import PendingInteractions
from core.reads import Reads
from core.releases import Releases
from core.shares import Shares
from core.storms import Storms
from core.tombstones import Tombstones
from core.unmerge import Unmerge
from core.watches import Watches

__all__ = ["NEWEST", "Core", "CoreSettings", "Upgrade", "open_core", "system_clock"]


def system_clock() -> datetime:
    """The time now, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class CoreSettings:
    """What the core needs to be told. ``deletion_grace`` is in seconds; how many events are kept of an issue, and for how many days."""

    database_url: str
    deletion_grace: float = 3600
    events_per_issue: int = 1000
    event_days: int = 30


@dataclass
class Core:
    """Everything that Quell knows and decides, without chat, web or schedule around it."""

    settings: CoreSettings
    clock: Callable[[], datetime] = system_clock
    listeners: list[Callable[[], object]] = field(default_factory=list)
    """Called, from whatever thread, after each commit that left a copy behind."""

    def __post_init__(self) -> None:
        self.database = Database(self.settings.database_url)
        self.engine = UpdateEngine(self.database, self.clock, self.settings.deletion_grace, self._changed)
        self.occurrences = Occurrences(self.database, self.clock, self._changed)
        self.messages = Messages(self.database, self.clock, self._changed)
        self.alarms = Alarms(self.database, self.clock, self._changed)
        self.contents = Contents(self.database, self.clock)
        self.channels = Channels(self.database, self.clock, self._changed)
        self.heartbeats = Heartbeats(self.database, self.clock)
        self.outages = Outages(self.database, self.clock, self._changed)
        self.digests = Digests(self.database, self.clock, self._changed)
        self.storms = Storms(self.database, self.clock, self._changed)
        self.due = Due(self.database, self.clock, self._changed)
        self.retention = Retention(self.database, self.clock, self.settings.events_per_issue, self.settings.event_days)
        self.directory = Directory(self.database, self.clock)
        self.links = Links(self.database, self.clock)
        self.logins = Logins(self.database, self.clock)
        self.memberships = Memberships(self.database, self.clock)
        self.shares = Shares(self.database)
        self.watches = Watches(self.database, self.clock)
        self.reads = Reads(self.database, self.clock)
        self.releases = Releases(self.database, self.clock, self.engine, self._changed)
        self.unmerge = Unmerge(self.database, self.clock, self._changed)
        self.tombstones = Tombstones(self.database, self.clock)
        self.pending = PendingInteractions(PendingInteractionStore(self.settings.database_url), self.clock)

    def is_ready(self) -> bool:
        """Whether the database answers and has the schema this program was made for."""
        return self.database.is_current()

    def examine(self) -> Checkup:
        """Whether the database can be worked with, in detail."""
        return examine(self.database, self.clock())

    def upgrade(self) -> Upgrade:
        """Bring the schema up to date and say what was done. Raises DatabaseAway, or a TriageError that says why nothing was done."""
        return self.database.upgrade()

    def require_schema(self, *, may_create: bool = False, may_add: bool = False) -> Upgrade | None:
        """Make sure that the schema is this program's, and return what was done for it.

        ``may_create`` allows to make the tables of an empty database, ``may_add`` to run migrations that only add. Anything else takes a
        person's decision. Raises DatabaseBehind, DatabaseTooNew, DatabaseAway, and ForeignFile where tables were to be made.
        """
        found = self.database.schema()
        if found is SchemaState.CURRENT:
            return None
        if found is SchemaState.TOO_NEW:
            raise DatabaseTooNew
        if (found is SchemaState.EMPTY and may_create) or (found is SchemaState.ADDITIVE and may_add):
            return self.upgrade()
        raise DatabaseBehind(at=self.database.revision() or "none yet", needed=NEWEST)

    def copy_to(self, database_url: str) -> dict[str, int]:
        """Copies the whole database into an empty one, and says how many rows each table has. Raises TriageError and DatabaseAway."""
        return copy(self.database, database_url) | {"pending_interactions": self.pending.copy_to(database_url)}

    def close(self) -> None:
        """Gives the database back."""
        self.pending.close()
        self.database.close()

    def _changed(self) -> None:
        for listener in self.listeners:
            listener()


def open_core(settings: CoreSettings, clock: Callable[[], datetime] = system_clock) -> Core:
    """Opens the core. Nothing is migrated by it; see ``Core.upgrade``."""
    return Core(settings, clock)
