"""Several issues at once: the buttons of a board, and the forms that they open."""

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
    """A button of a board: shows another page, opens a form about the ticked ones, or does it at once and draws the page again."""
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
    """A filled form about several issues: does it to all of them, or shows the form again with what is wrong."""
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
    """What a form was filled with. Of several issues that become one, the first is the one, and nobody has to choose it."""
    first = find(submission.verb).first
    match submission.targets:
        case SeveralIssues(ids=(into, *_)) if first:
            return {first: str(into), **submission.values}
    return submission.values


def _form(context: RequestContext, form: Callable[..., Form], ticked: SeveralIssues) -> Form:
    # About the ticked ones even where it is only one: what was pressed is the board, and no card shall take its place.
    return replace(form(*context.core.reads.issues_named(context.organization_id, ticked.ids)), targets=ticked)


def _board(context: RequestContext, page: str, outcomes: Sequence[HandlerResult]) -> Board:
    """The page as it is now, with what came of it above."""
    return replace(lists.page(context, IssueListPage.parse(page)), intro=tuple(outcome.text for outcome in outcomes))


def listing(verb: IssueVerb, outcomes: Sequence[HandlerResult]) -> Listing:
    """What came of a deed, a line for each issue."""
    changed = sum(outcome.has_changed for outcome in outcomes)
    lines = tuple(outcome.text for outcome in outcomes)
    return Listing(f"{verb.heading}: {changed} changed", lines, is_private=verb.is_private)
