"""Routes of source maps: how to upload, chunks, and the bundle that is made of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.routes.releases import Version
from bot.api.uploads import dropping_rest, form_parts
from bot.api.wire import Body
from bot.api.writing import artifacts_body, releases_body
from bot.http.multipart import FormPart
from core.artifacts.uploads import CHUNK_BYTES, MAX_BUNDLE_BYTES, Assembled, BundleRequest
from core.errors import Invalid
from core.types import JSON

CHUNKS_PER_REQUEST = 16
_CONCURRENCY = 2
"""Requests that a client shall have open at a time."""
_MAX_REQUEST_BYTES = CHUNKS_PER_REQUEST * CHUNK_BYTES
_MAX_FORM_BYTES = _MAX_REQUEST_BYTES * 2
"""With the heads of the parts."""
_STORED_AT_ONCE_BYTES = 4 * CHUNK_BYTES
_MAX_WAIT_SECONDS = 300
_ACCEPTED = ["release_files", "artifact_bundles", "artifact_bundles_v2"]
"""What can be uploaded. With ``release_files`` sentry-cli 2 sends everything in chunks, with ``artifact_bundles`` for projects, and with
``artifact_bundles_v2`` only the chunks that are missing.
"""


async def options(org: str, context: InContext) -> JSONResponse:
    """Return how to send chunks."""
    return JSONResponse(
        {
            "url": f"{context.links_begin_with}/api/0/organizations/{org}/chunk-upload/",
            "chunkSize": CHUNK_BYTES,
            "chunksPerRequest": CHUNKS_PER_REQUEST,
            "maxFileSize": MAX_BUNDLE_BYTES,
            "maxRequestSize": _MAX_REQUEST_BYTES,
            "maxWait": _MAX_WAIT_SECONDS,
            "concurrency": _CONCURRENCY,
            "hashAlgorithm": "sha1",
            "compression": ["gzip"],
            "accept": _ACCEPTED,
        }
    )


async def send_chunks(request: Request, context: InContext, caller: AuthenticatedCaller) -> Response:
    """Store chunks for a day. They are checked one by one; those before a bad one stay."""
    waiting: list[FormPart] = []
    async with dropping_rest(request, _MAX_FORM_BYTES), context.upload_slots.for_chunks():
        async for parts in form_parts(request, artifacts_body.allowed, _MAX_FORM_BYTES):
            waiting += parts
            if sum(len(part.content) for part in waiting) >= _STORED_AT_ONCE_BYTES:
                await _store(context, caller, waiting)
                waiting = []
        await _store(context, caller, waiting)
    return JSONResponse({})


async def assemble(body: Body, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Make a bundle of source maps for projects, or say which chunks are missing. A bundle is stored as a whole or not at all."""
    names = releases_body.project_names(body, is_needed=True)
    if not names:
        raise Invalid("projects", 'Say which projects the bundle is for. Example: ["shop"]')
    known = {
        name: view.id
        for view in await context.workers.read(context.core.directory.projects, caller.organization_id)
        for name in (str(view.id), view.slug)
    }
    for name in names:
        if name not in known:
            raise Invalid("projects", f"There is no project {name[:80]!a}.")
    project_ids = frozenset(known[name] for name in names)
    return await _assembled(context, caller, _request(body, project_ids, artifacts_body.release(body), artifacts_body.dist(body)))


async def assemble_release(version: Version, body: Body, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Make a bundle of source maps for all projects of a release, as older clients ask for it."""
    release = await context.workers.read(context.core.releases.one, caller.organization_id, version)
    project_ids = frozenset(project.id for project in release.projects)
    return await _assembled(context, caller, _request(body, project_ids, release.version, None))


async def _store(context: ApiContext, caller: Caller, parts: list[FormPart]) -> None:
    found = await context.workers.read(artifacts_body.chunks, parts)
    if found:
        await context.workers.write(context.core.artifact_uploads.add_chunks, caller.organization_id, found)


def _request(body: JSON, project_ids: frozenset[int], release: str | None, dist: str | None) -> BundleRequest:
    return BundleRequest(artifacts_body.checksum(body), artifacts_body.chunk_names(body), project_ids, release, dist)


async def _assembled(context: ApiContext, caller: Caller, request: BundleRequest) -> JSONResponse:
    # In a thread for reads: it works for seconds and writes in between.
    async with context.upload_slots.bundles:
        result = await context.workers.read(context.core.artifact_uploads.assemble, caller.organization_id, request)
    return JSONResponse({"state": _state(result), "missingChunks": list(result.missing), "detail": result.problem})


def _state(result: Assembled) -> str:
    return "not_found" if result.missing else "error" if result.problem else "ok"
