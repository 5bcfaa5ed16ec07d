"""Keep decoded source maps for a while, within a bound of memory, and decode each only once however many events wait for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from cachetools import LRUCache, TTLCache

from core.artifacts.source_maps import MapRef, StoredMap
from core.rules.source_maps.decoding import BadMap
from core.rules.source_maps.index import MapIndex

log = logging.getLogger(__name__)

MAX_CACHE_BYTES = 96 * 1024 * 1024
FAILURE_SECONDS = 600
"""How long it is remembered that a map cannot be decoded. Then it is tried again: the machine may have been too busy."""
PENDING = "is being read. Reload the page in a few seconds"
_REMOVED = "was removed"
_UNREADABLE = "could not be read"

Load = Callable[[int, Collection[MapRef]], Mapping[MapRef, StoredMap]]
"""Reads stored maps of a project."""
Decode = Callable[[bytes, bytes | None], MapIndex]
"""Decodes a map with its script. Raises BadMap or OSError."""


class DecodedMaps:
    """Decoded maps by where they are stored. Safe to share between threads. One map is decoded at a time."""

    def __init__(self, load: Load, decode: Decode, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._load = load
        self._decode = decode
        self._kept: LRUCache[MapRef, MapIndex] = LRUCache(max_bytes, getsizeof=lambda index: index.size)
        self._failed: TTLCache[MapRef, str] = TTLCache(4096, FAILURE_SECONDS, time.monotonic)
        self._running: dict[MapRef, Future[MapIndex | str]] = {}
        self._guard = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="quell-maps")

    def get(self, project_id: int, refs: Collection[MapRef], seconds: float | None = None) -> dict[MapRef, MapIndex | str]:
        """Return the decoded maps, or why one cannot be used. Waits at most ``seconds`` for those that are decoded meanwhile, forever if None."""
        with self._guard:
            found = {ref: self._known(project_id, ref) for ref in dict.fromkeys(refs)}
        running = [future for future in found.values() if isinstance(future, Future)]
        if running:
            wait(running, seconds)
        return {ref: _result(value) if isinstance(value, Future) else value for ref, value in found.items()}

    def close(self) -> None:
        """Give up the maps that wait to be decoded, and wait for the one that is decoded at the moment."""
        self._pool.shutdown(cancel_futures=True)

    def _known(self, project_id: int, ref: MapRef) -> MapIndex | str | Future[MapIndex | str]:
        """Return the map, why it cannot be decoded, or its decoding, which is begun if nobody has."""
        known: MapIndex | str | Future[MapIndex | str] | None = self._kept.get(ref) or self._failed.get(ref) or self._running.get(ref)
        if known is None:
            known = self._running[ref] = self._pool.submit(self._decoded, project_id, ref)
        return known

    def _decoded(self, project_id: int, ref: MapRef) -> MapIndex | str:
        try:
            result = self._try(project_id, ref)
            with self._guard:
                if isinstance(result, MapIndex) and result.size <= self._kept.maxsize:
                    self._kept[ref] = result
                elif isinstance(result, str):
                    self._failed[ref] = result
            return result
        finally:
            with self._guard:
                del self._running[ref]

    def _try(self, project_id: int, ref: MapRef) -> MapIndex | str:
        stored = self._load(project_id, [ref]).get(ref)
        if stored is None:
            return _REMOVED
        try:
            return self._decode(stored.content, stored.script)
        except BadMap as refused:
            return str(refused)
        except (OSError, ValueError, MemoryError):
            # ValueError: what the other process wrote is no index.
            log.exception("source map could not be decoded map=%s", ref.id)
            return _UNREADABLE


def _result(future: Future[MapIndex | str]) -> MapIndex | str:
    return future.result() if future.done() and not future.cancelled() else PENDING
