"""Check the token that proves that an activity comes from Teams, before the activity is used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
from cachetools import LRUCache

from bot.chat.platform import PlatformError
from bot.msteams.account import TeamsAccount
from bot.msteams.http import HttpSession

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
LEEWAY = timedelta(minutes=5)
"""The allowed difference between Microsoft's clock and ours, as Microsoft recommends."""
KEYS_LIFETIME = timedelta(hours=24)
"""The time until keys are fetched again, as Microsoft recommends."""
REFRESH_INTERVAL = timedelta(minutes=1)
"""An unknown key id is looked up at most this often, so that made-up ids cannot make us flood Microsoft."""
REFRESH_INTERVAL_WITHOUT_KEYS = timedelta(seconds=5)
KEY_SECONDS = 5.0
MAX_REMEMBERED = 1000
MAX_TOKEN_CHARS = 8192

_logger = logging.getLogger(__name__)


class Forged(Exception):
    """The request does not prove that it comes from Teams.

    The message is the reason, as in ``bot.monitoring.rejections``; it is never for the caller.
    """


@dataclass(frozen=True)
class SigningKey:
    """A public key of Microsoft, and the chat channels that it is valid for."""

    key: Any
    endorsements: frozenset[str]


@dataclass(frozen=True)
class Claims:
    """The claims of a valid token. They are valid until ``expires_at``, which includes the leeway."""

    service_url: str
    endorsements: frozenset[str]
    expires_at: datetime


class SigningKeys:
    """Microsoft's keys, fetched when needed. They change without notice, so an unknown key id causes a fetch."""

    def __init__(self, metadata_url: str, web: HttpSession, clock: Callable[[], datetime]) -> None:
        self._metadata_url = metadata_url
        self._web = web
        self._clock = clock
        self._keys: Mapping[str, SigningKey] = {}
        self._stale_at: datetime | None = None
        self._ask_at: datetime | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> SigningKey:
        """Return the key with this id. Raises Forged if there is none."""
        if self._is_wanted(kid):
            refreshing = self._refresh_once()
            # An outdated key is used while new ones are fetched. Only requests with an unknown key wait for Microsoft.
            if kid not in self._keys:
                await asyncio.shield(refreshing)
        try:
            return self._keys[kid]
        except KeyError:
            raise Forged("unknown_key") from None

    def _is_wanted(self, kid: str) -> bool:
        now = self._clock()
        if self._ask_at is not None and now < self._ask_at:
            return False
        return kid not in self._keys or self._stale_at is None or now >= self._stale_at

    def _refresh_once(self) -> asyncio.Task[None]:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh())
        return self._refreshing

    async def _refresh(self) -> None:
        try:
            self._keys = await self._fetch()
            self._stale_at = self._clock() + KEYS_LIFETIME
        except PlatformError as error:
            # Keep the old keys: they are still Microsoft's.
            _logger.warning("the keys of the Bot Connector could not be fetched: %s", error)
        self._ask_at = self._clock() + (REFRESH_INTERVAL if self._keys else REFRESH_INTERVAL_WITHOUT_KEYS)

    async def _fetch(self) -> Mapping[str, SigningKey]:
        metadata = await self._object(self._metadata_url)
        address = metadata.get("jwks_uri")
        if not isinstance(address, str) or not _is_same_host(address, self._metadata_url):
            raise PlatformError("the OpenID document names keys on another host", permanent=True)
        entries = (await self._object(address)).get("keys")
        keys = dict(key for entry in entries if (key := _signing_key(entry))) if isinstance(entries, list) else {}
        if not keys:
            raise PlatformError("no keys where they should be")
        return keys

    async def _object(self, url: str) -> Mapping[str, Any]:
        answer = await self._web.ask("GET", url, seconds=KEY_SECONDS)
        document = answer.json()
        if answer.status != 200 or not isinstance(document, dict):
            raise PlatformError(f"status {answer.status}, or no JSON object")
        return document


class TokenCheck:
    """Checks the token of each request. Teams uses a token for many requests, so valid tokens are cached until they expire."""

    def __init__(self, account: TeamsAccount, keys: SigningKeys, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._keys = keys
        self._clock = clock
        self._verified_tokens: LRUCache[str, Claims] = LRUCache(MAX_REMEMBERED)

    async def check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        """Return the claims. Raises Forged unless the header proves that Teams sent this activity for this bot."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_CHARS or not self._account.app_id:
            raise Forged("no_token")
        claims = self._verified_tokens.get(token) or await self._verified(token)
        if self._clock() >= claims.expires_at:
            raise Forged("expired")
        if activity.get("channelId") != CHANNEL or CHANNEL not in claims.endorsements:
            raise Forged("not_endorsed")
        # Our own token is sent to this address, so it must be the signed one.
        if activity.get("serviceUrl") != claims.service_url:
            raise Forged("wrong_service_url")

    async def _verified(self, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Forged("unreadable_token") from None
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str):
            raise Forged("wrong_algorithm")
        key = await self._keys.find(kid)
        claims = self._claims(_decoded(token, key, self._account.app_id), key)
        self._verified_tokens[token] = claims
        return claims

    def _claims(self, claims: Mapping[str, Any], key: SigningKey) -> Claims:
        # Checked by our clock, not by PyJWT, which knows only the machine's.
        now, leeway = self._clock().timestamp(), LEEWAY.total_seconds()
        starts, ends, service_url = claims["nbf"], claims["exp"], claims.get("serviceurl")
        if not _is_time(starts) or not _is_time(ends) or starts - leeway > now or ends + leeway <= now:
            raise Forged("expired")
        if not isinstance(service_url, str) or not service_url:
            raise Forged("missing_claim")
        lasts = min(ends + leeway - now, timedelta(days=1).total_seconds())
        return Claims(service_url, key.endorsements, self._clock() + timedelta(seconds=lasts))


def _decoded(token: str, key: SigningKey, audience: str) -> Mapping[str, Any]:
    options: Any = {"require": ["exp", "nbf", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False, "strict_aud": True}
    try:
        return jwt.decode(token, key.key, algorithms=["RS256"], audience=audience, issuer=ISSUER, options=options)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Forged(_reason(error)) from None


def _reason(error: Exception) -> str:
    return next((reason for kind, reason in _REASONS.items() if isinstance(error, kind)), "unreadable_token")


_REASONS: Mapping[type[Exception], str] = {
    jwt.InvalidSignatureError: "wrong_signature",
    jwt.InvalidIssuerError: "wrong_issuer",
    jwt.InvalidAudienceError: "wrong_audience",
    jwt.MissingRequiredClaimError: "missing_claim",
    jwt.InvalidAlgorithmError: "wrong_algorithm",
}


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11


def _signing_key(entry: Any) -> tuple[str, SigningKey] | None:
    """Return the key of one entry of the list, or None if it is another kind of key."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or not isinstance(entry.get("kid"), str):
        return None
    endorsements = entry.get("endorsements")
    try:
        key = jwt.PyJWK(entry, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return entry["kid"], SigningKey(
        key, frozenset(name for name in endorsements if isinstance(name, str)) if isinstance(endorsements, list) else frozenset()
    )


def _is_same_host(url: str, other: str) -> bool:
    try:
        ours, theirs = urlsplit(url), urlsplit(other)
        return (ours.scheme, ours.hostname) == (theirs.scheme, theirs.hostname) and ours.username is None and ours.password is None
    except ValueError:
        return False
