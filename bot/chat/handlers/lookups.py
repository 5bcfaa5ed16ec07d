"""What fits the letters typed into a picker so far."""

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

OFFERED = 20
"""How many choices a typeahead offers."""


class UnknownSource(TriageError):
    """This control belongs to another version of Quell. Type: show ID"""


def answer(desk: RequestContext, lookup: Lookup) -> Options:
    """The choices. Raises UnknownSource or UnknownIssue."""
    text = lookup.text.strip()
    match lookup.source:
        case "assignee":
            return Options(_assignees(desk, text))
        case "release":
            return Options(_releases(desk, lookup.issue_id, text))
        case "issue":
            return Options(_issues(desk, lookup.issue_id, text))
        case _:
            raise UnknownSource


def _assignees(desk: RequestContext, text: str) -> tuple[Option, ...]:
    """Me first, then teams, then people, *Unassign* last."""
    user = desk.user
    found = desk.core.directory.assignees_like(user.organization_id, text.lstrip("@#"), OFFERED)
    me = [] if text else [Option(f"Me (@{user.name})", f"user:{user.id}")]
    others = [
        Option(f"#{one.name}" if one.kind == "team" else f"@{one.name}", f"{one.kind}:{one.id}")
        for one in found
        if text or (one.kind, one.id) != ("user", user.id)
    ]
    return (*me, *others, Option("Unassign", UNASSIGN))


def _releases(desk: RequestContext, issue_id: int | None, text: str) -> tuple[Option, ...]:
    """Versions of the issue's project, newest first; of all projects where several issues are concerned."""
    project_id = desk.issue(issue_id).project.id if issue_id is not None else None
    wanted = AnnouncedRelease(project_id, contains=text.replace("\0", ""))
    return tuple(Option(release.version, release.version) for release in desk.core.releases.page(desk.organization_id, wanted, OFFERED, 0))


def _issues(desk: RequestContext, issue_id: int | None, text: str) -> tuple[Option, ...]:
    """Others of the same project, by number, short id or words of the title; seen last first."""
    if issue_id is None:
        raise UnknownSource
    issue = desk.issue(issue_id)
    reads, project_id = desk.core.reads, issue.project.id
    named = reads.issues(reads.named(desk.organization_id, (text,), project_id)) if text else []
    terms: tuple[Term, ...] = (InProject(Pattern((issue.project.slug,))), *_words(text))
    found, _ = reads.found(Query(terms), Searcher(desk.organization_id, desk.core.clock(), project_ids=(project_id,)), PageOf(OFFERED))
    others = {one.id: one for one in (*named, *found) if one.id != issue.id}
    return tuple(_option(one) for one in others.values())


def _words(text: str) -> tuple[Term, ...]:
    return tuple(Says(("title",), Pattern((word.replace("\0", ""),))) for word in text.split()[: issue_lists.ROWS])


def _option(issue: IssueView) -> Option:
    return Option(f"{issue.short_id} {issue.title}", str(issue.id))
