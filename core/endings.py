"""The end of what was reported, told by the fingerprints it was reported under; and that it goes on after all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actions.base import Action
from core.actions.end import End, Resume
from core.db.database import Database
from core.db.fingerprints import Fingerprints
from core.engine import UpdateEngine
from core.occurrences import Recorded
from core.requests import ByIds, UpdateRequest
from core.types import Source


@dataclass(frozen=True)
class Ending:
    """What has one of these fingerprints was over at that moment."""

    hashes: tuple[str, ...]
    ended_at: datetime


@dataclass(frozen=True)
class Ended:
    """How many issues were resolved, and how many were kept open because events of theirs came from elsewhere."""

    resolved: int
    kept: int


@dataclass(frozen=True)
class Endings:
    """Resolves the issues of what is over, and opens those of what goes on, by the same engine as every other change."""

    database: Database
    engine: UpdateEngine

    def take(self, project_id: int, endings: Sequence[Ending], source: Source, *, is_trusted: bool) -> Ended:
        """Resolves the open issues of the project that these tell of. Those of nothing we know do nothing.

        Unless ``is_trusted``, anybody could have said so who knows the public key of the project: then only issues all of whose events came
        by the same source are resolved.
        """
        with self.database.read() as work:
            fingerprints = Fingerprints(work.session)
            owners = fingerprints.owners(project_id, {hash_ for ending in endings for hash_ in ending.hashes})
            kept = set() if is_trusted else fingerprints.open_from_elsewhere(set(owners.values()), source)
        ended_at = {issue_id: at for issue_id, at in _latest(endings, owners).items() if issue_id not in kept}
        action = End(ended_at, only_source=None if is_trusted else source)
        return Ended(self._apply(project_id, ended_at, action, source), len(kept))

    def resume(self, project_id: int, recorded: Sequence[Recorded], source: Source) -> int:
        """Opens what the source had closed of the issues of events that it reports again, and says how many."""
        event_ids = {one.issue_id: one.event_id for one in recorded if one.effect == "duplicate"}
        return self._apply(project_id, event_ids, Resume(event_ids), source)

    def _apply(self, project_id: int, issue_ids: Collection[int], action: Action, source: Source) -> int:
        with self.database.read() as work:
            project = work.people.project(project_id)
        if project is None or not issue_ids:
            return 0
        request = UpdateRequest(project.organisation_id, ByIds(tuple(issue_ids), project_id), [action], source)
        return len(self.engine.apply(request).changed)


def _latest(endings: Sequence[Ending], owners: Mapping[str, int]) -> dict[int, datetime]:
    """When each issue was over; the latest end where several of its fingerprints ended."""
    ended_at: dict[int, datetime] = {}
    for ending in endings:
        for issue_id in {owners[hash_] for hash_ in ending.hashes if hash_ in owners}:
            ended_at[issue_id] = max(ended_at.get(issue_id, ending.ended_at), ending.ended_at)
    return ended_at
