"""Authenticate senders: find the public key in a request, and the project it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cachetools import TTLCache
from starlette.requests import Request

from bot.ingest.errors import UnknownKey, WrongProject
from bot.workers import Workers
from core.accounts.directory import Directory
from core.views import ProjectView

CACHE_SECONDS = 5
"""How long the project of a key is cached. Unknown keys are not cached, so a new project works at once."""
_KEY = re.compile(r"[0-9A-Za-z]{1,64}")
_BETWEEN = re.compile(r"[\s,]+")
_HOOK_KEY_CHARS = 64
_OURS = re.compile(r"^\s*sentry[\s,]", re.IGNORECASE)


def credentials(request: Request) -> dict[str, str]:
    """Return the values in ``X-Sentry-Auth``, ``Authorization: Sentry …`` or the query: ``sentry_key``, ``sentry_timestamp`` …"""
    values = {name: value for name, value in request.query_params.items() if name.startswith("sentry_")}
    authorization = request.headers.get("authorization", "")
    for value in (authorization if _OURS.match(authorization) else "", request.headers.get("x-sentry-auth", "")):
        pairs = (pair.partition("=") for pair in _BETWEEN.split(value))
        values |= {name: rest.strip("\"'") for name, equals, rest in pairs if equals}
    return values


def key_of_dsn(dsn: object) -> str:
    """Return the public key in ``https://KEY@host/1``; empty if there is none."""
    try:
        return urlsplit(dsn).username or "" if isinstance(dsn, str) else ""
    except ValueError:
        return ""


@dataclass(frozen=True)
class OpenedProject:
    """The project of a key, and whether the key is the secret one."""

    project_id: int
    is_secret: bool


class ProjectKeys:
    """Looks up the projects of keys, cached for a few seconds."""

    def __init__(self, directory: Directory, workers: Workers) -> None:
        self._directory = directory
        self._workers = workers
        self._known: TTLCache[str, ProjectView] = TTLCache(maxsize=1024, ttl=CACHE_SECONDS)
        self._secret: TTLCache[str, ProjectView] = TTLCache(maxsize=1024, ttl=CACHE_SECONDS)

    async def of_hook(self, key: str, named: str) -> OpenedProject:
        """Return the project of a public or secret hook key. Raises UnknownKey or WrongProject."""
        secret = self._secret.get(key)
        if secret is None and len(key) == _HOOK_KEY_CHARS and _KEY.fullmatch(key):
            secret = await self._workers.read(self._directory.project_of_hook_key, key)
            if secret is not None:
                self._secret[key] = secret
        if secret is None:
            return OpenedProject(await self.project_id(key, named), is_secret=False)
        return OpenedProject(_named(secret, named), is_secret=True)

    async def project_id(self, key: str, named: str) -> int:
        """Return the project id of a public key; it must be the project named in the URL. Raises UnknownKey or WrongProject."""
        project = self._known.get(key)
        if project is None:
            project = await self._workers.read(self._directory.project_of_key, key) if _KEY.fullmatch(key) else None
            if project is None:
                raise UnknownKey("There is no project with this key." if key else "The request has no key: no X-Sentry-Auth, sentry_key or DSN.")
            self._known[key] = project
        return _named(project, named)


def _named(project: ProjectView, named: str) -> int:
    if str(project.id) != named:
        raise WrongProject("The key belongs to another project.")
    return project.id
