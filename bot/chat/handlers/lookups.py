"""Find the choices that match the letters typed into a picker."""

from __future__ import annotations

from bot.chat import issue_lists
from bot.chat.elements import Option, Options
from bot.chat.forms import UNASSIGN
from bot.chat.handlers.context import RequestContext
from bot.chat.interactions import Lookup
from core.errors import TriageError
from core.releases.releases import AnnouncedRelease
from core.search import PageOf, Query, Searcher
from core.search.terms import InProject, Pattern, Says, Term
from core.views import IssueView

MAX_CHOICES = 20
"""The maximum number of choices of a typeahead."""


class UnknownSource(TriageError):
    """This control belongs to another version of Quell. Type: show ID"""


def answer(context: RequestContext, lookup: Lookup) -> Options:
    """Return the choices. Raises UnknownSource or UnknownIssue."""
    text = lookup.text.strip()
    match lookup.source:
        case "assignee":
            return Options(_assignees(context, lookup.issue_id, text))
        case "release":
            return Options(_releases(context, lookup.issue_id, text))
        case "issue":
            return Options(_issues(context, lookup.issue_id, text))
        case _:
            raise UnknownSource


def _assignees(context: RequestContext, issue_id: int | None, text: str) -> tuple[Option, ...]:
    """Me first, then teams, then people, *Unassign* last; of one issue only those to whom it can be assigned."""
    user, directory = context.user, context.core.directory
    project_id = context.issue(issue_id).project.id if issue_id is not None else None
    found = directory.assignees_like(user.organization_id, text.lstrip("@#"), MAX_CHOICES, project_id)
    me = [] if text or not directory.may_be_assigned(user, project_id) else [Option(f"Me (@{user.name})", f"user:{user.id}")]
    others = [
        Option(f"#{assignee.name}" if assignee.kind == "team" else f"@{assignee.name}", f"{assignee.kind}:{assignee.id}")
        for assignee in found
        if text or (assignee.kind, assignee.id) != ("user", user.id)
    ]
    return (*me, *others, Option("Unassign", UNASSIGN))


def _releases(context: RequestContext, issue_id: int | None, text: str) -> tuple[Option, ...]:
    """Return versions of the issue's project, newest first; of all projects for several issues."""
    project_id = context.issue(issue_id).project.id if issue_id is not None else None
    wanted = AnnouncedRelease((project_id,) if project_id is not None else None, contains=text.replace("\0", ""))
    return tuple(Option(release.version, release.version) for release in context.core.releases.page(context.organization_id, wanted, MAX_CHOICES, 0))


def _issues(context: RequestContext, issue_id: int | None, text: str) -> tuple[Option, ...]:
    """Return other issues of the same project, by number, short id or words of the title, last seen first."""
    if issue_id is None:
        raise UnknownSource
    issue = context.issue(issue_id)
    reads, project_id = context.core.reads, issue.project.id
    named = reads.issues(reads.ids_of(context.organization_id, (text,), project_id)) if text else []
    terms: tuple[Term, ...] = (InProject(Pattern((issue.project.slug,))), *_words(text))
    found, _ = reads.search(Query(terms), Searcher(context.organization_id, context.core.clock(), project_ids=(project_id,)), PageOf(MAX_CHOICES))
    others = {found_issue.id: found_issue for found_issue in (*named, *found) if found_issue.id != issue.id}
    return tuple(_option(found_issue) for found_issue in others.values())


def _words(text: str) -> tuple[Term, ...]:
    return tuple(Says(("title",), Pattern((word.replace("\0", ""),))) for word in text.split()[: issue_lists.PAGE_ROWS])


def _option(issue: IssueView) -> Option:
    return Option(f"{issue.short_id} {issue.title}", str(issue.id))
