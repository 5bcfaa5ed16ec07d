"""The routes of source maps: how to upload, chunks, and the bundles that are made of them."""

from __future__ import annotations

from bot.api.routes import artifacts, release_files
from bot.api.routes.releases import CHANGE, SEE
from bot.api.schemas import artifacts as schemas
from bot.api.tables.route import CHANGES, HIDDEN, ORGANIZATION, PROJECT, ApiRoute, Responses, listed, shown

_STORED: Responses = {200: {"description": "All chunks are stored."}}
_ASSEMBLED = shown(schemas.AssembledJson)
_CHUNKS = [f"{ORGANIZATION}/chunk-upload/"]
_BUNDLE = [f"{ORGANIZATION}/artifactbundle/assemble/"]
_RELEASE = [f"{ORGANIZATION}/releases/{{version}}/assemble/"]
_ADDED: Responses = {201: {"model": schemas.ReleaseFileJson}}
_DELETED: Responses = {204: {"description": "No event finds them any more."}}
_FILES = [f"{path}/releases/{{version}}/files/" for path in (ORGANIZATION, PROJECT)]
_ONE_FILE = [f"{path}{{file}}/" for path in _FILES]

ROUTES = (
    ApiRoute("GET", _CHUNKS, artifacts.options, "How to upload", SEE, shown(schemas.UploadOptionsJson), HIDDEN),
    ApiRoute("POST", _CHUNKS, artifacts.send_chunks, "Send chunks", CHANGE, _STORED, HIDDEN, schemas.sending_chunks()),
    ApiRoute("POST", _BUNDLE, artifacts.assemble, "Make a bundle of chunks", CHANGE, _ASSEMBLED, HIDDEN, schemas.assembling()),
    ApiRoute("POST", _RELEASE, artifacts.assemble_release, "Make a bundle for a release", CHANGE, _ASSEMBLED, HIDDEN, schemas.assembling_release()),
    ApiRoute("GET", _FILES, release_files.files, "Files of a release", SEE, listed(schemas.ReleaseFileJson), HIDDEN),
    ApiRoute("POST", _FILES, release_files.add, "Send a file", CHANGE, _ADDED, CHANGES, schemas.sending_file()),
    ApiRoute("DELETE", _ONE_FILE, release_files.delete, "Delete a file", CHANGE, _DELETED, HIDDEN),
    ApiRoute("DELETE", [f"{PROJECT}/files/source-maps/"], release_files.delete_all, "Delete all files", CHANGE, _DELETED, HIDDEN),
)
