"""One transaction, with a repository for each noun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db.beside import Beside
from core.db.channels import Channels
from core.db.columns import Base
from core.db.commit_links import CommitLinks
from core.db.commits import Commits
from core.db.deadlines import Deadlines
from core.db.digests import Digests
from core.db.events import Events
from core.db.issues import Issues
from core.db.lines import Lines
from core.db.links import Links
from core.db.logins import Logins
from core.db.memberships import Memberships
from core.db.merging import Merging
from core.db.messages import Messages
from core.db.models import Assignee, Deletion, ForecastRow, InboxEntry, Resolution, SeenRequest, Share, Snooze
from core.db.outbox import Outbox
from core.db.people import People, Subscriptions
from core.db.personal import Personal
from core.db.release_facts import ReleaseFacts
from core.db.release_order import ReleaseOrder
from core.db.releases import Releases
from core.db.repeated import Repeated
from core.db.search import Search
from core.db.storms import Storms
from core.db.tags import Tags
from core.db.telling import Telling
from core.db.tombstones import Tombstones
from core.db.views import Views
from core.db.watches import Watches
from core.errors import RequestKeyReused
from core.types import JSON


class UnitOfWork:
    """Everything one transaction needs. Whoever opened it commits it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.issues = Issues(session)
        self.events = Events(session)
        self.views = Views(session)
        self.deadlines = Deadlines(session)
        self.tombstones = Tombstones(session)
        self.release_order = ReleaseOrder(session)
        self.releases = Releases(session)
        self.release_facts = ReleaseFacts(session)
        self.commits = Commits(session)
        self.merging = Merging(session)
        self.tags = Tags(session)
        self.search = Search(session)
        self.commit_links = CommitLinks(session)
        self.people = People(session)
        self.subscriptions = Subscriptions(session)
        self.personal = Personal(session)
        self.links = Links(session)
        self.logins = Logins(session)
        self.memberships = Memberships(session)
        self.messages = Messages(session)
        self.channels = Channels(session)
        self.lines = Lines(session)
        self.storms = Storms(session)
        self.digests = Digests(session)
        self.outbox = Outbox(session)
        self.watches = Watches(session)
        self.telling = Telling(session)
        self.snoozes = Beside(session, Snooze)
        self.inbox = Beside(session, InboxEntry)
        self.assignees = Beside(session, Assignee)
        self.deletions = Beside(session, Deletion)
        self.resolutions = Beside(session, Resolution)
        self.shares = Beside(session, Share)
        self.forecasts = Beside(session, ForecastRow)

    def add(self, row: Base) -> None:
        """Adds a row and gives it its number at once. Raises Repeated where another process has just added the same."""
        self.session.add(row)
        try:
            self.session.flush()
        except IntegrityError:
            raise Repeated(type(row).__name__) from None

    def add_all(self, model: type[Base], rows: Sequence[JSON]) -> None:
        """Adds many rows in one statement. (The session's own way asks SQLite for each row's number, one statement a row.)"""
        self.session.flush()
        if rows:
            self.session.execute(insert(model), rows)

    def seen_request(self, request_id: str, digest: str | None) -> SeenRequest | None:
        """The request of that id, if it was begun before. Raises RequestKeyReused where it asked for something else."""
        seen = self.session.scalars(select(SeenRequest).where(SeenRequest.id == request_id)).first()
        # Those of before digests were kept have none.
        if seen and seen.digest is not None and seen.digest != digest:
            raise RequestKeyReused
        return seen

    def earlier_answer(self, request_id: str) -> JSON | None:
        """The answer to a request whose id says all that was asked for, if it was carried out before."""
        seen = self.seen_request(request_id, None)
        return seen.answer if seen else None

    def remember(self, request_id: str, digest: str | None, now: datetime) -> SeenRequest:
        """Notes that a request is being carried out, in the same transaction as its changes; the answer is filled in later.

        Raises Repeated where another process is just doing the same.
        """
        seen = SeenRequest(id=request_id, seen_at=now, answer={}, digest=digest)
        self.add(seen)
        return seen

    def is_repeated(self, request_id: str | None, now: datetime) -> bool:
        """Whether this request was carried out before; if not, notes that it is being carried out now. Raises Repeated as ``remember`` does."""
        if request_id is None:
            return False
        if self.earlier_answer(request_id) is not None:
            return True
        self.remember(request_id, None, now)
        return False

    def forget_requests(self, before: datetime) -> int:
        """Forgets requests too old to be repeated by anybody; says how many."""
        gone = self.session.execute(delete(SeenRequest).where(SeenRequest.seen_at < before).returning(SeenRequest.id))
        return len(gone.all())
