"""The requests and the results of the engine: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.issues.actions.base import Action
from core.issues.actions.outcomes import Outcome
from core.types import JSON, Actor, Origin, Selection, Source


@dataclass(frozen=True)
class UpdateRequest:
    """One request to change issues: from a click, a command, an API call, or the scheduler.

    ``request_id`` makes repetition harmless: the same id gets the first answer again. ``request_digest`` is a hash of everything requested: the
    same id with another digest is refused. ``expected_version`` is the version that the user saw. ``tags`` are stored in each activity's data.
    """

    organization_id: int
    selection: Selection
    actions: Sequence[Action]
    source: Source
    actor: Actor | None = None
    origin: Origin | None = None
    request_id: str | None = None
    expected_version: int | None = None
    is_bulk: bool = False
    """Whether this is a chunk of a larger request. An issue that is alone in a chunk does not count as requested alone."""
    tags: JSON = field(default_factory=dict)
    request_digest: str | None = None


@dataclass(frozen=True)
class UpdateResult:
    """The result of a request.

    ``matched`` are the selected issues, ``changed`` those that are different now. ``outcomes`` are true for all of them, one for each subject.
    ``is_repeat`` is true if the request had been carried out before.
    """

    matched: tuple[int, ...]
    changed: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    is_repeat: bool = False
