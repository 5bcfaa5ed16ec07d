"""Several issues at once: the buttons of a board, and the forms that they open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.chat import forms, issue_lists
from bot.chat.elements import Board, Form, Listing, Reply
from bot.chat.handlers import lists
from bot.chat.handlers.context import HandlerResult, RequestContext, find
from bot.chat.handlers.presses import check
from bot.chat.interactions import FormSubmitted, Press
from bot.chat.issue_lists import IssueListPage
from bot.chat.verbs import IssueVerb
from core.errors import Invalid, TriageError


class NothingTicked(TriageError):
    """Tick at least one issue first. Nothing was changed."""


def is_on_a_board(press: Press) -> bool:
    """Whether a board was pressed: an issue has a number and a version."""
    return bool(press.ids) or (press.issue_id, press.version) == (0, 0)


def press(desk: RequestContext, press: Press) -> Reply:
    """A button of a board: shows another page, opens a form about the ticked ones, or does it at once and draws the page again."""
    if press.verb == issue_lists.PAGE:
        return lists.page(desk, IssueListPage.parse(press.choice))
    verb = find(press.verb)
    check(desk, verb)
    if not press.ids:
        raise NothingTicked
    if verb.form:
        return _form(desk, verb.form, press.ids, press.choice or "")
    return _board(desk, press.choice or "", desk.do(verb, press.ids, verb.build({}, desk.asker)))


def submit(desk: RequestContext, submission: FormSubmitted) -> Reply:
    """A filled form about several issues: does it to all of them, or shows the form again with what is wrong."""
    verb, ids = find(submission.verb), submission.ids
    check(desk, verb)
    try:
        outcomes = desk.do(verb, ids, verb.build(filled(submission), desk.asker))
    except Invalid as error:
        if verb.form is None:
            raise
        return forms.refilled(_form(desk, verb.form, ids, submission.page), submission.values, error)
    return _board(desk, submission.page, outcomes) if submission.page else listing(verb, outcomes)


def filled(submission: FormSubmitted) -> Mapping[str, str]:
    """What a form was filled with. Of several issues that become one, the first is the one, and nobody has to choose it."""
    first = find(submission.verb).first
    return {first: str(submission.ids[0]), **submission.values} if first and submission.ids else submission.values


def _form(desk: RequestContext, form: Callable[..., Form], ids: tuple[int, ...], page: str) -> Form:
    # About the ticked ones even where it is only one: what was pressed is the board, and no card shall take its place.
    return replace(form(*desk.core.reads.several(desk.organization_id, ids)), issue_id=0, version=0, ids=ids, page=page)


def _board(desk: RequestContext, page: str, outcomes: Sequence[HandlerResult]) -> Board:
    """The page as it is now, with what came of it above."""
    return replace(lists.page(desk, IssueListPage.parse(page)), intro=tuple(outcome.said for outcome in outcomes))


def listing(verb: IssueVerb, outcomes: Sequence[HandlerResult]) -> Listing:
    """What came of a deed, a line for each issue."""
    changed = sum(outcome.has_changed for outcome in outcomes)
    lines = tuple(outcome.said for outcome in outcomes)
    return Listing(f"{verb.heading}: {changed} changed", lines, is_private=verb.is_private)
