"""Change several issues at once: the buttons of a board, and their forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.chat import forms, issue_lists
from bot.chat.elements import Board, Form, Listing, Reply
from bot.chat.handlers import lists
from bot.chat.handlers.context import HandlerResult, RequestContext, find
from bot.chat.handlers.presses import check
from bot.chat.interactions import FormSubmitted
from bot.chat.issue_lists import IssueListPage
from bot.chat.targets import SeveralIssues
from bot.chat.verbs import IssueVerb
from core.errors import Invalid, TriageError


class NothingTicked(TriageError):
    """Tick at least one issue first. Nothing was changed."""


def press(context: RequestContext, name: str, ticked: SeveralIssues) -> Reply:
    """Handle a button of a board: show another page, open a form about the ticked issues, or act at once and redraw the page."""
    if name == issue_lists.PAGE:
        return lists.page(context, IssueListPage.parse(ticked.page))
    verb = find(name)
    check(context, verb)
    if not ticked.ids:
        raise NothingTicked
    if verb.form:
        return _form(context, verb.form, ticked)
    return _board(context, ticked.page, context.do(verb, ticked.ids, verb.build({}, context.asker)))


def submit(context: RequestContext, submission: FormSubmitted, ticked: SeveralIssues) -> Reply:
    """Handle a submitted form about several issues: act on all of them, or show the form again with its errors."""
    verb = find(submission.verb)
    check(context, verb)
    if not ticked.ids:
        raise NothingTicked
    try:
        outcomes = context.do(verb, ticked.ids, verb.build(filled(submission), context.asker))
    except Invalid as error:
        if verb.form is None:
            raise
        return forms.refilled(_form(context, verb.form, ticked), submission.values, error)
    return _board(context, ticked.page, outcomes) if ticked.page else listing(verb, outcomes)


def filled(submission: FormSubmitted) -> Mapping[str, str]:
    """Return the answers of a form. A merge of several issues goes into the first one, without a choice."""
    first = find(submission.verb).first
    match submission.targets:
        case SeveralIssues(ids=(into, *_)) if first:
            return {first: str(into), **submission.values}
    return submission.values


def _form(context: RequestContext, form: Callable[..., Form], ticked: SeveralIssues) -> Form:
    # Even a single ticked issue counts as several: the board was pressed, and no card must replace it.
    return replace(form(*context.core.reads.issues_named(context.organization_id, ticked.ids)), targets=ticked)


def _board(context: RequestContext, page: str, outcomes: Sequence[HandlerResult]) -> Board:
    """Return the current page, with the results above it."""
    return replace(lists.page(context, IssueListPage.parse(page)), intro=tuple(outcome.text for outcome in outcomes))


def listing(verb: IssueVerb, outcomes: Sequence[HandlerResult]) -> Listing:
    """Return the results, one line per issue."""
    changed = sum(outcome.has_changed for outcome in outcomes)
    lines = tuple(outcome.text for outcome in outcomes)
    return Listing(f"{verb.heading}: {changed} changed", lines, is_private=verb.is_private)
