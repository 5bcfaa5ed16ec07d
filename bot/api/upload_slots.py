"""How many uploads a process works on at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from bot.api.problems import Refusal

_CHUNK_REQUESTS = 8
_PATIENCE_SECONDS = 20.0
"""Shorter than a connection may rest without progress."""


@dataclass(frozen=True)
class UploadSlots:
    """The turns of uploads. Those that wait hold no memory. One bundle at a time is made, because that takes seconds of work."""

    chunks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_CHUNK_REQUESTS))
    bundles: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    patience: float = _PATIENCE_SECONDS

    @asynccontextmanager
    async def for_chunks(self) -> AsyncIterator[None]:
        """Wait for a turn to send chunks. Raises Refusal (503), after which clients try again."""
        try:
            await asyncio.wait_for(self.chunks.acquire(), self.patience)
        except TimeoutError:
            sentence = "Too many uploads run at the same time. Try again in a moment."
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, sentence, {"Retry-After": "5"}) from None
        try:
            yield
        finally:
            self.chunks.release()
