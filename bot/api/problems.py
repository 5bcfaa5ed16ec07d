"""Turn errors into responses: one sentence under ``detail``, or sentences under the fields that they are about.

Sentences repeat what was asked for, and clients print them on terminals: invisible characters are written out.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from bot.api.fields import Problems, keyed
from bot.api.not_found import nothing_here
from bot.api.wording import instant
from bot.security.invisible import escaped
from core.errors import Conflict, DatabaseAway, Invalid, LeavingIssue, NotAllowed, RequestKeyReused, TooLate, TriageError, UnknownIssue, UnknownName
from core.issues.unmerge import NotItsOwn
from core.types import JSON

_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    UnknownIssue: HTTPStatus.NOT_FOUND,
    UnknownName: HTTPStatus.NOT_FOUND,
    LeavingIssue: HTTPStatus.NOT_FOUND,
    TooLate: HTTPStatus.GONE,
    NotItsOwn: HTTPStatus.CONFLICT,
    RequestKeyReused: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
}
"""The HTTP status of each error of the core; all others, and unreadable queries, are 400."""
_FIELDS: Mapping[str, str] = {
    "assignee": "assignedTo",
    "next_release": "statusDetails.inNextRelease",
    "release": "statusDetails.inRelease",
    "repository": "statusDetails.inCommit.repository",
    "commit": "statusDetails.inCommit.commit",
}
"""The field names of the core that differ from those of a body."""


class Refusal(Exception):
    """A request that the API itself refuses, with the sentence that says why."""

    def __init__(self, status: HTTPStatus, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, headers


def body_field(field: str) -> str:
    """Return the name in the body of a field that the core refuses."""
    return _FIELDS.get(field, field)


def answer_problems(app: FastAPI) -> None:
    """Register a response for every kind of error."""
    for kind in (Refusal, Problems, TriageError, DatabaseAway, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _of_router(request, error)
    by_field = _by_field(error)
    return JSONResponse(_printable(by_field), HTTPStatus.BAD_REQUEST) if by_field else _sentence(error)


def _by_field(error: Exception) -> JSON | None:
    match error:
        case Problems():
            return error.by_field
        case Invalid():
            return keyed(body_field(error.field), str(error))
        case RequestValidationError():
            # FastAPI's own errors about the path, in the same form as all others.
            return {str(fault["loc"][-1]): [f"{fault['msg']}."] for fault in error.errors()}
        case _:
            return None


def _sentence(error: Exception) -> Response:
    match error:
        case Refusal():
            return _detail(error.status, str(error), error.headers)
        case Conflict():
            return JSONResponse({"detail": escaped(str(error)), "conflict": _newer(error)}, HTTPStatus.CONFLICT)
        case DatabaseAway():
            return _detail(HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"Retry-After": "1"})
        case _:
            return _detail(_STATUSES.get(type(error), HTTPStatus.BAD_REQUEST), str(error))


def _newer(error: Conflict) -> JSON:
    return {"issue": error.issue, "facet": error.facet, "by": error.by, "at": instant(error.at), "version": error.version}


def _of_router(request: Request, error: HTTPException) -> Response:
    """Answer what the router refuses: a path without its trailing slash, an unknown path, a wrong method."""
    if error.status_code == HTTPStatus.NOT_FOUND and (address := with_slash(request)):
        # 308 and not 307: the redirect is permanent. Both keep the method and the body.
        return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": address})
    if error.status_code == HTTPStatus.NOT_FOUND:
        known = (route.path for route in cast("Starlette", request.app).routes if isinstance(route, Route))
        return _detail(HTTPStatus.NOT_FOUND, nothing_here(request.scope["path"], known))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = ", ".join(allowed_methods(request))
        return _detail(HTTPStatus.METHOD_NOT_ALLOWED, f"{request.method} cannot be done here; {methods} can.", {"Allow": methods})
    return _detail(error.status_code, error.detail, error.headers)


def _detail(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": escaped(sentence)}, status, headers=headers)


def _printable(value: Any) -> Any:
    """Return problems by field, which may be nested, with all texts and names on one line and without invisible characters."""
    match value:
        case dict():
            return {escaped(name): _printable(problems) for name, problems in value.items()}
        case list():
            return [_printable(problem) for problem in value]
        case str():
            return escaped(value)
        case _:
            return value


def with_slash(request: Request) -> str | None:
    """Return the intended URL with its query if only the trailing slash is missing. Without a host, so that no header can name another host."""
    path = request.scope["path"] + "/"
    if path.endswith("//") or not _routes_at(request, path):
        return None
    query = request.scope["query_string"].decode("latin-1")
    return quote(path) + (f"?{query}" if query else "")


def allowed_methods(request: Request) -> list[str]:
    """Return the methods that the path of a request accepts."""
    return sorted({method for route in _routes_at(request, request.scope["path"]) for method in route.methods or ()})


def _routes_at(request: Request, path: str) -> list[Route]:
    scope = {**request.scope, "path": path}
    routes = (route for route in cast("Starlette", request.app).routes if isinstance(route, Route))
    return [route for route in routes if route.matches(scope)[0] is not Match.NONE]
