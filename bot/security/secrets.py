"""The secret key of this deployment, with signing and encryption based on it."""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.settings import BadSettings, Settings

MIN_KEY_CHARS = 32
"""Minimum length of a key, also for ``QUELL_SECRET_KEY``."""


class Signer:
    """Signs values that leave the process and come back, with a separate key for each purpose."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._key = hmac.digest(secret_key.encode(), purpose.encode(), "sha256")

    def sign(self, word: str) -> str:
        """Return the word with its signature appended."""
        return f"{word}.{self._signature(word)}"

    def word(self, signed: str) -> str | None:
        """Return the word without its signature; None if the signature is invalid."""
        word, _, signature = signed.rpartition(".")
        return word if hmac.compare_digest(signature.encode(), self._signature(word).encode()) else None

    def _signature(self, word: str) -> str:
        return hmac.digest(self._key, word.encode(), "sha256").hex()


class Sealer:
    """Encrypts values that only this deployment reads back, with a separate key for each purpose."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        from cryptography.fernet import Fernet, InvalidToken

        self._fernet = Fernet(base64.urlsafe_b64encode(hmac.digest(secret_key.encode(), purpose.encode(), "sha256")))
        self._invalid = InvalidToken

    def seal(self, content: Mapping[str, Any]) -> str:
        """Encrypt and authenticate a JSON value."""
        return self._fernet.encrypt(json.dumps(content).encode()).decode()

    def opened(self, sealed: str) -> dict[str, Any] | None:
        """Decrypt a value; return None if it was encrypted with another key."""
        try:
            content: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except self._invalid:
            return None
        return content


def sealer(settings: Settings, purpose: str) -> Sealer:
    """Return a Sealer with the key of these settings. Raises BadSettings if there is none."""
    key = with_key(settings).secret_key
    return Sealer(key.get_secret_value() if key else "", purpose)


def signer(settings: Settings, purpose: str) -> Signer:
    """Return a Signer with the key of these settings. Raises BadSettings if there is none."""
    key = with_key(settings).secret_key
    return Signer(key.get_secret_value() if key else "", purpose)


def with_key(settings: Settings) -> Settings:
    """Return the settings with a secret key: the configured one, or the file beside the SQLite database, created on the first run.

    Raises BadSettings if there is no key and none can be stored.
    """
    if settings.secret_key:
        return settings
    if not settings.database_url.startswith("sqlite"):
        raise BadSettings(
            "QUELL_SECRET_KEY: with PostgreSQL all processes share one key, so it has to be set, and kept. Example: "
            'QUELL_SECRET_KEY="$(openssl rand -hex 32)"'
        )
    return Settings.model_validate(settings.model_dump() | {"secret_key": SecretStr(_kept(_beside(settings.database_url)))})


def _beside(database_url: str) -> Path | None:
    """Return the path of ``quell.key`` beside ``quell.db``; None for a database in memory."""
    path = urlsplit(database_url).path.removeprefix("/")
    return Path(path).with_suffix(".key") if path and path != ":memory:" else None


def _kept(file: Path | None) -> str:
    if file is None:
        return secrets.token_hex(MIN_KEY_CHARS)
    try:
        if not file.exists():
            _make(file)
        elif file.stat().st_mode & 0o077:
            # The file may have been copied with wrong permissions. If we may not change them, it still works.
            with suppress(PermissionError):
                file.chmod(0o600)
        key = file.read_text().strip()
    except OSError as error:
        raise BadSettings(f"QUELL_SECRET_KEY: {file} cannot be used ({error.strerror}). Make its folder writable, or set the key.") from None
    if len(key) < MIN_KEY_CHARS:
        raise BadSettings(
            f"QUELL_SECRET_KEY: {file} holds no key of at least {MIN_KEY_CHARS} characters. Remove it to have a new one made, or set the key."
        )
    return key


def _make(file: Path) -> None:
    """Create the key file. Two processes that start at once get the same key: the file appears with its content, and only once."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(0o600)
    try:
        draft.write_text(f"{secrets.token_hex(MIN_KEY_CHARS)}\n")
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()
