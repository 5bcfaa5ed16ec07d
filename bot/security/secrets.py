"""The secret key of this deployment, and what is signed and encrypted with it."""

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
"""Characters of a key, as ``QUELL_SECRET_KEY`` has them too."""


class Signer:
    """Signs what leaves the house and comes back, with a key of its own for each purpose."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._key = hmac.digest(secret_key.encode(), purpose.encode(), "sha256")

    def sign(self, word: str) -> str:
        """The word with our signature behind it."""
        return f"{word}.{self._signature(word)}"

    def word(self, signed: str) -> str | None:
        """The word without its signature; None where that is not ours."""
        word, _, signature = signed.rpartition(".")
        return word if hmac.compare_digest(signature.encode(), self._signature(word).encode()) else None

    def _signature(self, word: str) -> str:
        return hmac.digest(self._key, word.encode(), "sha256").hex()


class Sealer:
    """Encrypts what has to be read back by us alone, with a key of its own for each purpose."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        from cryptography.fernet import Fernet, InvalidToken

        self._fernet = Fernet(base64.urlsafe_b64encode(hmac.digest(secret_key.encode(), purpose.encode(), "sha256")))
        self._invalid = InvalidToken

    def seal(self, content: Mapping[str, Any]) -> str:
        """JSON that nobody can read without the key, nor change unnoticed."""
        return self._fernet.encrypt(json.dumps(content).encode()).decode()

    def opened(self, sealed: str) -> dict[str, Any] | None:
        """What was sealed; None where it was with another key."""
        try:
            content: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except self._invalid:
            return None
        return content


def sealer(settings: Settings, purpose: str) -> Sealer:
    """Encrypts with the key of these settings. Raises BadSettings where there is none."""
    key = with_key(settings).secret_key
    return Sealer(key.get_secret_value() if key else "", purpose)


def signer(settings: Settings, purpose: str) -> Signer:
    """Signs with the key of these settings. Raises BadSettings where there is none."""
    key = with_key(settings).secret_key
    return Signer(key.get_secret_value() if key else "", purpose)


def with_key(settings: Settings) -> Settings:
    """The settings with a secret key in them: the one that is set, else the one beside the SQLite file, made on the first run.

    Raises BadSettings where there is none and none can be kept.
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
    """``quell.key`` beside ``quell.db``; nowhere for a database in memory."""
    path = urlsplit(database_url).path.removeprefix("/")
    return Path(path).with_suffix(".key") if path and path != ":memory:" else None


def _kept(file: Path | None) -> str:
    if file is None:
        return secrets.token_hex(MIN_KEY_CHARS)
    try:
        if not file.exists():
            _make(file)
        elif file.stat().st_mode & 0o077:
            # It was copied or restored with the modes of other files; where it is not ours to change, it still serves.
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
    """Two processes that start at once get the same key: the file appears with its content, and only once."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(0o600)
    try:
        draft.write_text(f"{secrets.token_hex(MIN_KEY_CHARS)}\n")
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()
