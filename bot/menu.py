"""Every verb once: its label, when it is offered, what it asks first, who may use it and the action it builds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import forms
from bot.surface import Button, Control, Form, More, Picker, Style
from core.actions import Action, Assign, Delete, MarkReviewed, Resolve, Restore, To, Unassign, Unresolve
from core.errors import Invalid
from core.types import Role, Status
from core.views import IssueView

UNASSIGN = "nobody"
"""The choice that takes an issue from whoever has it."""


@dataclass(frozen=True)
class Asker:
    """What the meaning of an answer depends on: the time now, and the time zone of whoever gave it."""

    now: datetime
    zone: ZoneInfo


Answers = Mapping[str, str]


@dataclass(frozen=True)
class MenuItem:
    """One thing that can be done to an issue.

    ``build`` makes the action from the answers of the form or, where a control offers choices, from the ``choice`` that was picked.
    """

    verb: str
    label: str
    fits: Callable[[IssueView], bool]
    build: Callable[[Answers, Asker], Action]
    role: Role = Role.MEMBER
    form: Callable[[IssueView], Form] | None = None
    source: str | None = None
    """What a picker searches, for verbs that are a choice."""
    is_rare: bool = False
    """Stands behind More."""
    style: Style = "plain"


def _is(*statuses: Status) -> Callable[[IssueView], bool]:
    return lambda issue: issue.status in statuses


def _assign(answers: Answers, _: Asker) -> Action:
    who = answers.get("assignee", "")
    if not who:
        raise Invalid("assignee", "Choose somebody, or Unassign.")
    if who == UNASSIGN:
        return Unassign()
    try:
        return Assign(To.parse(who))
    except (ValueError, Invalid):
        raise Invalid("assignee", "Choose somebody who is offered, or Unassign.") from None


_OPEN, _DONE, _ASIDE = Status.UNRESOLVED, Status.RESOLVED, Status.ARCHIVED

MENU: tuple[MenuItem, ...] = (
    MenuItem("resolve", "Resolve", _is(_OPEN, _ASIDE), lambda _, __: Resolve(), style="primary"),
    MenuItem("unresolve", "Unresolve", _is(_DONE), lambda _, __: Unresolve()),
    MenuItem("unarchive", "Unarchive", _is(_ASIDE), lambda _, __: Unresolve()),
    MenuItem("archive", "Archive…", _is(_OPEN, _DONE), forms.read_archive, form=forms.archive),
    MenuItem("rearchive", "Archive otherwise…", _is(_ASIDE), forms.read_archive, form=forms.archive),
    MenuItem("assign", "Assign…", _is(_OPEN, _DONE, _ASIDE), _assign, form=forms.assign, source="assignee"),
    # On a card it is the last choice of Assign; as a verb it is only typed.
    MenuItem("unassign", "Unassign", lambda _: False, lambda _, __: Unassign()),
    MenuItem(
        "review",
        "Mark reviewed",
        lambda issue: issue.inbox is not None and issue.status in (_OPEN, _DONE, _ASIDE),
        lambda _, __: MarkReviewed(),
    ),
    MenuItem(
        "delete",
        "Delete…",
        _is(_OPEN, _DONE, _ASIDE),
        lambda _, __: Delete(),
        role=Role.ADMIN,
        form=forms.delete,
        is_rare=True,
        style="danger",
    ),
    MenuItem("restore", "Restore", _is(Status.PENDING_DELETION), lambda _, __: Restore(), role=Role.ADMIN, style="primary"),
)

ITEMS: Mapping[str, MenuItem] = {item.verb: item for item in MENU}


def controls(issue: IssueView) -> tuple[Control, ...]:
    """The controls that fit an issue as it is now, the rare ones behind More."""
    fitting = [item for item in MENU if item.fits(issue)]
    usual = tuple(_control(item) for item in fitting if not item.is_rare)
    rare = tuple(_button(item) for item in fitting if item.is_rare)
    return (*usual, More("More…", rare)) if rare else usual


def _control(item: MenuItem) -> Control:
    return Picker(item.verb, item.label, item.source) if item.source else _button(item)


def _button(item: MenuItem) -> Button:
    return Button(item.verb, item.label, item.form is not None, item.style)
