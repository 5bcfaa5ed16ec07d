"""The schemas of uploaded source maps, for ``/openapi.json``."""

from __future__ import annotations

from typing import Literal

from bot.api.schemas.issues import JsonModel
from core.types import JSON


class UploadOptionsJson(JsonModel):
    """How a client shall send uploads. Sizes are bytes; ``url`` is where chunks go."""

    url: str
    chunk_size: int
    chunks_per_request: int
    max_file_size: int
    max_request_size: int
    max_wait: int
    concurrency: int
    hash_algorithm: Literal["sha1"]
    compression: list[str]
    accept: list[str]


class AssembledJson(JsonModel):
    """What became of an upload; ``detail`` says what is wrong with it."""

    state: Literal["not_found", "ok", "error"]
    missing_chunks: list[str]
    detail: str | None


class ReleaseFileJson(JsonModel):
    """A file of a release; ``size`` is in bytes."""

    id: str
    name: str
    dist: str | None
    sha1: str
    size: int
    headers: dict[str, str]
    date_created: str


_SHA1: JSON = {"type": "string", "pattern": "^[0-9a-fA-F]{40}$"}
_CHUNKS: JSON = {"type": "array", "items": _SHA1, "description": "The SHA-1 of each chunk, in order."}


def assembling() -> JSON:
    """Return the request body that makes a bundle for projects."""
    projects = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "minItems": 1, "description": "Slugs and numbers."}
    properties = {"checksum": _SHA1, "chunks": _CHUNKS, "projects": projects, "version": _optional(250), "dist": _optional(64)}
    return _body(properties, ["checksum", "chunks", "projects"])


def assembling_release() -> JSON:
    """Return the request body that makes a bundle for the projects of a release."""
    return _body({"checksum": _SHA1, "chunks": _CHUNKS}, ["checksum", "chunks"])


def sending_chunks() -> JSON:
    """Return the request body that sends chunks: a form of files whose names are their SHA-1."""
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "properties": {"file": files, "file_gzip": files}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def sending_file() -> JSON:
    """Return the request body that sends a single file of a release: a form."""
    words = {"type": "string"}
    properties = {"file": {"type": "string", "format": "binary"}, "name": words, "dist": words, "header": {"type": "array", "items": words}}
    schema = {"type": "object", "required": ["file"], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _optional(most: int) -> JSON:
    return {"anyOf": [{"type": "string", "maxLength": most}, {"type": "null"}]}


def _body(properties: JSON, required: list[str]) -> JSON:
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
