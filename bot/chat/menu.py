"""Every verb once: its label, when it is offered, what it asks first, who may use it and the action it builds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.chat import forms
from bot.chat.elements import Button, Control, Form, Menu, Option, Picker, Style
from bot.chat.forms.base import Answers, Asker
from core.errors import Invalid
from core.issues.actions import (
    Action,
    Assign,
    Delete,
    Discard,
    InNextRelease,
    InRelease,
    MarkReviewed,
    Merge,
    Resolve,
    Restore,
    SetBookmarked,
    SetPriority,
    SetPublic,
    SetSubscribed,
    To,
    Unassign,
    Undo,
    Unresolve,
)
from core.issues.actions.modes import LATEST
from core.issues.actions.roles import role_for
from core.issues.actions.undo import UNDOABLE
from core.types import OPEN_TO_TRIAGE, Priority, Role, Status
from core.views import IssueView

UNASSIGN = "nobody"
"""The choice that takes an issue from whoever has it."""
RESOLVE, MORE = "Resolve…", "More…"
"""The groups: several buttons behind one control."""


@dataclass(frozen=True)
class MenuItem:
    """One thing that can be done to issues.

    ``build`` makes the action from the answers of the form or, where a control offers choices, from the one that was picked.
    """

    verb: str
    label: str
    fits: Callable[[IssueView], bool]
    build: Callable[[Answers, Asker], Action]
    role: Role = Role.MEMBER
    form: Callable[..., Form] | None = None
    """What is asked first, about one issue or several."""
    choice: str = ""
    """The answer that a picked choice is, for verbs that offer choices on the card."""
    source: str = ""
    """What is searched for the choices, if they are too many for buttons."""
    choices: Callable[[IssueView], tuple[Option, ...]] | None = None
    """The choices that are buttons of their own."""
    group: str = ""
    """The control behind which it stands."""
    short: str = ""
    """Its label in the group, where that is another one."""
    style: Style = "plain"
    is_private: bool = False
    """Whether what came of it is for the person who asked alone: what they keep for themselves, or a link that opens an issue to all."""


def _is(*statuses: Status) -> Callable[[IssueView], bool]:
    return lambda issue: issue.status in statuses


def _is_open(issue: IssueView) -> bool:
    return issue.status in OPEN_TO_TRIAGE


def _never(_: IssueView) -> bool:
    """For what is typed, or offered as the answer to its opposite."""
    return False


def _has_releases(issue: IssueView) -> bool:
    return issue.has_releases and issue.status in (Status.UNRESOLVED, Status.ARCHIVED)


def can_undo(issue: IssueView) -> bool:
    """Whether the last change of an issue is one that can be taken back."""
    change = issue.last_change
    return change is not None and change.user is not None and change.type in UNDOABLE


def _last_change(issue: IssueView) -> tuple[Option, ...]:
    return (Option("Undo last change", str(issue.last_change.id)),) if issue.last_change else ()


def _other_priorities(issue: IssueView) -> tuple[Option, ...]:
    others = [priority for priority in sorted(Priority, reverse=True) if priority != issue.priority]
    return tuple(Option(f"Priority: {priority.name.capitalize()}", priority.name.lower()) for priority in others)


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


def _priority(answers: Answers, _: Asker) -> Action:
    try:
        return SetPriority(Priority[answers.get("priority", "").upper()])
    except KeyError:
        raise Invalid("priority", "A priority is high, medium or low.") from None


def _undo(answers: Answers, _: Asker) -> Action:
    return Undo(forms.number(answers.get("change", ""), "change", "There is nothing to undo."))


_OPEN, _DONE, _ASIDE = Status.UNRESOLVED, Status.RESOLVED, Status.ARCHIVED

MENU: tuple[MenuItem, ...] = (
    MenuItem("resolve", "Resolve", _is(_OPEN, _ASIDE), lambda _, __: Resolve(), group=RESOLVE, short="Now", style="primary"),
    MenuItem("resolve_next", "In the next release", _has_releases, lambda _, __: Resolve(InNextRelease()), group=RESOLVE),
    MenuItem("resolve_current", "In the current release", _has_releases, lambda _, __: Resolve(InRelease(LATEST)), group=RESOLVE),
    MenuItem("resolve_in", "In a version…", _has_releases, forms.read_version, form=forms.resolve_in, group=RESOLVE),
    MenuItem("resolve_commit", "By a commit…", _has_releases, forms.read_commit, form=forms.resolve_commit, group=RESOLVE),
    MenuItem("unresolve", "Unresolve", _is(_DONE), lambda _, __: Unresolve()),
    MenuItem("unarchive", "Unarchive", _is(_ASIDE), lambda _, __: Unresolve()),
    MenuItem("archive", "Archive…", _is(_OPEN, _DONE), forms.read_archive, form=forms.archive),
    MenuItem("rearchive", "Archive otherwise…", _is(_ASIDE), forms.read_archive, form=forms.archive),
    MenuItem("assign", "Assign…", _is_open, _assign, form=forms.assign, choice="assignee", source="assignee"),
    # On a card it is the last choice of Assign.
    MenuItem("unassign", "Unassign", _never, lambda _, __: Unassign()),
    MenuItem("review", "Mark reviewed", lambda issue: issue.inbox is not None and _is_open(issue), lambda _, __: MarkReviewed()),
    MenuItem("priority", "Priority", _is_open, _priority, choice="priority", choices=_other_priorities, group=MORE),
    MenuItem("comment", "Comment…", _is_open, forms.read_comment, form=forms.comment, group=MORE),
    MenuItem("subscribe", "Subscribe", _is_open, lambda _, __: SetSubscribed(is_subscribed=True), group=MORE, is_private=True),
    MenuItem("unsubscribe", "Unsubscribe", _never, lambda _, __: SetSubscribed(is_subscribed=False), is_private=True),
    MenuItem("bookmark", "Bookmark", _is_open, lambda _, __: SetBookmarked(is_bookmarked=True), group=MORE, is_private=True),
    MenuItem("unbookmark", "Remove bookmark", _never, lambda _, __: SetBookmarked(is_bookmarked=False), is_private=True),
    MenuItem("share", "Share", _is_open, lambda _, __: SetPublic(is_public=True), group=MORE, is_private=True),
    MenuItem("merge", "Merge into…", _is_open, forms.read_merge, role_for(Merge), form=forms.merge, group=MORE),
    MenuItem("discard", "Discard…", _is_open, lambda _, __: Discard(), role_for(Discard), form=forms.discard, group=MORE, style="danger"),
    MenuItem("delete", "Delete…", _is_open, lambda _, __: Delete(), role_for(Delete), form=forms.delete, group=MORE, style="danger"),
    MenuItem("undo", "Undo", lambda issue: _is_open(issue) and can_undo(issue), _undo, choice="change", choices=_last_change, group=MORE),
    MenuItem("restore", "Restore", _is(Status.PENDING_DELETION), lambda _, __: Restore(), role_for(Restore), style="primary"),
)

ITEMS: Mapping[str, MenuItem] = {item.verb: item for item in MENU}


def controls(issue: IssueView) -> tuple[Control, ...]:
    """The controls that fit an issue as it is now. A group stands where its first entry does; one that is alone in it needs no group."""
    fitting = [item for item in MENU if item.fits(issue)]
    grouped = {name: tuple(button for item in fitting if item.group == name for button in _buttons(item, issue)) for name in (RESOLVE, MORE)}
    shown: dict[str, Control] = {}
    for item in fitting:
        if item.group and len(grouped[item.group]) > 1:
            shown.setdefault(item.group, Menu(item.group, grouped[item.group]))
        else:
            shown[item.verb] = Picker(item.verb, item.label, item.source) if item.source else button(item)
    return tuple(shown.values())


def button(item: MenuItem) -> Button:
    """A verb as a button that stands alone."""
    return Button(item.verb, item.label, item.form is not None, item.style)


def undo_button(issue: IssueView) -> Button:
    """Takes back the last change of an issue, if ``can_undo``."""
    return Button("undo", "Undo", choice=str(issue.last_change.id) if issue.last_change else "")


def _buttons(item: MenuItem, issue: IssueView) -> tuple[Button, ...]:
    if item.choices is None:
        return (Button(item.verb, item.short or item.label, item.form is not None, item.style),)
    return tuple(Button(item.verb, option.label, choice=option.value) for option in item.choices(issue))
