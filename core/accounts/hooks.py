"""Hooks of one's own: where in the JSON of a program that Quell does not know an alert stands, kept for an organization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.columns import DuplicateRow
from core.db.database import Database
from core.db.models import HookMapping
from core.errors import AlreadyThere, Invalid, UnknownName

MAX_HOOKS = 50
"""Of an organization."""


@dataclass(frozen=True)
class HookView:
    """A hook and its mapping, ``FIELD=VALUE`` each."""

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Hooks:
    """The hooks of all organizations; every question names one organization or a project."""

    database: Database
    clock: Callable[[], datetime]

    def add(self, organization_id: int, name: str, texts: Sequence[str]) -> HookView:
        """Keep a mapping under a name. Whoever asks has read it. Raises AlreadyThere, or Invalid where there are too many."""
        try:
            with self.database.write() as work:
                known = [row.name for row in work.hook_mappings.of_organization(organization_id)]
                if name in known:
                    raise AlreadyThere(kind="hook", name=name)
                if len(known) >= MAX_HOOKS:
                    raise Invalid("name", f"An organization has at most {MAX_HOOKS} hooks. Nothing was changed. Remove one: quell hook remove NAME")
                work.add(HookMapping(organization_id=organization_id, name=name, texts=list(texts), created_at=self.clock()))
        except DuplicateRow:
            raise AlreadyThere(kind="hook", name=name) from None
        return HookView(name, tuple(texts))

    def remove(self, organization_id: int, name: str) -> None:
        """Forget a hook. Its issues stay. Raises UnknownName."""
        with self.database.write() as work:
            if not work.hook_mappings.remove(organization_id, name):
                raise UnknownName(kind="hook", name=name)

    def of_organization(self, organization_id: int) -> list[HookView]:
        """All hooks of an organization, by name."""
        with self.database.read() as work:
            return [HookView(row.name, tuple(row.texts)) for row in work.hook_mappings.of_organization(organization_id)]

    def of_project(self, project_id: int, name: str) -> HookView | None:
        """The hook of that name that the project's organization has."""
        with self.database.read() as work:
            row = work.hook_mappings.of_project(project_id, name)
            return HookView(row.name, tuple(row.texts)) if row else None
