"""Authenticate senders: find the public key in a request, the project it belongs to, and the project's own grouping rules."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cachetools import TTLCache
from starlette.requests import Request

from bot.ingest.errors import UnknownKey, WrongProject
from bot.workers import Workers
from core.accounts.directory import Directory
from core.events.grouping_rules import GroupingRules
from core.rules.grouping.own_rules import OwnRules
from core.views import ProjectView

CACHE_SECONDS = 5
"""How long the project of a key is cached. Unknown keys are not cached, so a new project works at once."""
_KEY = re.compile(r"[0-9A-Za-z]{1,72}")
_BETWEEN = re.compile(r"[\s,]+")
_MIN_HOOK_KEY_CHARS = 64
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_PROJECT_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
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
        if secret is None and len(key) >= _MIN_HOOK_KEY_CHARS and _KEY.fullmatch(key):
            secret = await self._workers.read(self._directory.project_of_hook_key, key)
            if secret is not None:
                self._secret[key] = secret
        if secret is None:
            return OpenedProject(await self.project_id(key, named), is_secret=False)
        return OpenedProject(_named(secret, named), is_secret=True)

    async def signing_key(self, named: str) -> bytes:
        """What requests to the hooks of the project in the address are signed with. Raises UnknownKey."""
        number = int(named) if _PROJECT_NUMBER.fullmatch(named) else 0
        key = await self._workers.read(self._directory.signing_key, number)
        if key is None:
            raise UnknownKey("The project has no hook key to check the signature with. Make one: quell project hook-key SLUG")
        return key

    async def project_id(self, key: str, named: str) -> int:
        """Return the project id of a public key; it must be the project named in the URL. Raises UnknownKey or WrongProject."""
        project = self._known.get(key)
        if project is None:
            project = await self._workers.read(self._directory.project_of_key, key) if _KEY.fullmatch(key) else None
            if project is None:
                raise UnknownKey("There is no project with this key." if key else "The request has no key: no X-Sentry-Auth, sentry_key or DSN.")
            self._known[key] = project
        return _named(project, named)


def check_signature(signature: str, signing_key: bytes, body: bytes) -> None:
    """Raises UnknownKey unless the body was signed with the hook key, as in ``X-Hub-Signature-256``."""
    expected = f"sha256={hmac.new(signing_key, body, hashlib.sha256).hexdigest()}"
    if not _SIGNATURE.fullmatch(signature) or not hmac.compare_digest(signature, expected):
        raise UnknownKey(
            "The signature is not made with the project's hook key. Make a new key, and set it as the secret: quell project hook-key SLUG"
        )


class ProjectRules:
    """Looks up the grouping rules of projects, cached for a few seconds."""

    def __init__(self, rules: GroupingRules, workers: Workers) -> None:
        self._rules = rules
        self._workers = workers
        self._known: TTLCache[int, OwnRules] = TTLCache(maxsize=1024, ttl=CACHE_SECONDS)

    async def of_project(self, project_id: int) -> OwnRules:
        """Return the grouping rules of a project."""
        rules = self._known.get(project_id)
        if rules is None:
            rules = self._known[project_id] = await self._workers.read(self._rules.of_project, project_id)
        return rules


def _named(project: ProjectView, named: str) -> int:
    if str(project.id) != named:
        raise WrongProject("The key belongs to another project.")
    return project.id
