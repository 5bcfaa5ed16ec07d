"""Store the commits of a release, and find the issues that they claim to fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.columns import MAX_STATEMENT_ROWS
from core.db.models import Commit, Issue, Release, Repository
from core.db.unit_of_work import UnitOfWork
from core.releases.views import Announced
from core.rules.commit_messages import MAX_MESSAGE_CHARS, NewCommit, fixed_by
from core.types import JSON, OPEN_TO_TRIAGE, Status, short_id


@dataclass(frozen=True)
class ClaimedFix:
    """A commit and the issues of one project that its message claims to fix."""

    commit: Commit
    repository: str
    issue_ids: tuple[int, ...]


@dataclass
class FixClaims:
    """The fixes that commits claim. The engine applies them after the commits are stored."""

    fixes: Sequence[ClaimedFix] = ()
    withdrawn: Sequence[int] = ()
    """Issues whose fix is no longer claimed."""


class CommitFixes:
    """The commits of one release, stored in the transaction that changes it."""

    def __init__(self, work: UnitOfWork, release: Release, now: datetime) -> None:
        self._work = work
        self._release = release
        self._now = now

    def record(self, announced: Announced) -> FixClaims:
        """Store the commits, add them to the release, and return the fixes that they claim."""
        new_commits = [*announced.heads, *(announced.commits or ())]
        repositories = self._work.commits.repositories_named(self._release.organization_id, {commit.repository for commit in new_commits}, self._now)
        before = self._known(new_commits, repositories)
        spoken = {key: row.message or "" for key, row in before.items()}
        self._store(new_commits, repositories, before)
        stored = self._known(new_commits, repositories)
        keys = dict.fromkeys((repositories[commit.repository].id, commit.sha) for commit in new_commits)
        self._put([stored[key].id for key in keys], is_whole=announced.commits is not None)
        names = {repository.id: name for name, repository in repositories.items()}
        return self._claims([stored[key] for key in keys], names, spoken)

    def _known(self, new_commits: Sequence[NewCommit], repositories: dict[str, Repository]) -> dict[tuple[int, str], Commit]:
        return self._work.commits.known({row.id for row in repositories.values()}, {commit.sha for commit in new_commits})

    def _store(self, new_commits: Sequence[NewCommit], repositories: dict[str, Repository], known: dict[tuple[int, str], Commit]) -> None:
        """Insert new commits, and complete commits that were stored with less detail."""
        rows: dict[tuple[int, str], JSON] = {}
        for commit in new_commits:
            key = repositories[commit.repository].id, commit.sha
            fields = {
                "message": commit.message and commit.message[:MAX_MESSAGE_CHARS],
                "author_name": commit.author_name,
                "author_email": commit.author_email,
            }
            if key in known:
                for field, value in {**fields, "committed_at": commit.committed_at}.items():
                    if value is not None:
                        setattr(known[key], field, value)
            else:
                made = {"organization_id": self._release.organization_id, "repository_id": key[0], "sha": commit.sha}
                rows.setdefault(key, {**made, **fields, "committed_at": commit.committed_at or self._now})
        self._work.session.flush()
        self._work.commits.add([rows[key] for key in sorted(rows)])

    def _put(self, ids: Sequence[int], *, is_whole: bool) -> None:
        """Set the commits of the release. If only the heads were announced, add them to the commits it has."""
        have = self._work.commits.ids_in(self._release.id)
        wanted = list(ids) if is_whole else [*(commit for commit in ids if commit not in have), *have]
        if wanted != have:
            self._work.commits.set_release_commits(self._release.id, wanted)
        self._work.releases.land(self._release, [commit for commit in wanted if commit not in set(have)], self._now)

    def _claims(self, commits: Sequence[Commit], names: dict[int, str], spoken: dict[tuple[int, str], str]) -> FixClaims:
        claims = {commit.id: fixed_by(commit.message or "") for commit in commits}
        dropped = {commit.id: set(fixed_by(spoken.get((commit.repository_id, commit.sha), ""))).difference(claims[commit.id]) for commit in commits}
        issues = self._issues({name for found in (*claims.values(), *dropped.values()) for name in found})
        if not issues:
            return FixClaims()
        fixes = self._fixes(commits, claims, issues)
        self._subscribe(commits, claims, issues)
        return FixClaims([ClaimedFix(commit, names[commit.repository_id], ids) for commit, ids in fixes], self._withdrawn(dropped, issues))

    def _issues(self, names: set[str]) -> dict[str, Issue]:
        """Return the existing, resolvable issues among these short ids, however many ids there are."""
        if not names:
            return {}
        slugs = {project.slug.upper() for project in self._work.accounts.projects_of(self._release.organization_id)}
        wanted = sorted(name for name in names if name.rpartition("-")[0] in slugs)
        found: dict[str, Issue] = {}
        for first in range(0, len(wanted), MAX_STATEMENT_ROWS):
            named = self._work.issues.named(self._release.organization_id, wanted[first : first + MAX_STATEMENT_ROWS])
            found |= {short_id(slug, issue.number): issue for issue, slug in named if issue.status in OPEN_TO_TRIAGE}
        return found

    def _fixes(self, commits: Sequence[Commit], claims: dict[int, list[str]], issues: dict[str, Issue]) -> list[tuple[Commit, tuple[int, ...]]]:
        """Let the newest commit of each issue resolve it, once: the same list of commits does not resolve an issue again that came back since."""
        done = self._work.commits.once_resolved([issue.id for issue in issues.values()])
        taken: set[int] = set()
        found = []
        for commit in commits:
            mine = [issues[name] for name in claims[commit.id] if name in issues and issues[name].id not in taken]
            taken |= {issue.id for issue in mine}
            by_project: dict[int, list[int]] = {}
            for issue in mine:
                if (issue.id, commit.id) not in done:
                    by_project.setdefault(issue.project_id, []).append(issue.id)
            found += [(commit, tuple(ids)) for ids in by_project.values()]
        return found

    def _withdrawn(self, dropped: dict[int, set[str]], issues: dict[str, Issue]) -> list[int]:
        """Return resolved issues that a commit claimed to fix, until its message was announced again without the claim."""
        links = self._work.commits.links([commit_id for commit_id, names in dropped.items() if names])
        found = [(issues[name], commit_id) for commit_id, names in dropped.items() for name in sorted(names) if name in issues]
        return [issue.id for issue, commit_id in found if (issue.id, commit_id) in links and issue.status == Status.RESOLVED]

    def _subscribe(self, commits: Sequence[Commit], claims: dict[int, list[str]], issues: dict[str, Issue]) -> None:
        """Subscribe the authors of fixes to the fixed issues."""
        fixing = [commit for commit in commits if commit.author_email and claims[commit.id]]
        authors = self._work.commits.authors(self._release.organization_id, {commit.author_email or "" for commit in fixing})
        new_commits = {
            (issues[name].id, user_id)
            for commit in fixing
            for name in claims[commit.id]
            if name in issues
            for user_id in authors.get((commit.author_email or "").lower(), [])
        }
        self._work.commits.subscribe(sorted(new_commits))
