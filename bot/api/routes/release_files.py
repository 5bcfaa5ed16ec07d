"""Routes of the files of a release one by one, as ``sentry-cli releases files`` of old uses them. Bundles are the way today."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.fields import MAX_ID, whole_number
from bot.api.problems import Refusal
from bot.api.reading.pages import PageParameters, paged
from bot.api.routes.releases import Version
from bot.api.uploads import dropping_rest, form_parts
from bot.api.wording import instant
from bot.api.writing import artifacts_body
from bot.http.multipart import FormPart
from core.artifacts.keeping import ReleaseFile, ReleaseFilter
from core.artifacts.uploads import BundleRequest
from core.errors import Invalid, UnknownName
from core.types import JSON

_MAX_FORM_BYTES = artifacts_body.MAX_SINGLE_FILE_BYTES + 256 * 1024

FileId = Annotated[str, Path(description="The file's id.")]


class AskedFiles(PageParameters):
    """The query parameters of a list of files."""

    checksum: list[str] = Field([], description="Only files with one of these SHA-1; may be repeated.")


async def files(
    version: Version, parameters: Annotated[AskedFiles, Query()], request: Request, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the files that were uploaded for a release, by name."""
    page, wanted = parameters.page, _wanted(request, version)
    wanted = ReleaseFilter(wanted.release, wanted.project_id, sha1s=artifacts_body.checksums(parameters.checksum))
    found = await context.workers.read(context.core.artifact_keeping.files, caller.organization_id, wanted, page.one_more, page.offset)
    return paged(request, context.links_begin_with, page, [_file_json(file) for file in found])


async def add(version: Version, request: Request, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Store a single file for the project, or for all projects of the release. A name that the release has already is refused (409)."""
    wanted = _wanted(request, version)
    parts = await _form(request, context)
    project_ids = {wanted.project_id} if wanted.project_id is not None else await context.workers.read(_projects, context, caller, version)
    single, checksum, dist = artifacts_body.single_file(parts)
    asked = BundleRequest(checksum, (), frozenset(project_ids), version, dist)
    core = context.core
    async with context.upload_slots.bundles:
        file_id = await context.workers.read(core.artifact_uploads.add_file, caller.organization_id, asked, single)
    if file_id is None:
        raise Refusal(HTTPStatus.CONFLICT, "The release has a file of this name already. Nothing was stored.")
    stored = await context.workers.read(core.artifact_keeping.file, caller.organization_id, wanted, file_id)
    return JSONResponse(_file_json(stored), HTTPStatus.CREATED)


async def delete(version: Version, file: FileId, request: Request, context: InContext, caller: AuthenticatedCaller) -> Response:
    """Delete a file of a release."""
    number = whole_number(file)
    if number is None or number > MAX_ID:
        raise UnknownName(kind="file", name=file[:80])
    wanted = _wanted(request, version)
    await context.workers.write(context.core.artifact_keeping.delete_file, caller.organization_id, wanted, number)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def delete_all(name: Annotated[str, Query(description="The release.")], request: Request, context: InContext) -> Response:
    """Delete all source maps of a release of a project."""
    (project_id,) = request.state.project_ids
    await context.workers.write(context.core.artifact_keeping.delete, project_id, name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _wanted(request: Request, version: str) -> ReleaseFilter:
    """Return the release in the address, with the project if the address names one."""
    return ReleaseFilter(version, request.state.project_ids[0] if "project" in request.path_params else None)


def _projects(context: ApiContext, caller: Caller, version: str) -> set[int]:
    return {project.id for project in context.core.releases.one(caller.organization_id, version).projects}


async def _form(request: Request, context: ApiContext) -> list[FormPart]:
    async with dropping_rest(request, _MAX_FORM_BYTES), context.upload_slots.for_chunks():
        parts = [part async for some in form_parts(request, artifacts_body.allowed_of_file, _MAX_FORM_BYTES) for part in some]
    if not any(part.name == artifacts_body.PLAIN for part in parts):
        raise Invalid(artifacts_body.PLAIN, "The form has no file.")
    return parts


def _file_json(file: ReleaseFile) -> JSON:
    headers = {"debug-id": file.debug_id, "Sourcemap": file.map_name}
    return {
        "id": str(file.id),
        "name": file.name,
        "dist": file.dist,
        "sha1": file.sha1,
        "size": file.size,
        "headers": {name: value for name, value in headers.items() if value},
        "dateCreated": instant(file.uploaded_at),
    }
