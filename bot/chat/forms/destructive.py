"""The forms that confirm destructive actions; each says how many events and users are affected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.elements import Bold, Form, LookupField, Text
from bot.chat.forms.base import Asker, named, number, titled
from bot.chat.targets import targets_of
from bot.chat.times import many
from core.issues.actions import Merge
from core.views import IssueView

_WAY_BACK = "Restore brings it back until the time that the message will say; then it is gone for good. "


def delete(*issues: IssueView) -> Form:
    """Return the form that confirms a deletion."""
    lost: Text = ("This deletes ", *_hit(issues), _WAY_BACK, "A new event opens a new issue.")
    return Form("delete", targets_of(issues), titled("Delete", issues), lost, (), "Delete", is_dangerous=True)


def discard(*issues: IssueView) -> Form:
    """Return the form that confirms a discard."""
    lost: Text = ("This discards ", *_hit(issues), _WAY_BACK, "New events of it are dropped from now on, unless it is restored.")
    return Form("discard", targets_of(issues), titled("Discard", issues), lost, (), "Discard", is_dangerous=True)


def merge(*issues: IssueView) -> Form:
    """Return the form that asks for the primary of a merge or, for several issues, confirms a merge into the first."""
    first, *others = issues
    fields = () if others else (LookupField("target", "Merge into", "issue"),)
    into: Text = ("goes into ", Bold(first.short_id)) if others else ("goes into the issue that you choose",)
    moved: Text = (*_hit(others or issues, end=" "), *into, ". Its name leads there from then on. This cannot be undone here.")
    return Form("merge", targets_of(issues), titled("Merge", issues), moved, fields, "Merge", is_dangerous=True)


def read_merge(answers: Mapping[str, str], _: Asker) -> Merge:
    """Return the action that the form requests. Raises Invalid."""
    return Merge(number(answers.get("target", ""), "target", "Choose the issue that it goes into."))


def _hit(issues: Sequence[IssueView], end: str = ". ") -> Text:
    events, users = sum(issue.times_seen for issue in issues), sum(issue.users_seen for issue in issues)
    return (Bold(named(issues)), f" with {many(events, 'event')} that hit {many(users, 'user')}{end}")
