"""The documented HTTP API: one table of routes, with every response of each route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_origin
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.params import Depends as Dependency
from starlette.responses import JSONResponse, Response

from bot.api.auth import LISTS, OWN_ORGANIZATION, READ, SCOPES_OF, WRITE, ApiContext, needs
from bot.api.docs import docs_page
from bot.api.problems import answer_problems
from bot.api.routes import artifacts, comments, discards, events, fingerprints, issue, issues, organization, release_files, releases, repositories
from bot.api.routes.issues import ANY_PROJECT, IN_PROJECT
from bot.api.schemas import artifacts as artifact_schemas
from bot.api.schemas import events as event_schemas
from bot.api.schemas import issues as issue_schemas
from bot.api.schemas import releases as release_schemas
from bot.api.wire import MAX_BODY_BYTES
from bot.api.writing import update_body
from bot.api.writing.parameters import Rules, only_known
from bot.monitoring.rejections import RejectionLog
from bot.workers import Workers
from core.bootstrap import Core
from core.issues.actions import Delete, Discard, Restore
from core.issues.actions.roles import UNMERGE, role_for
from core.types import JSON

Scopes = tuple[str, ...]

ADDRESSES = ("/api/0", "/api/0/{rest:path}", "/openapi.json", "/docs")
"""The paths of this application, for a router that has other routes beside it: ``Route(address, api(…))`` for each."""

_ONE = ("/api/0/issues/{issue}/", "/api/0/organizations/{org}/issues/{issue}/")
_MANY = ("/api/0/organizations/{org}/issues/", "/api/0/projects/{org}/{project}/issues/")

_COUNTED: JSON = {
    "X-Quell-Matched": {"description": "Issues selected.", "schema": {"type": "integer"}},
    "X-Quell-Changed": {"description": "Issues that are different now.", "schema": {"type": "integer"}},
}
_LINK: JSON = {"Link": {"description": "The pages before and after: `rel`, `results`, `cursor`.", "schema": {"type": "string"}}}

_REFUSALS: Mapping[int, JSON] = {
    400: {"model": issue_schemas.ByFieldJson, "description": "Something in the address or the body is wrong; nothing was changed."},
    401: {"model": issue_schemas.DetailJson, "description": "No token, or one that is not known."},
    403: {"model": issue_schemas.DetailJson, "description": "The token has not the scope for this."},
    404: {"model": issue_schemas.DetailJson, "description": "There is none, or it is not yours."},
    409: {"model": issue_schemas.StaleJson, "description": "Something newer stands in the way; or the key was used for something else."},
    410: {"model": issue_schemas.DetailJson, "description": "The issue has been purged, or is being purged."},
    413: {"model": issue_schemas.DetailJson, "description": "The body is larger than 1 MiB."},
    415: {"model": issue_schemas.DetailJson, "description": "The body is not said to be JSON."},
    503: {"model": issue_schemas.DetailJson, "description": "The database does not answer; nothing was changed. Try again in a moment."},
}


def _paths_below(word: str) -> list[str]:
    return [f"{path}{word}/" for path in _ONE]


@dataclass(frozen=True)
class _Route:
    """One row of the table. ``refusals`` are its error responses beside 401, 503 and those of its rules."""

    method: str
    paths: Sequence[str]
    endpoint: Callable[..., Any]
    summary: str
    scopes: Scopes | None
    answers: Mapping[int, JSON]
    refusals: tuple[int, ...] = ()
    extra: JSON = field(default_factory=dict)
    max_body_bytes: int = MAX_BODY_BYTES

    @property
    def rules(self) -> Rules:
        """The allowed parameters and fields of its requests."""
        model = self.answers[min(self.answers)].get("model")
        content = self.extra["requestBody"]["content"] if self.extra else {}
        body = content["application/json"]["schema"] if "application/json" in content else None
        return Rules(self.method != "GET", get_origin(model) is list, body, self.max_body_bytes, is_form="multipart/form-data" in content)


_IN_PROJECT = "/api/0/projects/{org}/{project}"
_EVENTS_OF_PROJECT = (f"{_IN_PROJECT}/events/", f"{_IN_PROJECT}/events/{{event}}/")
_TOMBSTONES = (f"{_IN_PROJECT}/tombstones/", f"{_IN_PROJECT}/tombstones/{{tombstone}}/")
_RELEASE_FILES = ("/api/0/organizations/{org}/releases/{version}/files/", f"{_IN_PROJECT}/releases/{{version}}/files/")
_ONE_FILE = tuple(f"{path}{{file}}/" for path in _RELEASE_FILES)
_ALL_FILES = f"{_IN_PROJECT}/files/source-maps/"
_OF_ONE_PROJECT = (_MANY[1], *_EVENTS_OF_PROJECT, *_TOMBSTONES, _RELEASE_FILES[1], _ONE_FILE[1], _ALL_FILES)
"""Paths for which the project is looked up before the handler runs."""

_ISSUE = {200: {"model": issue_schemas.IssueJson}}
_ISSUES = {200: {"model": list[issue_schemas.IssueJson], "headers": _LINK}}
_CHANGED_ISSUE: Mapping[int, JSON] = {200: {"model": issue_schemas.IssueJson, "headers": _COUNTED}}
_UPDATED_ISSUE: Mapping[int, JSON] = {**_CHANGED_ISSUE, 204: {"description": "It was discarded.", "headers": _COUNTED}}
_DELTA: Mapping[int, JSON] = {
    200: {"model": issue_schemas.DeltaJson, "headers": _COUNTED},
    204: {"description": "There are no such issues, or they were discarded.", "headers": _COUNTED},
}
_DELETED: Mapping[int, JSON] = {202: {"description": "It will be purged.", "headers": _COUNTED}}
_ALL_DELETED = {204: {"description": "They will be purged.", "headers": _COUNTED}}
_ORGANIZATIONS = {200: {"model": list[issue_schemas.OrganizationJson], "headers": _LINK}}
_PROJECTS = {200: {"model": list[issue_schemas.ProjectJson], "headers": _LINK}}
_MESSAGES = {200: {"model": list[issue_schemas.MessageJson]}}
_COMMENT = {201: {"model": issue_schemas.ActivityJson}}
_EVENTS = {200: {"model": list[event_schemas.EventJson], "headers": _LINK}}
_EVENT = {200: {"model": event_schemas.WholeEventJson}}
_HASHES = {200: {"model": list[event_schemas.FingerprintJson]}}
_UNMERGED: Mapping[int, JSON] = {202: {"model": event_schemas.UnmergedJson}, 200: {"model": event_schemas.NothingJson}}
_TOMBSTONE_LIST = {200: {"model": list[event_schemas.TombstoneJson], "headers": _LINK}}
_TOMBSTONE_REMOVED = {204: {"description": "Its events are accepted again."}}

_REPOS = {200: {"model": list[release_schemas.RepositoryJson], "headers": _LINK}}
_RELEASES = {200: {"model": list[release_schemas.ReleaseJson], "headers": _LINK}}
_RELEASE = {200: {"model": release_schemas.ReleaseJson}}
_ANNOUNCED: Mapping[int, JSON] = {
    201: {"model": release_schemas.ReleaseJson},
    208: {"model": release_schemas.ReleaseJson, "description": "It already existed."},
}
_PREVIOUS = {200: {"model": release_schemas.ReleaseJson | release_schemas.NoReleaseJson}}
_COMMITS = {200: {"model": list[release_schemas.CommitJson], "headers": _LINK}}
_DEPLOYS = {200: {"model": list[release_schemas.DeployJson], "headers": _LINK}}
_DEPLOYED: Mapping[int, JSON] = {
    201: {"model": release_schemas.DeployJson},
    208: {"model": release_schemas.DeployJson, "description": "It was already recorded."},
}
_RELEASE_DELETED: Mapping[int, JSON] = {204: {"description": "It was deleted. Issues resolved in it stay resolved."}}

_UPLOAD_OPTIONS = {200: {"model": artifact_schemas.UploadOptionsJson}}
_CHUNKS_STORED = {200: {"description": "All chunks are stored."}}
_ASSEMBLED = {200: {"model": artifact_schemas.AssembledJson}}

_ORGANIZATION = "/api/0/organizations/{org}"
_ONE_RELEASE = f"{_ORGANIZATION}/releases/{{version}}/"

_FILES = {200: {"model": list[artifact_schemas.ReleaseFileJson], "headers": _LINK}}
_FILE_ADDED: Mapping[int, JSON] = {201: {"model": artifact_schemas.ReleaseFileJson}}
_FILES_DELETED: Mapping[int, JSON] = {204: {"description": "No event finds them any more."}}

_HIDDEN = (403, 404)
_CHANGES = (403, 404, 409)

_ROUTES = (
    _Route("GET", ["/api/0/"], organization.root, "The token and the API version", None, {200: {"model": issue_schemas.RootJson}}),
    _Route("GET", ["/api/0/organizations/"], organization.organizations, "Organizations", LISTS, _ORGANIZATIONS, (403,)),
    _Route("GET", ["/api/0/organizations/{org}/projects/"], organization.projects, "Projects", LISTS, _PROJECTS, _HIDDEN),
    _Route("GET", _ONE, issue.show, "One issue", READ, _ISSUE, _HIDDEN),
    _Route("PUT", _ONE, issue.update, "Change one issue", WRITE, _UPDATED_ISSUE, _CHANGES, update_body.one_issue()),
    _Route("DELETE", _ONE, issue.delete, "Delete one issue", SCOPES_OF[role_for(Delete)], _DELETED, _CHANGES),
    _Route("POST", _paths_below("restore"), issue.restore, "Restore a deleted issue", SCOPES_OF[role_for(Restore)], _CHANGED_ISSUE, (*_CHANGES, 410)),
    _Route("GET", _paths_below("activities"), issue.activities, "Activity log", READ, {200: {"model": issue_schemas.ActivitiesJson}}, _HIDDEN),
    _Route("GET", _paths_below("messages"), issue.messages, "Copies in chats", READ, _MESSAGES, _HIDDEN),
    _Route("POST", _paths_below("comments"), comments.comment, "Comment", WRITE, _COMMENT, _CHANGES, event_schemas.commenting()),
    _Route("POST", ["/api/0/activities/{activity}/undo/"], comments.undo, "Undo an activity", WRITE, _CHANGED_ISSUE, (*_CHANGES, 410)),
    _Route("GET", _paths_below("events"), events.of_issue, "Events of an issue", READ, _EVENTS, _HIDDEN),
    _Route("GET", _paths_below("events/latest"), events.latest, "Newest event of an issue", READ, _EVENT, _HIDDEN),
    _Route("GET", _paths_below("events/{event}"), events.one_of_issue, "One event of an issue", READ, _EVENT, _HIDDEN),
    _Route("GET", _paths_below("hashes"), fingerprints.show, "Fingerprints of an issue", READ, _HASHES, _HIDDEN),
    _Route("PUT", _paths_below("hashes"), fingerprints.unmerge, "Unmerge fingerprints", SCOPES_OF[UNMERGE], _UNMERGED, (*_CHANGES, 410)),
    _Route("GET", _EVENTS_OF_PROJECT[:1], events.of_project, "Events of a project", READ, _EVENTS, _HIDDEN),
    _Route("GET", _EVENTS_OF_PROJECT[1:], events.one_of_project, "One event of a project", READ, _EVENT, _HIDDEN),
    _Route("GET", _TOMBSTONES[:1], discards.show, "Discarded issues", READ, _TOMBSTONE_LIST, _HIDDEN),
    _Route(
        "DELETE",
        _TOMBSTONES[1:],
        discards.delete,
        "Undo a discard",
        SCOPES_OF[role_for(Discard)],
        _TOMBSTONE_REMOVED,
        _HIDDEN,
    ),
    _Route("GET", _MANY, issues.show, "Issues", READ, _ISSUES, _HIDDEN),
    _Route("PUT", _MANY, issues.update, "Change issues", WRITE, _DELTA, _CHANGES, update_body.many_issues()),
    _Route("DELETE", _MANY, issues.delete, "Delete issues", SCOPES_OF[role_for(Delete)], _ALL_DELETED, _CHANGES, update_body.only_ids()),
    _Route("GET", [f"{_ORGANIZATION}/repos/"], repositories.show, "Repositories", releases.SEE, _REPOS, _HIDDEN),
    _Route("GET", [f"{_ORGANIZATION}/releases/"], releases.of_organization, "Releases", releases.SEE, _RELEASES, _HIDDEN),
    _Route("GET", ["/api/0/projects/{org}/{project}/releases/"], releases.of_project, "Releases of a project", releases.SEE, _RELEASES, _HIDDEN),
    _Route(
        "POST",
        [f"{_ORGANIZATION}/releases/"],
        releases.announce,
        "Announce a release",
        releases.CHANGE,
        _ANNOUNCED,
        _HIDDEN,
        release_schemas.announcing(),
        releases.MAX_COMMITS_BODY_BYTES,
    ),
    _Route("GET", [_ONE_RELEASE], releases.show, "One release", releases.SEE, _RELEASE, _HIDDEN),
    _Route(
        "PUT",
        [_ONE_RELEASE],
        releases.update,
        "Change a release",
        releases.CHANGE,
        _RELEASE,
        _HIDDEN,
        release_schemas.changing(),
        releases.MAX_COMMITS_BODY_BYTES,
    ),
    _Route("DELETE", [_ONE_RELEASE], releases.delete, "Delete a release", releases.CHANGE, _RELEASE_DELETED, _HIDDEN),
    _Route(
        "GET",
        [f"{_ONE_RELEASE}previous-with-commits/"],
        releases.previous_with_commits,
        "The previous release",
        releases.SEE,
        _PREVIOUS,
        _HIDDEN,
    ),
    _Route("GET", [f"{_ONE_RELEASE}commits/"], releases.commits, "Commits of a release", releases.SEE, _COMMITS, _HIDDEN),
    _Route("GET", [f"{_ONE_RELEASE}deploys/"], releases.deploys, "Deploys of a release", releases.SEE, _DEPLOYS, _HIDDEN),
    _Route(
        "POST",
        [f"{_ONE_RELEASE}deploys/"],
        releases.deploy,
        "Record a deploy",
        releases.CHANGE,
        _DEPLOYED,
        _HIDDEN,
        release_schemas.deploying(),
    ),
    _Route("GET", [f"{_ORGANIZATION}/chunk-upload/"], artifacts.options, "How to upload", releases.SEE, _UPLOAD_OPTIONS, _HIDDEN),
    _Route(
        "POST",
        [f"{_ORGANIZATION}/chunk-upload/"],
        artifacts.send_chunks,
        "Send chunks",
        releases.CHANGE,
        _CHUNKS_STORED,
        _HIDDEN,
        artifact_schemas.sending_chunks(),
    ),
    _Route(
        "POST",
        [f"{_ORGANIZATION}/artifactbundle/assemble/"],
        artifacts.assemble,
        "Make a bundle of chunks",
        releases.CHANGE,
        _ASSEMBLED,
        _HIDDEN,
        artifact_schemas.assembling(),
    ),
    _Route(
        "POST",
        [f"{_ONE_RELEASE}assemble/"],
        artifacts.assemble_release,
        "Make a bundle of chunks for a release",
        releases.CHANGE,
        _ASSEMBLED,
        _HIDDEN,
        artifact_schemas.assembling_release(),
    ),
    _Route("GET", _RELEASE_FILES, release_files.files, "Files of a release", releases.SEE, _FILES, _HIDDEN),
    _Route("POST", _RELEASE_FILES, release_files.add, "Send a file", releases.CHANGE, _FILE_ADDED, _CHANGES, artifact_schemas.sending_file()),
    _Route("DELETE", _ONE_FILE, release_files.delete, "Delete a file", releases.CHANGE, _FILES_DELETED, _HIDDEN),
    _Route("DELETE", [_ALL_FILES], release_files.delete_all, "Delete all files", releases.CHANGE, _FILES_DELETED, _HIDDEN),
)


class Api(FastAPI):
    """FastAPI, with a description that leaves out the 422 response, which this API never sends."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, built once."""
        if self.openapi_schema is None:
            schema = super().openapi()
            for operations in schema["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
            for unused in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(unused, None)
        return super().openapi()


def api(core: Core, workers: Workers, links_begin_with: str, rejections: RejectionLog | None = None) -> Api:
    """Build the application for ``/api/0/…``, ``/openapi.json`` and ``/docs``, with full paths.

    ``links_begin_with`` has no trailing slash. ``rejections`` counts refused tokens.
    """
    app = bare_api()
    app.state.context = ApiContext(core, workers, links_begin_with, rejections or RejectionLog())
    return app


def bare_api() -> Api:
    """Build the same application without a context: it can describe itself, and answers once ``state.context`` is set."""
    about = "Issues and their triage; the words are those of Sentry's API, version 0. A trailing slash is required: without it 308."
    app = Api(title="Quell", version="0", description=about, redirect_slashes=False, docs_url=None, redoc_url=None)
    for route in _ROUTES:
        for path in route.paths:
            _add(app, route, path)
    answer_problems(app)

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        context: ApiContext | None = getattr(app.state, "context", None)
        return docs_page(app.openapi(), urlsplit(context.links_begin_with).path.rstrip("/") if context else "")

    return app


def _add(app: FastAPI, route: _Route, path: str) -> None:
    statuses = (*route.answers, 401, *route.refusals, *route.rules.refusals, 503)
    responses: dict[int | str, JSON] = {status: route.answers.get(status) or _REFUSALS[status] for status in statuses}
    app.add_api_route(
        path,
        route.endpoint,
        methods=[route.method],
        summary=route.summary,
        status_code=min(route.answers),
        response_class=JSONResponse if "model" in route.answers[min(route.answers)] else Response,
        response_model=None,
        responses=responses,
        dependencies=_dependencies(route, path),
        openapi_extra=route.extra or None,
        tags=["issues" if "issues" in path else "organizations"],
    )


def _dependencies(route: _Route, path: str) -> list[Dependency]:
    """Return the dependencies in this order: the scope, the organization, the project, and the check of parameter and field names."""
    found = [needs(route.scopes)] if route.scopes else []
    found += [OWN_ORGANIZATION] if "{org}" in path else []
    if path in _OF_ONE_PROJECT:
        found.append(IN_PROJECT)
    if path == _MANY[0]:
        found.append(ANY_PROJECT)
    return [*found, only_known(route.rules)]
