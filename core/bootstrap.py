"""The only way to the database: opens the core, and upgrades the schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.accounts.directory import Directory
from core.accounts.hooks import Hooks
from core.accounts.link_codes import LinkCodes
from core.accounts.logins import Logins
from core.accounts.memberships import Memberships
from core.accounts.teams import Teams
from core.artifacts.keeping import ArtifactKeeping
from core.artifacts.source_maps import Artifacts
from core.artifacts.uploads import ArtifactUploads
from core.db.database import WAIT_SECONDS, Database, translate_errors
from core.db.maintenance.checks import DatabaseHealth, examine
from core.db.maintenance.copying import copy
from core.db.maintenance.upgrade import NEWEST, SchemaState, Upgrade, is_current, revision_of, state, upgrade
from core.db.pending import PendingInteractionStore
from core.errors import DatabaseBehind, DatabaseTooNew
from core.events.grouping_rules import GroupingRules
from core.events.record import Occurrences
from core.events.retention import Retention
from core.events.stored import StoredEvents
from core.issues.discards import Discards
from core.issues.engine import UpdateEngine
from core.issues.reads import Reads
from core.issues.shares import Shares
from core.issues.timers import Timers
from core.issues.unmerge import Unmerging
from core.mapping.mapper import SourceMapper
from core.notify.admin_alerts import AdminAlerts
from core.notify.channels import Channels
from core.notify.outages import Outages
from core.notify.outbox import Outbox
from core.notify.summaries import Digests, Storms
from core.notify.watches import Watches
from core.processes.heartbeats import Heartbeats
from core.processes.interactions import PendingInteractions
from core.releases.releases import Releases

__all__ = ["NEWEST", "Core", "CoreSettings", "Upgrade", "open_core", "system_clock"]


def system_clock() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class CoreSettings:
    """The settings of the core. ``deletion_grace`` is in seconds, ``source_map_mib`` what a project may keep; the other numbers say how many events
    of an issue are kept, and for how many days, and after how many days without use source maps go.
    """

    database_url: str
    deletion_grace: float = 3600
    events_per_issue: int = 1000
    event_days: int = 30
    source_map_mib: int = 2048
    source_map_days: int = 90


@dataclass
class Core:
    """All data and rules of Quell, without chat, web or schedule."""

    settings: CoreSettings
    clock: Callable[[], datetime] = system_clock
    listeners: list[Callable[[], object]] = field(default_factory=list)
    """Called, in any thread, after each commit that left a copy to redraw."""

    def __post_init__(self) -> None:
        self.database = Database(self.settings.database_url)
        self.engine = UpdateEngine(self.database, self.clock, self.settings.deletion_grace, self._changed)
        self.occurrences = Occurrences(self.database, self.clock, self._changed)
        self.outbox = Outbox(self.database, self.clock, self._changed)
        self.admin_alerts = AdminAlerts(self.database, self.clock, self._changed)
        self.channels = Channels(self.database, self.clock, self._changed)
        self.heartbeats = Heartbeats(self.database, self.clock)
        self.outages = Outages(self.database, self.clock, self._changed)
        self.digests = Digests(self.database, self.clock, self._changed)
        self.storms = Storms(self.database, self.clock, self._changed)
        self.timers = Timers(self.database, self.clock, self._changed)
        self.retention = Retention(self.database, self.clock, self.settings.events_per_issue, self.settings.event_days)
        self.grouping_rules = GroupingRules(self.database, self.clock)
        self.directory = Directory(self.database, self.clock)
        self.teams = Teams(self.database)
        self.hooks = Hooks(self.database, self.clock)
        self.link_codes = LinkCodes(self.database, self.clock)
        self.logins = Logins(self.database, self.clock)
        self.memberships = Memberships(self.database, self.clock)
        self.shares = Shares(self.database)
        self.watches = Watches(self.database, self.clock)
        self.reads = Reads(self.database, self.clock)
        self.stored_events = StoredEvents(self.database, self.clock)
        self.releases = Releases(self.database, self.clock, self.engine, self._changed)
        self.artifacts = Artifacts(self.database, self.clock)
        with_maps = self.artifacts.projects
        self.artifact_uploads = ArtifactUploads(self.database, self.clock, with_maps, self.settings.source_map_mib)
        self.artifact_keeping = ArtifactKeeping(self.database, self.clock, with_maps, self.settings.source_map_days)
        self.mapper = SourceMapper(self.artifacts)
        self.unmerge = Unmerging(self.database, self.clock, self._changed)
        self.discards = Discards(self.database, self.clock)
        self.pending = PendingInteractions(PendingInteractionStore(self.settings.database_url), self.clock)

    def is_ready(self) -> bool:
        """Return whether the database answers and has the schema of this program."""
        return is_current(self.database.engine)

    def examine(self) -> DatabaseHealth:
        """Return in detail whether the database can be used."""
        return examine(self.database, self.clock())

    def upgrade(self, wait_seconds: float = WAIT_SECONDS) -> Upgrade:
        """Upgrade the schema and return what was done.

        ``wait_seconds`` is how long to wait for another process that writes. Raises DatabaseAway, or a TriageError that says why nothing was done.
        """
        with translate_errors():
            return upgrade(self.database.engine, wait_seconds)

    def revision(self) -> str | None:
        """Return the newest migration that ran, or None if none ever ran. Raises DatabaseAway."""
        with translate_errors():
            return revision_of(self.database.engine)

    def require_schema(self, *, may_create: bool = False, may_add: bool = False) -> Upgrade | None:
        """Ensure that the schema is this program's, and return what was done for it.

        ``may_create`` allows to create the tables of an empty database, ``may_add`` to run migrations that only add. Everything else needs a
        person's decision. Raises DatabaseBehind, DatabaseTooNew, DatabaseAway, and ForeignFile if the tables of another program are there.
        """
        with translate_errors():
            found = state(self.database.engine)
        if found is SchemaState.CURRENT:
            return None
        if found is SchemaState.TOO_NEW:
            raise DatabaseTooNew
        if (found is SchemaState.EMPTY and may_create) or (found is SchemaState.ADDITIVE and may_add):
            return self.upgrade()
        raise DatabaseBehind(at=self.revision() or "none yet", needed=NEWEST)

    def copy_to(self, database_url: str) -> dict[str, int]:
        """Copy the whole database into an empty one; return the number of rows of each table. Raises TriageError and DatabaseAway."""
        return copy(self.database, database_url) | {"pending_interactions": self.pending.copy_to(database_url)}

    def close(self) -> None:
        """Stop what still runs, and close the connections to the database."""
        self.mapper.close()
        self.pending.close()
        self.database.close()

    def _changed(self) -> None:
        for listener in self.listeners:
            listener()


def open_core(settings: CoreSettings, clock: Callable[[], datetime] = system_clock) -> Core:
    """Open the core. Does not migrate; see ``Core.upgrade``."""
    return Core(settings, clock)
