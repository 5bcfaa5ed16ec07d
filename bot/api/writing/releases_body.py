"""Read and check the bodies that announce releases and deploys, as sentry-cli sends them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.api.fields import shown
from core.errors import Invalid
from core.releases.releases import Announced, NewDeploy
from core.rules.commit_messages import NewCommit
from core.types import JSON

MAX_COMMITS = 10_000
"""The maximum number of commits in one request."""
_MAX_REF_CHARS, _MAX_URL_CHARS, _MAX_NAME_CHARS, _MAX_EMAIL_CHARS, _MAX_SHA_CHARS, _MAX_ENVIRONMENT_CHARS = 250, 1000, 200, 254, 64, 64
_STATUSES = {"open": True, "archived": False}
_SHA = re.compile(r"[0-9a-fA-F]{7,64}")
_UNKNOWN = "default"
"""The repository of commits without a repository."""


def announced(body: JSON, project_ids: tuple[int, ...]) -> Announced:
    """Return what a body says about a release. Raises Invalid."""
    commits, heads = _all(body, "commits", _commit), _all(body, "refs", _head)
    # An empty list of refs takes all commits away, as in Sentry.
    is_cleared = commits is None and heads == ()
    return Announced(
        project_ids=project_ids,
        ref=_text(body, "ref", _MAX_REF_CHARS),
        url=_text(body, "url", _MAX_URL_CHARS),
        released_at=_moment(body, "dateReleased"),
        is_open=_is_open(body),
        commits=() if is_cleared else commits,
        heads=tuple(head for head in heads or () if head is not None),
    )


def project_names(body: JSON, *, is_needed: bool) -> list[str]:
    """Return the projects that a body names, by slug or number. Raises Invalid."""
    named = body.get("projects")
    if named is None and is_needed:
        raise Invalid("projects", 'Say which projects have the release. Example: ["shop"]')
    if named is None:
        return []
    if not isinstance(named, list) or not all(isinstance(name, str | int) and not isinstance(name, bool) for name in named):
        raise Invalid("projects", f'{shown(named)} is not a list of projects. Example: ["shop"]')
    return [str(name) for name in named]


def version(body: JSON) -> str:
    """Return the version that a body is about. Raises Invalid."""
    found = body.get("version")
    if not isinstance(found, str):
        raise Invalid("version", "Say which version. Example: shop@1.2.3")
    return found.strip()


def new_deploy(body: JSON) -> NewDeploy:
    """Return the deploy that a body describes. Raises Invalid."""
    environment = _text(body, "environment", _MAX_ENVIRONMENT_CHARS)
    if not environment:
        raise Invalid("environment", "Say where it went. Example: production")
    name, url = _text(body, "name", _MAX_NAME_CHARS), _text(body, "url", _MAX_URL_CHARS)
    return NewDeploy(environment, name, url, _moment(body, "dateStarted"), _moment(body, "dateFinished"))


def _commit(values: JSON, where: str) -> NewCommit:
    sha = _text(values, "id", _MAX_SHA_CHARS, where)
    if not sha:
        raise Invalid(where, "A commit needs its id, the sha.")
    return NewCommit(
        sha=sha,
        repository=_text(values, "repository", _MAX_NAME_CHARS, where) or _UNKNOWN,
        message=_text(values, "message", None, where),
        author_name=_text(values, "author_name", _MAX_NAME_CHARS, where),
        author_email=_text(values, "author_email", _MAX_EMAIL_CHARS, where),
        committed_at=_moment(values, "timestamp", where),
    )


def _head(values: JSON, where: str) -> NewCommit | None:
    """Return the newest commit of a repository. Without an integration we know neither the other commits nor ``HEAD``: None for a word."""
    repository, commit = _text(values, "repository", _MAX_NAME_CHARS, where), _text(values, "commit", _MAX_REF_CHARS, where)
    if not repository or not commit:
        raise Invalid(where, "A ref needs its repository and its commit.")
    return NewCommit(commit, repository) if _SHA.fullmatch(commit) else None


def _all(body: JSON, field: str, read: Callable[[JSON, str], Any]) -> tuple[Any, ...] | None:
    values = body.get(field)
    if values is None:
        return None
    if not isinstance(values, list) or not all(isinstance(entry, dict) for entry in values):
        raise Invalid(field, f"{shown(values)} is not a list of objects.")
    if len(values) > MAX_COMMITS:
        raise Invalid(field, f"{len(values):,} are too many for one request; at most {MAX_COMMITS:,} can be told.")
    return tuple(read(entry, field) for entry in values)


def _is_open(body: JSON) -> bool | None:
    status = body.get("status")
    if status is None:
        return None
    if not isinstance(status, str) or status not in _STATUSES:
        raise Invalid("status", f"{shown(status)} is neither open nor archived.")
    return _STATUSES[status]


def _text(values: JSON, field: str, longest: int | None, where: str = "") -> str | None:
    """Return a text without the NUL that PostgreSQL refuses; None for an empty text."""
    value = values.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid(where or field, f"{field} is {shown(value)}, which is not a text.")
    text = value.replace("\0", "")
    if longest is not None and len(text) > longest:
        raise Invalid(where or field, f"{field} has {len(text):,} characters; at most {longest:,} are kept.")
    return text or None


def _moment(values: JSON, field: str, where: str = "") -> datetime | None:
    """Return a time; without an offset it is UTC."""
    value = values.get(field)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise Invalid(where or field, f"{field} is {shown(value)}, which is not a time. Example: 2030-01-31T09:00:00Z") from None
