"""The forms to assign issues and to comment on them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.elements import Form, LookupField, TextField
from bot.chat.forms.base import Asker, titled
from bot.chat.targets import targets_of
from core.errors import Invalid
from core.issues.actions import Action, Assign, Comment, To, Unassign
from core.views import IssueView

UNASSIGN = "nobody"
"""The choice that removes the assignee."""


def assign(*issues: IssueView) -> Form:
    """Return the form that asks for the assignee."""
    holders = {issue.assignee.name if issue.assignee else "" for issue in issues}
    holder = holders.pop() if len(holders) == 1 else ""
    intro = f"Now with {holder}." if holder else "Nobody looks after it yet." if len(issues) == 1 else "Whoever has them now is replaced."
    return Form("assign", targets_of(issues), titled("Assign", issues), (intro,), (LookupField("assignee", "Assign to", "assignee"),), "Assign")


def read_assign(answers: Mapping[str, str], _: Asker) -> Action:
    """Return the action for the choice. Raises Invalid."""
    who = answers.get("assignee", "")
    if not who:
        raise Invalid("assignee", "Choose somebody, or Unassign.")
    if who == UNASSIGN:
        return Unassign()
    try:
        return Assign(To.parse(who))
    except (ValueError, Invalid):
        raise Invalid("assignee", "Choose somebody who is offered, or Unassign.") from None


def comment(*issues: IssueView) -> Form:
    """Return the form that asks for a comment."""
    intro = ("Whoever looks at it next will read this, and those who follow it are told.",)
    fields = (TextField("text", "Comment", is_optional=False, is_long=True),)
    return Form("comment", targets_of(issues), titled("Comment", issues), intro, fields, "Comment")


def read_comment(answers: Mapping[str, str], _: Asker) -> Comment:
    """Return the action that the form requests. Raises Invalid."""
    text = answers.get("text", "")
    if not text.strip():
        raise Invalid("text", "A comment needs a text.")
    return Comment(text)
