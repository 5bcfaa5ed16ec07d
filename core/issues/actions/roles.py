"""Who may do what: one table for chats, pages, the shell, and the HTTP API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.errors import NotAllowed
from core.issues.actions.base import Action
from core.issues.actions.delete import Delete, Restore
from core.issues.actions.discard import Discard
from core.issues.actions.merge import Merge
from core.types import Actor, Facet, Role

_ROLES: Mapping[type[Action], Role] = dict.fromkeys((Merge, Delete, Discard, Restore), Role.ADMIN)
"""Actions that destroy, or that change several issues in a way that one button cannot undo. Members may do everything else."""

UNMERGE = _ROLES[Merge]
"""The role to unmerge; the same as the role to merge."""


def role_for(action: type[Action]) -> Role:
    """Return the role that an action needs."""
    return _ROLES.get(action, Role.MEMBER)


def role_for_all(actions: Iterable[Action]) -> Role:
    """Return the role that all of these actions need together."""
    return max((role_for(type(action)) for action in actions), default=Role.MEMBER)


def role_for_undo(facet: str | None) -> Role:
    """Return the role that undoing a change needs: only those who may delete can undo a deletion."""
    return role_for(Restore) if facet == Facet.LIFECYCLE else Role.MEMBER


def refuse_less(actor: Actor | None, needed: Role) -> None:
    """Raise NotAllowed if a person's role is too low. A request without a person was checked where it came in."""
    if actor is not None and actor.role < needed:
        raise NotAllowed(needed=needed.name.lower(), role=actor.role.name.lower())
