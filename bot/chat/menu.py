"""Build the controls of a card and of a list from the table of verbs."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.elements import Button, Control, Menu, Picker
from bot.chat.verbs import ISSUE_VERBS, MORE, RESOLVE, IssueVerb
from core.views import IssueView


def _in_order(verbs: Sequence[IssueVerb]) -> tuple[IssueVerb, ...]:
    """Return the verbs in the order of cards and lists: that of the table, except for verbs that name the verb above them."""
    ordered = [verb for verb in verbs if not verb.below]
    for verb in verbs:
        if verb.below:
            ordered.insert(next(place for place, other in enumerate(ordered, 1) if other.name == verb.below), verb)
    return tuple(ordered)


MENU: tuple[IssueVerb, ...] = _in_order(ISSUE_VERBS)
"""All verbs on issues, in the order of the controls."""


def controls(issue: IssueView) -> tuple[Control, ...]:
    """Return the controls that fit an issue in its current state. A group stands at its first entry; a single entry needs no group."""
    fitting = [verb for verb in MENU if verb.fits(issue)]
    grouped = {name: tuple(button for verb in fitting if verb.group == name for button in _buttons(verb, issue)) for name in (RESOLVE, MORE)}
    shown: dict[str, Control] = {}
    for verb in fitting:
        if verb.group and len(grouped[verb.group]) > 1:
            shown.setdefault(verb.group, Menu(verb.group, grouped[verb.group]))
        else:
            shown[verb.name] = Picker(verb.name, verb.label, verb.source) if verb.source else button(verb)
    return tuple(shown.values())


def for_several(issues: Sequence[IssueView]) -> tuple[IssueVerb, ...]:
    """Return the actions that a list offers for ticked issues: all that fit any of them."""
    return tuple(verb for verb in MENU if verb.is_bulk and any(verb.fits(issue) for issue in issues))


def button(verb: IssueVerb) -> Button:
    """Return a verb as a single button."""
    return Button(verb.name, verb.label, verb.form is not None, verb.style)


def undo_button(issue: IssueView) -> Button:
    """Return a button that undoes the last change of an issue, if ``can_undo``."""
    return Button("undo", "Undo", choice=str(issue.last_change.id) if issue.last_change else "")


def _buttons(verb: IssueVerb, issue: IssueView) -> tuple[Button, ...]:
    if verb.choices is None:
        return (Button(verb.name, verb.short or verb.label, verb.form is not None, verb.style),)
    return tuple(Button(verb.name, option.label, choice=option.value) for option in verb.choices(issue))
