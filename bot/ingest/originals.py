"""Give events the frames of their original code before they are named and grouped.

Only the events of JavaScript of projects that have source maps take this way; it costs all others nothing but a look at a cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.ingest.events import in_new_names, read_event
from bot.workers import Workers
from core.artifacts.source_maps import Artifacts
from core.events.record import Occurrence
from core.mapping.mapper import SourceMapper
from core.rules.grouping.own_rules import OwnRules
from core.rules.source_maps import frames
from core.rules.source_maps.frames import Maps, Script
from core.types import JSON

MAX_WAITING = 64
"""Requests that may wait for maps. Only the first event of a build waits for long."""
MAX_SECONDS = 15.0
"""How long an event waits for a map that is decoded. Then it is taken as it is, and mapped when somebody looks at it."""
_PLATFORMS = (b"javascript", b"node")
"""One of these stands somewhere in the text of every event of JavaScript."""

Originals = Callable[[JSON], JSON]
"""Gives an event its original frames."""
Build = Callable[[Sequence[bytes], OwnRules, Originals | None], list[Occurrence | None]]


class OriginalFrames:
    """Knows which requests hold events that may have original frames."""

    def __init__(self, artifacts: Artifacts, mapper: SourceMapper, workers: Workers) -> None:
        self.mapper = mapper
        self.workers = workers
        self.waiting = 0
        self._artifacts = artifacts

    async def of_project(self, project_id: int, texts: Sequence[bytes]) -> ProjectOriginals | None:
        """Return the way to the original frames of the events of a request; None if they have none."""
        has_maps = self._artifacts.projects.get(project_id)
        if has_maps is None:
            has_maps = await self.workers.read(self._artifacts.has_any, project_id)
        is_of_scripts = has_maps and any(name in text for text in texts for name in _PLATFORMS)
        return ProjectOriginals(self, project_id) if is_of_scripts else None


@dataclass(frozen=True)
class ProjectOriginals:
    """The way to the original frames of one project."""

    shared: OriginalFrames
    project_id: int

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused, because too many wait for maps."""
        return self.shared.waiting >= MAX_WAITING

    async def run(self, build: Build, texts: Sequence[bytes], rules: OwnRules) -> list[Occurrence | None]:
        """Build the occurrences of the events of a request in a thread. Raises what ``build`` raises."""
        self.shared.waiting += 1
        try:
            return await self.shared.workers.map_frames(self._build, build, texts, rules)
        finally:
            self.shared.waiting -= 1

    def _build(self, build: Build, texts: Sequence[bytes], rules: OwnRules) -> list[Occurrence | None]:
        maps = self._maps(texts)
        return build(texts, rules, (lambda event: frames.mapped(event, maps).event) if maps else None)

    def _maps(self, texts: Sequence[bytes]) -> Maps:
        """Return the maps of all events at once. Each event is parsed for itself here, because parsed it takes many times the size of its text."""
        scripts: dict[Script, None] = {}
        for text in texts:
            scripts |= dict.fromkeys(frames.scripts(in_new_names(read_event(text))))
        return self.shared.mapper.maps(self.project_id, scripts, MAX_SECONDS) if scripts else {}
