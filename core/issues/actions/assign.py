"""Assign an issue to a user or a team, or to nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from core.activity_data import AssignedData, PlainData
from core.db.accounts import Subscriber
from core.db.models import Assignee, Issue, Team
from core.errors import Invalid
from core.issues.actions.base import Context
from core.issues.actions.outcomes import AssigneeOutcome
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, ActivityType, Facet, Role, Status, SubscriptionReason
from core.views import AssigneeView

_MAX_TEAMS_NAMED = 5
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
        """The assignee must belong to the organization and, where a project has teams, to one of these or be an admin. Raises Invalid."""
        assignee = self._assignee(context)
        changing = self._changing(context)
        teams = context.work.accounts.teams_of_projects({issue.project_id for issue in changing})
        closed = sorted(set(teams) - self._projects_open(teams, context))
        if closed:
            project = context.work.accounts.project(closed[0])
            raise Invalid("assignee", _refusal(project.slug if project else "", teams[closed[0]], assignee))

    def apply(self, context: Context) -> None:
        """Replaces other assignees, subscribes the new one and lets go of those who were subscribed only as the old one."""
        changing = self._changing(context)
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

    def _changing(self, context: Context) -> list[Issue]:
        return [issue for issue in context.issues if _assignee_of(context.assignees.get(issue)) != self.to]

    def _projects_open(self, teams: Mapping[int, Sequence[Team]], context: Context) -> set[int]:
        """Return those of the projects whose issues the assignee may look after; ``teams`` are the owners of each."""
        accounts = context.work.accounts
        if self.to.kind == "team":
            return {project_id for project_id, owners in teams.items() if self.to.id in {team.id for team in owners}}
        user = accounts.user(self.to.id)
        if user and user.role >= Role.ADMIN:
            return set(teams)
        return accounts.projects_open_to(self.to.id, teams)

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


def _refusal(project: str, teams: Sequence[Team], assignee: AssigneeView) -> str:
    named = [f"#{team.slug}" for team in teams[:_MAX_TEAMS_NAMED]]
    if len(teams) > len(named):
        named.append(f"{len(teams) - len(named)} other teams")
    who = f"#{assignee.name}" if assignee.kind == "team" else assignee.name
    owners = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    theirs = "the team, its members" if len(named) == 1 else "these teams, their members"
    return f"{project} belongs to {owners}. Its issues can be assigned to {theirs} and admins; {who} is none of these."


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
