"""Give events the frames of their original code, as far as source maps were uploaded for their project."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from cachetools import TTLCache

from core.artifacts.source_maps import Artifacts, MapRef, ScriptKey
from core.mapping.decoded_maps import DecodedMaps
from core.mapping.decoder import MapDecoder
from core.rules.source_maps import frames
from core.rules.source_maps.frames import MappedEvent, Maps, Script
from core.types import JSON
from core.views import EventView

VIEW_SECONDS = 1.0
"""How long a page waits for a map that is not decoded yet."""
MAX_WAITING_VIEWS = 2
"""Pages that wait for maps at a time; further ones are shown without. Each takes one of the few threads that read for people."""
_CACHE_SECONDS = 2.0
"""How long it is remembered where the map of a script lies. A script without a map is looked up each time, so that an upload counts at once."""


@dataclass
class SourceMapper:
    """Maps the events of projects. Safe to share between threads."""

    artifacts: Artifacts
    decoded: DecodedMaps = field(init=False)

    def __post_init__(self) -> None:
        self._decoder = MapDecoder()
        self.decoded = DecodedMaps(self.artifacts.load, self._decoder.decode)
        self._located: TTLCache[tuple[int, Script], MapRef] = TTLCache(8192, _CACHE_SECONDS, time.monotonic)
        self._guard = threading.Lock()
        self._views = threading.BoundedSemaphore(MAX_WAITING_VIEWS)

    def maps(self, project_id: int, scripts: Collection[Script], seconds: float | None = None) -> Maps:
        """Return the maps of scripts that were uploaded for the project. Takes the same few statements however many scripts there are.

        Waits at most ``seconds`` for maps that are decoded meanwhile, as long as that takes if None.
        """
        refs = self._refs(project_id, scripts)
        decoded = self.decoded.get(project_id, refs.values(), seconds) if refs else {}
        return {script: decoded[ref] for script, ref in refs.items()}

    def mapped(self, project_id: int, event: JSON, seconds: float | None = None) -> MappedEvent:
        """Return the event with the frames of its original code."""
        return frames.mapped(event, self.maps(project_id, frames.scripts(event), seconds))

    def viewed(self, event: EventView, clean: Callable[[JSON], JSON]) -> tuple[EventView, Sequence[str]]:
        """Return a stored event as it is shown, and sentences that say why frames have no original.

        An event that came before its map was stored with the frames of the minified script. It is mapped whenever it is looked at and not stored
        again: a page that is read must not wait for the one writer, and the map that explains it now may be replaced by a better one. The
        issue keeps its title and its fingerprint, so that looking changes nothing.

        Args:
            event: the stored event.
            clean: removes secrets from an event; it is called if the source of a map was put into the event.

        """
        may_wait = self._views.acquire(blocking=False)
        try:
            found = self.mapped(event.project_id, event.payload, VIEW_SECONDS if may_wait else 0)
        finally:
            if may_wait:
                self._views.release()
        is_changed = found.event is not event.payload
        return (replace(event, payload=clean(found.event)) if is_changed else event), found.problems

    def close(self) -> None:
        """Stop decoding."""
        self._decoder.close()
        self.decoded.close()

    def _refs(self, project_id: int, scripts: Collection[Script]) -> dict[Script, MapRef]:
        """Return where the maps of the scripts lie; scripts without a map are absent."""
        with self._guard:
            known = {script: ref for script in scripts if (ref := self._located.get((project_id, script)))}
        missing = [script for script in scripts if script not in known]
        if not missing:
            return known
        keys = {ScriptKey(*script): script for script in missing}
        located = {keys[key]: ref for key, ref in self.artifacts.locate(project_id, list(keys)).items()}
        with self._guard:
            self._located.update({(project_id, script): ref for script, ref in located.items()})
        return known | located
