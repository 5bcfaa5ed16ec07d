"""The schemas of releases, commits, deploys and repositories, for ``/openapi.json``. ``releases_json`` builds the responses."""

from __future__ import annotations

from typing import Any, Literal

from bot.api.schemas.issues import IssueProjectJson, JsonModel
from core.types import JSON


class ProviderJson(JsonModel):
    """The provider of a repository."""

    id: str
    name: str


class RepositoryJson(JsonModel):
    """A repository that commits come from."""

    id: str
    name: str
    url: str | None
    provider: ProviderJson
    status: Literal["active"]
    date_created: str


class AuthorJson(JsonModel):
    """The author of a commit, as the commit says."""

    name: str | None
    email: str | None


class CommitJson(JsonModel):
    """A commit; its id is the SHA."""

    id: str
    message: str | None
    date_created: str
    author: AuthorJson | None
    repository: RepositoryJson


class DeployJson(JsonModel):
    """A deploy of a release."""

    id: str
    environment: str
    name: str | None
    url: str | None
    date_started: str | None
    date_finished: str


class ReleaseJson(JsonModel):
    """A release. ``newGroups`` counts the issues that were first seen in it."""

    id: str
    version: str
    short_version: str
    status: Literal["open", "archived"]
    ref: str | None
    url: str | None
    date_created: str
    date_released: str | None
    first_event: str | None
    last_event: str | None
    new_groups: int
    commit_count: int
    last_commit: CommitJson | None
    authors: list[AuthorJson]
    deploy_count: int
    last_deploy: DeployJson | None
    projects: list[IssueProjectJson]
    data: dict[str, Any]


class NoReleaseJson(JsonModel):
    """There is no earlier release."""


_COMMIT: JSON = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "maxLength": 64, "minLength": 1, "description": "The sha."},
        "repository": {"type": "string", "maxLength": 200, "description": "Made where it is not known."},
        "message": {"type": "string", "description": "*Fixes SHOP-1F* resolves that issue."},
        "author_name": {"type": "string", "maxLength": 200},
        "author_email": {"type": "string", "maxLength": 254},
        "timestamp": {"type": "string", "format": "date-time"},
        "patch_set": {"type": "array", "description": "The files that it changed; sentry-cli sends them and nothing is made of them."},
    },
}
_REF: JSON = {
    "type": "object",
    "required": ["repository", "commit"],
    "properties": {name: {"type": "string"} for name in ("repository", "commit", "previousCommit")},
}
_SAID: JSON = {
    "projects": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "description": "Slugs and numbers."},
    "ref": {"type": "string", "maxLength": 250},
    "url": {"type": "string", "maxLength": 1000},
    "dateReleased": {"type": "string", "format": "date-time"},
    "dateStarted": {"type": "string", "description": "When the making of it began; sentry-cli sends it and nothing is made of it."},
    "status": {"type": "string", "enum": ["open", "archived"]},
    "commits": {"type": "array", "items": _COMMIT, "description": "All of them, newest first."},
    "refs": {"type": "array", "items": _REF, "description": "The newest commit of each repository."},
}
_VERSION: JSON = {"type": "string", "minLength": 1, "maxLength": 250}
_DEPLOY: JSON = {
    "environment": {"type": "string", "minLength": 1, "maxLength": 64},
    "name": {"anyOf": [{"type": "string", "maxLength": 200}, {"type": "null"}]},
    "url": {"anyOf": [{"type": "string", "maxLength": 1000}, {"type": "null"}]},
    "dateStarted": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    "dateFinished": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
}


def announcing(*, is_of_project: bool) -> JSON:
    """Return the request body that announces a release; below a project the project is implied."""
    return _body({"version": _VERSION, **_SAID}, ["version"] if is_of_project else ["version", "projects"])


def changing() -> JSON:
    """Return the request body that changes a release."""
    return _body(_SAID, [])


def deploying() -> JSON:
    """Return the request body that records a deploy."""
    return _body(_DEPLOY, ["environment"])


def _body(properties: JSON, required: list[str]) -> JSON:
    schema = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {"requestBody": {"required": bool(required), "content": {"application/json": {"schema": schema}}}}
