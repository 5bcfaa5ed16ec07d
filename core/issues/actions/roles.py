"""Who may do what: one table for chats, pages, the shell and the HTTP API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.errors import NotAllowed
from core.issues.actions.base import Action
from core.issues.actions.delete import Delete, Restore
from core.issues.actions.discard import Discard
from core.issues.actions.merge import Merge
from core.types import Actor, Facet, Role

_ROLES: Mapping[type[Action], Role] = dict.fromkeys((Merge, Delete, Discard, Restore), Role.ADMIN)
"""What destroys, or hits several issues in a way that one button does not take back. Everything else is a member's."""

UNMERGE = _ROLES[Merge]
"""Taking apart is done by those who may put together."""


def role_for(action: type[Action]) -> Role:
    """The role that an action needs."""
    return _ROLES.get(action, Role.MEMBER)


def role_for_all(actions: Iterable[Action]) -> Role:
    """The role that all of these need together."""
    return max((role_for(type(action)) for action in actions), default=Role.MEMBER)


def role_for_undo(facet: str | None) -> Role:
    """The role that taking back a change needs: a deletion is brought back by those who may delete."""
    return role_for(Restore) if facet == Facet.LIFECYCLE else Role.MEMBER


def refuse_less(actor: Actor | None, needed: Role) -> None:
    """Raises NotAllowed where a person has less than the role. Nobody in particular has been checked where the request came in."""
    if actor is not None and actor.role < needed:
        raise NotAllowed(needed=needed.name.lower(), role=actor.role.name.lower())
