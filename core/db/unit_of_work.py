"""One transaction, with a store for each noun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar, overload

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db.accounts import AccountStore, HookMappingStore, LinkCodeStore, LoginStore, MembershipStore, SubscriptionStore
from core.db.artifacts.bundles import ArtifactBundleStore
from core.db.artifacts.files import ArtifactFileStore
from core.db.artifacts.lookup import ArtifactStore
from core.db.artifacts.uploads import ArtifactChunkStore, ArtifactContentStore
from core.db.channels import ChannelStore
from core.db.columns import Base, DuplicateRow
from core.db.commits import CommitLinkStore, CommitStore
from core.db.deadlines import DeadlineStore, VelocityStore
from core.db.event_batches import BatchStore
from core.db.events import EventStore, RetentionStore, WindowStore
from core.db.health import AlarmStore, BacklogStore, HeartbeatStore, OutageStore
from core.db.issues import FingerprintStore, IssueStore, PersonalStore, TombstoneStore
from core.db.merging import MergeStore, ProgressStore, UnmergeStore
from core.db.messages import MessageStore, ThreadNoteStore
from core.db.models import Assignee, Deletion, ForecastRow, InboxEntry, Issue, Resolution, SeenRequest, Share, Snooze
from core.db.outbox import OutboxStore
from core.db.release_order import ReleaseOrderStore
from core.db.releases import ReleaseFactStore, ReleaseStore
from core.db.search.pages import SearchStore
from core.db.summaries import DigestStore, StormStore
from core.db.views import DetailStore, TagStore, ViewStore
from core.db.watches import WatchMatchStore, WatchStore
from core.errors import RequestKeyReused
from core.types import JSON

Store = TypeVar("Store")
Row = TypeVar("Row", Snooze, InboxEntry, Assignee, Deletion, Resolution, Share, ForecastRow)


class OnFirstUse(Generic[Store]):
    """A store of a unit of work, created on first use and then kept: most transactions need only a few."""

    def __init__(self, make: Callable[[Session], Store]) -> None:
        self._make = make

    def __set_name__(self, owner: type[UnitOfWork], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, work: None, owner: type[UnitOfWork]) -> OnFirstUse[Store]: ...
    @overload
    def __get__(self, work: UnitOfWork, owner: type[UnitOfWork]) -> Store: ...
    def __get__(self, work: UnitOfWork | None, owner: type[UnitOfWork]) -> OnFirstUse[Store] | Store:
        if work is None:
            return self
        store = work.__dict__[self._name] = self._make(work.session)
        return store


class UnitOfWork:
    """Everything that one transaction needs. The code that opened it commits it."""

    issues = OnFirstUse(IssueStore)
    events = OnFirstUse(EventStore)
    views = OnFirstUse(ViewStore)
    deadlines = OnFirstUse(DeadlineStore)
    tombstones = OnFirstUse(TombstoneStore)
    release_order = OnFirstUse(ReleaseOrderStore)
    releases = OnFirstUse(ReleaseStore)
    release_facts = OnFirstUse(ReleaseFactStore)
    commits = OnFirstUse(CommitStore)
    merges = OnFirstUse(MergeStore)
    tags = OnFirstUse(TagStore)
    search = OnFirstUse(SearchStore)
    commit_links = OnFirstUse(CommitLinkStore)
    accounts = OnFirstUse(AccountStore)
    hook_mappings = OnFirstUse(HookMappingStore)
    subscriptions = OnFirstUse(SubscriptionStore)
    personal = OnFirstUse(PersonalStore)
    link_codes = OnFirstUse(LinkCodeStore)
    logins = OnFirstUse(LoginStore)
    memberships = OnFirstUse(MembershipStore)
    messages = OnFirstUse(MessageStore)
    channels = OnFirstUse(ChannelStore)
    thread_notes = OnFirstUse(ThreadNoteStore)
    storms = OnFirstUse(StormStore)
    digests = OnFirstUse(DigestStore)
    outbox = OnFirstUse(OutboxStore)
    watches = OnFirstUse(WatchStore)
    watch_matches = OnFirstUse(WatchMatchStore)
    fingerprints = OnFirstUse(FingerprintStore)
    details = OnFirstUse(DetailStore)
    unmerges = OnFirstUse(UnmergeStore)
    progress = OnFirstUse(ProgressStore)
    batches = OnFirstUse(BatchStore)
    velocities = OnFirstUse(VelocityStore)
    windows = OnFirstUse(WindowStore)
    retention = OnFirstUse(RetentionStore)
    alarms = OnFirstUse(AlarmStore)
    heartbeats = OnFirstUse(HeartbeatStore)
    outages = OnFirstUse(OutageStore)
    backlog = OnFirstUse(BacklogStore)
    artifacts = OnFirstUse(ArtifactStore)
    artifact_bundles = OnFirstUse(ArtifactBundleStore)
    artifact_files = OnFirstUse(ArtifactFileStore)
    artifact_chunks = OnFirstUse(ArtifactChunkStore)
    artifact_contents = OnFirstUse(ArtifactContentStore)
    snoozes = OnFirstUse(lambda session: PerIssueStore(session, Snooze))
    inbox = OnFirstUse(lambda session: PerIssueStore(session, InboxEntry))
    assignees = OnFirstUse(lambda session: PerIssueStore(session, Assignee))
    deletions = OnFirstUse(lambda session: PerIssueStore(session, Deletion))
    resolutions = OnFirstUse(lambda session: PerIssueStore(session, Resolution))
    shares = OnFirstUse(lambda session: PerIssueStore(session, Share))
    forecasts = OnFirstUse(lambda session: PerIssueStore(session, ForecastRow))

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, row: Base) -> None:
        """Insert a row and assign its id at once. Raises DuplicateRow if another process has just inserted the same."""
        self.session.add(row)
        try:
            self.session.flush()
        except IntegrityError:
            raise DuplicateRow(type(row).__name__) from None

    def add_all(self, model: type[Base], rows: Sequence[JSON]) -> None:
        """Insert many rows in one statement. (SQLAlchemy's session would use one statement per row on SQLite, to fetch the ids.)"""
        self.session.flush()
        if rows:
            self.session.execute(insert(model), rows)

    def seen_request(self, request_id: str, digest: str | None) -> SeenRequest | None:
        """Return the earlier request with this id, if any. Raises RequestKeyReused if it asked for something else."""
        seen = self.session.scalars(select(SeenRequest).where(SeenRequest.id == request_id)).first()
        # Old requests have no digest.
        if seen and seen.digest is not None and seen.digest != digest:
            raise RequestKeyReused
        return seen

    def earlier_answer(self, request_id: str) -> JSON | None:
        """Return the answer to a request whose id alone identifies it, if it was carried out before."""
        seen = self.seen_request(request_id, None)
        return seen.answer if seen else None

    def remember(self, request_id: str, digest: str | None, now: datetime) -> SeenRequest:
        """Store the request id in the transaction of its changes; the answer is added later.

        Raises DuplicateRow if another process is carrying out the same request.
        """
        seen = SeenRequest(id=request_id, seen_at=now, answer={}, digest=digest)
        self.add(seen)
        return seen

    def is_repeated(self, request_id: str | None, now: datetime) -> bool:
        """Return whether this request was carried out before; if not, store its id. Raises DuplicateRow as ``remember`` does."""
        if request_id is None:
            return False
        if self.earlier_answer(request_id) is not None:
            return True
        self.remember(request_id, None, now)
        return False

    def forget_requests(self, before: datetime) -> int:
        """Delete requests that are too old to be repeated; return how many."""
        gone = self.session.execute(delete(SeenRequest).where(SeenRequest.seen_at < before).returning(SeenRequest.id))
        return len(gone.all())


class PerIssueStore(Generic[Row]):
    """Rows of a table with one row per issue, read and written for many issues at once."""

    def __init__(self, session: Session, model: type[Row]) -> None:
        self._session = session
        self._model: type[Row] = model

    def of(self, issues: Iterable[Issue]) -> dict[int, Row]:
        """Return the rows of these issues by issue id; issues without a row are absent."""
        ids = [issue.id for issue in issues]
        rows = self._session.scalars(select(self._model).where(self._model.issue_id.in_(ids)))
        return {row.issue_id: row for row in rows}

    def put(self, rows: Sequence[Row]) -> None:
        """Insert rows, replacing those that the issues have."""
        if not rows:
            return
        self.remove(row.issue_id for row in rows)
        columns = [column.key for column in self._model.__mapper__.column_attrs]
        self._session.execute(insert(self._model), [{name: getattr(row, name) for name in columns} for row in rows])

    def remove(self, issue_ids: Iterable[int]) -> None:
        """Delete the rows of these issues, if any."""
        ids = list(issue_ids)
        if ids:
            self._session.execute(delete(self._model).where(self._model.issue_id.in_(ids)), execution_options={"synchronize_session": False})
