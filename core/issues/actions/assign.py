"""Assign an issue to a user or a team, or to nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from core.activity_data import AssignedData, PlainData
from core.db.accounts import Subscriber
from core.db.models import Assignee, Issue
from core.errors import Invalid
from core.issues.actions.base import Context
from core.issues.actions.outcomes import AssigneeOutcome
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, ActivityType, Facet, Status, SubscriptionReason
from core.views import AssigneeView

_NUMBER = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class To:
    """The new assignee: a user or a team."""

    kind: Literal["user", "team"]
    id: int

    @classmethod
    def parse(cls, text: str) -> To:
        """Read ``user:12`` or ``team:3``. Raises Invalid."""
        kind, _, number = text.partition(":")
        if kind not in ("user", "team") or not _NUMBER.fullmatch(number):
            raise Invalid("assignee", f"{text!r} names nobody; say user:ID or team:ID.")
        return cls("user" if kind == "user" else "team", int(number))


@dataclass(frozen=True)
class Assign:
    """Assign issues to a user or a team."""

    to: To
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Raise an error unless the assignee belongs to the organization."""
        self._assignee(context)

    def apply(self, context: Context) -> None:
        """Replace other assignees, subscribe the new one, and unsubscribe users who were subscribed only as the old assignee."""
        changing = [issue for issue in context.issues if _assignee_of(context.assignees.get(issue)) != self.to]
        assignee = self._assignee(context)
        old = {issue.id: _assignee_of(context.assignees.get(issue)) for issue in changing}
        context.assignees.put([self._row(issue, context) for issue in changing])
        _subscribe(context, self.to)
        _unsubscribe(context, old, self.to)
        for issue in changing:
            data = AssignedData(self.to.kind, self.to.id, assignee.name, assignee.email)
            before, after = {"assignee": _assignee_key(old[issue.id])}, {"assignee": _assignee_key(self.to)}
            context.record(issue, Change(data, Facet.ASSIGNEE, before, after))
        context.outcomes.append(AssigneeOutcome(assignee))

    def _row(self, issue: Issue, context: Context) -> Assignee:
        user_id, team_id = (self.to.id, None) if self.to.kind == "user" else (None, self.to.id)
        return Assignee(issue_id=issue.id, user_id=user_id, team_id=team_id, assigned_at=context.now)

    def _assignee(self, context: Context) -> AssigneeView:
        people, organization_id = context.work.accounts, context.organization_id
        if self.to.kind == "team":
            team = people.team(organization_id, self.to.id)
            if team:
                return AssigneeView("team", team.id, team.slug)
        else:
            user = people.user(self.to.id)
            if user and user.organization_id == organization_id:
                return AssigneeView("user", user.id, user.name, user.email)
        raise Invalid("assignee", f"There is no {self.to.kind} {self.to.id} in this organization.")


@dataclass(frozen=True)
class Unassign:
    """Remove the assignees of issues."""

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Remove the current assignees."""
        old = {issue.id: _assignee_of(context.assignees.get(issue)) for issue in context.issues}
        changing = [issue for issue in context.issues if old[issue.id]]
        context.assignees.remove(changing)
        _unsubscribe(context, old, None)
        for issue in changing:
            before = {"assignee": _assignee_key(old[issue.id])}
            context.record(issue, Change(PlainData(ActivityType.UNASSIGNED), Facet.ASSIGNEE, before, {"assignee": None}))
        context.outcomes.append(AssigneeOutcome(None))


def _assignee_of(row: Assignee | None) -> To | None:
    if row is None:
        return None
    return To("user", row.user_id) if row.user_id is not None else To("team", row.team_id or 0)


def _assignee_key(to: To | None) -> str | None:
    return f"{to.kind}:{to.id}" if to else None


def _people(context: Context, holders: Sequence[To]) -> dict[To, set[int]]:
    """Return the users behind each assignee; for a team, its members."""
    members = context.work.accounts.members({to.id for to in holders if to.kind == "team"})
    return {to: members[to.id] if to.kind == "team" else {to.id} for to in holders}


def _subscribe(context: Context, to: To) -> None:
    users = _people(context, [to])[to]
    context.work.subscriptions.add(
        [Subscriber(issue.id, user_id, SubscriptionReason.ASSIGNED) for issue in context.issues for user_id in sorted(users)]
    )


def _unsubscribe(context: Context, old: dict[int, To | None], new: To | None) -> None:
    """Unsubscribe users who were subscribed as the old assignee and are not part of the new one."""
    holders = [to for to in {*old.values(), new} if to]
    people = _people(context, holders)
    staying = people[new] if new else set()
    leaving = {issue_id: people[to] - staying for issue_id, to in old.items() if to}
    if leaving:
        context.work.subscriptions.remove_for_reason(leaving, SubscriptionReason.ASSIGNED)
