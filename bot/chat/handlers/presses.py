"""Handle the controls of a card and their forms: one issue each."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import cards, forms, menu
from bot.chat.elements import REFRESH, SHOW, Changed, Notice, Reply
from bot.chat.handlers.context import HandlerResult, OnlyForPeople, RequestContext, find
from bot.chat.interactions import FormSubmitted, Press
from bot.chat.targets import OneIssue
from bot.chat.verbs import OF_ISSUES, IssueVerb, can_undo
from core.errors import Invalid, NotUndoable, TriageError, UnknownIssue
from core.issues.actions import Restore
from core.issues.actions.roles import role_for
from core.types import Status
from core.views import IssueView

READ_ONLY_VERBS = (REFRESH.verb, SHOW.verb)
"""Verbs that change nothing."""


def press(context: RequestContext, press: Press, shown: OneIssue) -> Reply:
    """Handle a control: open the verb's form, or act at once."""
    if press.verb in READ_ONLY_VERBS:
        return cards.alert(context.issue(shown.issue_id), context.links)
    verb = find(press.verb)
    if verb.form and press.choice is None:
        context.need(verb.role)
        form = verb.form(context.issue(shown.issue_id))
        _take_choice_away(context, verb, shown.issue_id)
        return form
    answers = {verb.choice: press.choice} if verb.choice and press.choice else {}
    return _do(context, verb, shown, answers)


def submit(context: RequestContext, submission: FormSubmitted, shown: OneIssue) -> Reply:
    """Handle a submitted form: act, or show the form again with its errors."""
    verb = find(submission.verb)
    try:
        return _do(context, verb, shown, dict(submission.values))
    except Invalid as error:
        if verb.form is None:
            raise
        form = forms.refilled(verb.form(context.issue(shown.issue_id)), submission.values, error)
        return replace(form, targets=shown)


def notice(verb: IssueVerb, outcome: HandlerResult) -> Notice:
    """Return the result for one issue, with a button to undo it."""
    issue = outcome.issue
    undo = (menu.undo_button(issue),) if outcome.has_changed and can_undo(issue) else ()
    opposite = (menu.button(OF_ISSUES[verb.opposite]),) if verb.opposite else ()
    return Notice(outcome.text, issue=OneIssue(issue.id, issue.version), buttons=(*undo, *opposite), is_private=verb.is_private)


def check(context: RequestContext, verb: IssueVerb) -> None:
    """Check that the person has the role and, if the verb needs a person, that there is one. Raises NotAllowed or OnlyForPeople."""
    context.need(verb.role)
    if verb.is_personal and not context.user.id:
        raise OnlyForPeople


def last_change(context: RequestContext, issue: IssueView) -> str:
    """Return the number of the activity that Undo undoes. Raises NotUndoable, or NotAllowed if only an admin can undo it."""
    if issue.status is Status.PENDING_DELETION:
        context.need(role_for(Restore))
    if not can_undo(issue) or issue.last_change is None:
        raise NotUndoable(reason=f"nobody changed {issue.short_id} in a way that can be taken back")
    return str(issue.last_change.id)


def _do(context: RequestContext, verb: IssueVerb, shown: OneIssue, answers: dict[str, str]) -> Reply:
    check(context, verb)
    if verb.takes_back:
        answers.setdefault(verb.choice, last_change(context, context.issue(shown.issue_id)))
    action = verb.build(answers, context.asker)
    try:
        if verb.sentence:
            (outcome,) = context.do(verb, (shown.issue_id,), action)
            _take_choice_away(context, verb, outcome.issue.id)
            return notice(verb, outcome)
        context.apply(verb, (shown.issue_id,), action, shown.version)
    except UnknownIssue:
        raise
    except TriageError:
        # The person's client still shows the picked choice in its controls; a redraw removes it.
        context.core.outbox.redraw(shown.issue_id)
        raise
    return Changed(shown.issue_id)


def _take_choice_away(context: RequestContext, verb: IssueVerb, issue_id: int) -> None:
    if verb.group:
        # The person's client keeps the choice selected in the menu, so it could not be chosen again.
        context.core.outbox.redraw(issue_id)
