"""Which issues fingerprints lead to, and who closed them, for many of them at a time."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.db.models import Activity, Hash, Issue
from core.types import Facet, Source, Status


class Fingerprints:
    """Asks once, however many there are."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def owners(self, project_id: int, hashes: Collection[str]) -> dict[str, int]:
        """The number of each fingerprint's issue; one that no issue has is left out."""
        query = select(Hash.hash, Hash.issue_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes), Hash.issue_id.is_not(None))
        return {row.hash: row.issue_id for row in self._session.execute(query)}

    def open_from_elsewhere(self, issue_ids: Collection[int], source: Source) -> set[int]:
        """Those of the issues that are open and had events from another source, or nobody knows from where."""
        elsewhere = or_(Issue.only_source.is_(None), Issue.only_source != source)
        return set(self._session.scalars(select(Issue.id).where(Issue.id.in_(issue_ids), Issue.status == Status.UNRESOLVED, elsewhere)))

    def last_moved_by(self, issue_ids: Collection[int], source: Source) -> set[int]:
        """Those of the issues whose status changed last because of this source."""
        moves = select(func.max(Activity.id)).where(Activity.issue_id.in_(issue_ids), Activity.facet == Facet.STATUS).group_by(Activity.issue_id)
        return set(self._session.scalars(select(Activity.issue_id).where(Activity.id.in_(moves), Activity.source == source)))
