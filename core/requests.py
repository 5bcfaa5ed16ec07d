"""What the engine is asked and what it answers: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.types import JSON, Actor, Origin, Source

if TYPE_CHECKING:
    from core.actions.base import Action


@dataclass(frozen=True)
class ByIds:
    """Issues named one by one, as numbers of ours or as short ids such as ``SHOP-1F``, in any case and mixed."""

    ids: tuple[int | str, ...]
    project_id: int | None = None
    """Only issues of this project."""
    is_strict: bool = False
    """Refuse the whole request if one of them names nothing (as people expect in chat) instead of leaving it out (as the API does)."""


@dataclass(frozen=True)
class ByQuery:
    """Issues found by a search, in the query language of ``core.search``; of these projects, or of all where None.

    They are changed in chunks, each its own transaction (D15).
    """

    query: str
    project_ids: tuple[int, ...] | None = None


Selection = ByIds | ByQuery


@dataclass(frozen=True)
class UpdateRequest:
    """One wish to change issues, whoever had it: a click, a command, an API call or the scheduler.

    ``request_id`` makes repetition harmless: the same id again is answered as the first time. ``request_digest`` is a hash of all that was
    asked for: the same id with another one is refused. ``expected_version`` is what the asker saw. ``tags`` are kept in each activity's data.
    """

    organisation_id: int
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
    """What a request came to. ``matched`` are the issues it selected, ``changed`` those that are now different; ``delta`` is the answer
    over HTTP (engine.md §16.3). ``is_repeat`` says that the request had been carried out before.
    """

    matched: tuple[int, ...]
    changed: tuple[int, ...]
    delta: JSON
    is_repeat: bool = False
