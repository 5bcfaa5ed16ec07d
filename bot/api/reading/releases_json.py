"""Releases and related rows as JSON with Sentry's keys. Pure."""

from __future__ import annotations

from bot.api.wording import instant, short_version
from core.releases.releases import CommitView, DeployView, ReleaseView, RepositoryView
from core.types import JSON


def release_json(view: ReleaseView) -> JSON:
    """Return the whole release."""
    return {
        "id": str(view.id),
        "version": view.version,
        "shortVersion": short_version(view.version),
        "status": "open" if view.is_open else "archived",
        "ref": view.ref,
        "url": view.url,
        "dateCreated": instant(view.added_at),
        "dateReleased": instant(view.released_at),
        "firstEvent": instant(view.first_event_at),
        "lastEvent": instant(view.last_event_at),
        "newGroups": view.new_issues,
        "commitCount": view.commits,
        "lastCommit": _last_commit(view.last_commit) if view.last_commit else None,
        "authors": [{"name": name, "email": email} for name, email in view.authors],
        "deployCount": view.deploys,
        "lastDeploy": deploy_json(view.last_deploy) if view.last_deploy else None,
        "projects": [{"id": str(project.id), "slug": project.slug, "name": project.slug, "platform": project.platform} for project in view.projects],
        "data": {},
    }


def _last_commit(view: CommitView) -> JSON:
    """Return the newest commit as part of a release, where Sentry's clients expect an author, known or not."""
    return {**commit_json(view), "author": {"name": view.author_name, "email": view.author_email}}


def commit_json(view: CommitView) -> JSON:
    """Return a commit; its id is the SHA."""
    is_signed = view.author_name or view.author_email
    return {
        "id": view.sha,
        "message": view.message,
        "dateCreated": instant(view.committed_at),
        "author": {"name": view.author_name, "email": view.author_email} if is_signed else None,
        "repository": repository_json(view.repository),
    }


def deploy_json(view: DeployView) -> JSON:
    """Return a deploy."""
    return {
        "id": str(view.id),
        "environment": view.environment,
        "name": view.name,
        "url": view.url,
        "dateStarted": instant(view.started_at),
        "dateFinished": instant(view.finished_at),
    }


def repository_json(view: RepositoryView) -> JSON:
    """Return a repository; without a known provider, Sentry calls the provider unknown."""
    provider = {"id": view.provider, "name": view.provider} if view.provider else {"id": "unknown", "name": "(unknown provider)"}
    return {
        "id": str(view.id),
        "name": view.name,
        "url": view.url,
        "provider": provider,
        "status": "active",
        "dateCreated": instant(view.added_at),
    }
