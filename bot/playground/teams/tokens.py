"""Tokens in both directions: for the bot's calls, and for the activities sent to the bot."""

import json
from functools import cached_property
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.playground.accounts import Accounts
from bot.playground.rules import Rules
from bot.playground.store import Store

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
KEY_ID = "playground-1"
LIFETIME_SECONDS = 3600


class Tokens:
    """Creates and checks tokens, all signed with one stored RSA key."""

    def __init__(self, store: Store, accounts: Accounts, own_url: str, rules: Rules) -> None:
        self._store = store
        self._accounts = accounts
        self._own_url = own_url
        self._rules = rules

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        kept = self._store.get("secrets", "key") or self._store.put("secrets", "key", {"pem": _new_key()})
        key = serialization.load_pem_private_key(kept["pem"].encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the kept key is no RSA key")
        return key

    def for_activity(self, service_url: str) -> str:
        """Return the token for an activity to the bot."""
        now = int(self._rules.clock())
        claims = {
            "iss": ISSUER,
            "aud": self._accounts.teams_app_id,
            "nbf": now - 300,
            "exp": now + LIFETIME_SECONDS,
            "serviceurl": service_url,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID, "x5t": KEY_ID})

    def is_valid(self, header: str) -> bool:
        """Return whether an `Authorization` header holds a token that was issued here and has not expired."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return False
        try:
            options: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}  # by our own clock, below
            claims = jwt.decode(token.strip(), self._key.public_key(), algorithms=["RS256"], audience=ISSUER, options=options)
        except jwt.PyJWTError:
            return False
        return claims.get("appid") == self._accounts.teams_app_id and claims["exp"] > self._rules.clock()

    async def metadata(self, _request: Request) -> Response:
        """Respond with the OpenID configuration."""
        return JSONResponse(
            {
                "issuer": ISSUER,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{self._own_url}/teams/openid/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def keys(self, _request: Request) -> Response:
        """Respond with the public key, endorsed for Teams."""
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        entry = {**public, "use": "sig", "kid": KEY_ID, "x5t": KEY_ID, "endorsements": ["msteams"]}
        return JSONResponse({"keys": [{name: value for name, value in entry.items() if name != "key_ops"}]})

    async def issue(self, request: Request) -> Response:
        """Respond with a token for the bot's calls if the app id and the password are right."""
        body = (await request.body()).decode("utf-8", "replace")
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        if problem := self._problem(request.path_params["tenant"], form):
            status, error, code, message = problem
            description = f"AADSTS{code}: {message}"
            return JSONResponse({"error": error, "error_description": description, "error_codes": [code]}, status)
        now = int(self._rules.clock())
        claims = {
            "aud": ISSUER,
            "iss": f"https://sts.windows.net/{self._accounts.teams_tenant_id}/",
            "appid": self._accounts.teams_app_id,
            "tid": self._accounts.teams_tenant_id,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
        }
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})
        lifetimes = {"expires_in": LIFETIME_SECONDS - 1, "ext_expires_in": LIFETIME_SECONDS - 1}
        return JSONResponse({"token_type": "Bearer", **lifetimes, "access_token": token})

    def _problem(self, tenant: str, form: dict[str, str]) -> tuple[int, str, int, str] | None:
        if tenant != self._accounts.teams_tenant_id:
            return 400, "invalid_request", 90002, f"Tenant '{tenant}' not found."
        if form.get("grant_type") != "client_credentials":
            return 400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
        if form.get("client_id") != self._accounts.teams_app_id:
            return 400, "unauthorized_client", 700016, "Application was not found in the directory."
        if form.get("client_secret") != self._accounts.teams_app_password:
            return 401, "invalid_client", 7000215, "Invalid client secret provided."
        if form.get("scope") != SCOPE:
            return 400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."
        return None


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
