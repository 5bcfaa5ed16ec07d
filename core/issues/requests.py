"""What the engine is asked and what it answers: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.issues.actions.base import Action
from core.issues.actions.outcomes import Outcome
from core.types import JSON, Actor, Origin, Selection, Source


@dataclass(frozen=True)
class UpdateRequest:
    """One wish to change issues, whoever had it: a click, a command, an API call or the scheduler.

    ``request_id`` makes repetition harmless: the same id again is answered as the first time. ``request_digest`` is a hash of all that was
    asked for: the same id with another one is refused. ``expected_version`` is what the asker saw. ``tags`` are kept in each activity's data.
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
    """One of several requests that a larger one was cut into: an issue that is alone in it is none that was asked for alone."""
    tags: JSON = field(default_factory=dict)
    request_digest: str | None = None


@dataclass(frozen=True)
class UpdateResult:
    """What a request came to.

    ``matched`` are the issues it selected, ``changed`` those that are different now. ``outcomes`` hold for all of them, one for each subject.
    ``is_repeat`` says that the request had been carried out before.
    """

    matched: tuple[int, ...]
    changed: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    is_repeat: bool = False
