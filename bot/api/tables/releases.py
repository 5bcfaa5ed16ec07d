"""The routes of releases, for an organization and for one of its projects, and of repositories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.api.reading.projects import ANY_PROJECT, ANY_PROJECT_OR_SLUG
from bot.api.routes import releases, repositories
from bot.api.routes.releases import CHANGE, MAX_COMMITS_BODY_BYTES, SEE
from bot.api.schemas import releases as schemas
from bot.api.tables.route import HIDDEN, ORGANIZATION, PROJECT, ApiRoute, Responses, listed, shown

_ANNOUNCED: Responses = {201: {"model": schemas.ReleaseJson}, 208: {"model": schemas.ReleaseJson, "description": "It already existed."}}
_DEPLOYED: Responses = {201: {"model": schemas.DeployJson}, 208: {"model": schemas.DeployJson, "description": "It was already recorded."}}
_DELETED: Responses = {204: {"description": "It was deleted. Issues resolved in it stay resolved."}}
_PREVIOUS = shown(schemas.ReleaseJson | schemas.NoReleaseJson)
_RELEASE = shown(schemas.ReleaseJson)

_MANY = (f"{ORGANIZATION}/releases/", f"{PROJECT}/releases/")
_ONE = [f"{path}{{version}}/" for path in _MANY]


def _below(word: str) -> list[str]:
    return [f"{path}{word}/" for path in _ONE]


def _announcing(path: str, *, is_of_project: bool) -> ApiRoute:
    body = schemas.announcing(is_of_project=is_of_project)
    return ApiRoute("POST", [path], releases.announce, "Announce a release", CHANGE, _ANNOUNCED, HIDDEN, body, MAX_COMMITS_BODY_BYTES)


def _listing(word: str, endpoint: Callable[..., Any], summary: str, answers: Responses) -> tuple[ApiRoute, ApiRoute]:
    of_organization, of_project = _below(word)
    return (
        ApiRoute("GET", [of_organization], endpoint, summary, SEE, answers, HIDDEN, narrowed_by=ANY_PROJECT_OR_SLUG),
        ApiRoute("GET", [of_project], endpoint, summary, SEE, answers, HIDDEN),
    )


ROUTES = (
    ApiRoute("GET", [f"{ORGANIZATION}/repos/"], repositories.show, "Repositories", SEE, listed(schemas.RepositoryJson), HIDDEN),
    ApiRoute("GET", _MANY[:1], releases.show_many, "Releases", SEE, listed(schemas.ReleaseJson), HIDDEN, narrowed_by=ANY_PROJECT),
    ApiRoute("GET", _MANY[1:], releases.show_many, "Releases of a project", SEE, listed(schemas.ReleaseJson), HIDDEN),
    _announcing(_MANY[0], is_of_project=False),
    _announcing(_MANY[1], is_of_project=True),
    ApiRoute("GET", _ONE, releases.show, "One release", SEE, _RELEASE, HIDDEN),
    ApiRoute("PUT", _ONE, releases.update, "Change a release", CHANGE, _RELEASE, HIDDEN, schemas.changing(), MAX_COMMITS_BODY_BYTES),
    ApiRoute("DELETE", _ONE, releases.delete, "Delete a release", CHANGE, _DELETED, HIDDEN),
    ApiRoute("GET", _below("previous-with-commits"), releases.previous_with_commits, "The previous release", SEE, _PREVIOUS, HIDDEN),
    *_listing("commits", releases.commits, "Commits of a release", listed(schemas.CommitJson)),
    *_listing("deploys", releases.deploys, "Deploys of a release", listed(schemas.DeployJson)),
    ApiRoute("POST", _below("deploys"), releases.deploy, "Record a deploy", CHANGE, _DEPLOYED, HIDDEN, schemas.deploying()),
)
