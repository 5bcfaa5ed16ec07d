"""What an event finds of the uploaded source maps."""

from __future__ import annotations

import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from cachetools import TTLCache

from core.artifacts.names import debug_id_of, is_release, names_of
from core.db.artifacts.lookup import FoundFile
from core.db.database import Database
from core.db.unit_of_work import UnitOfWork
from core.errors import DatabaseAway

K = TypeVar("K")

MAX_KEYS = 200
"""Scripts that are looked up at once; more than the frames of an event name."""
_USE_PRECISION = timedelta(days=1)
"""How exactly it is stored when a bundle was last used: an event that finds a map shall cost no write."""
_CACHE_SECONDS = 2.0
"""Seconds in which another process may not notice the first upload for a project."""


@dataclass(frozen=True)
class ScriptKey:
    """A minified script as an event names it."""

    debug_id: str | None
    url: str
    """The URL or path in the frame, such as ``https://shop.example.com/static/app.js``."""
    release: str | None
    dist: str | None


@dataclass(frozen=True)
class MapRef:
    """Where a script's map lies. ``id`` is never given to another content, so what was made of a map can be cached by it."""

    id: int
    script_id: int | None
    """The content of the minified script, if it was uploaded too."""


@dataclass(frozen=True)
class StoredMap:
    """A source map with its minified script."""

    id: int
    content: bytes
    """The JSON of the map."""
    script: bytes | None
    """The minified script, if it was uploaded too."""


class _Groups(defaultdict[K, list[FoundFile]]):
    """Files by what they are found by, the newest first."""

    def __init__(self) -> None:
        super().__init__(list)


class ProjectsWithMaps:
    """Remembers for a moment which projects have any uploads, so that all others cost nothing. Safe to share between threads."""

    def __init__(self) -> None:
        self._known: TTLCache[int, bool] = TTLCache(4096, _CACHE_SECONDS, time.monotonic)
        self._guard = threading.Lock()

    def get(self, project_id: int) -> bool | None:
        """Return whether the project has uploads; None if that is not known."""
        with self._guard:
            return self._known.get(project_id)

    def put(self, project_ids: Iterable[int], *, has_any: bool) -> None:
        """Remember it of these projects."""
        with self._guard:
            for project_id in project_ids:
                self._known[project_id] = has_any


@dataclass(frozen=True)
class Artifacts:
    """Finds the source maps that were uploaded for a project."""

    database: Database
    clock: Callable[[], datetime]
    projects: ProjectsWithMaps = field(default_factory=ProjectsWithMaps)

    def has_any(self, project_id: int) -> bool:
        """Return whether anything was uploaded for the project. Cheap: the answer is remembered for two seconds."""
        known = self.projects.get(project_id)
        if known is None:
            with self.database.read() as work:
                known = work.artifacts.has_any(project_id)
            self.projects.put([project_id], has_any=known)
        return known

    def locate(self, project_id: int, keys: Collection[ScriptKey]) -> Mapping[ScriptKey, MapRef]:
        """Return where the maps of these scripts lie, by debug id or else by release, dist and name; scripts without a map are absent.

        Reads no map, and takes three statements at most, however many keys there are. Notes, once a day for each bundle, that it is used.
        """
        if not keys or not self.has_any(project_id):
            return {}
        with self.database.read() as work:
            found = _Lookup(work, project_id, list(dict.fromkeys(keys))[:MAX_KEYS])
        now = self.clock()
        stale = {file.bundle_id for file in found.used if file.last_used_at is None or file.last_used_at <= now - _USE_PRECISION}
        if stale:
            # An event is not refused for this: the next one notes it.
            with suppress(DatabaseAway), self.database.write() as work:
                work.artifacts.mark_used(stale, now)
        return found.refs

    def load(self, project_id: int, refs: Collection[MapRef]) -> Mapping[MapRef, StoredMap]:
        """Return maps that ``locate`` found for the same project, with their scripts. A map that was removed meanwhile is absent."""
        wanted = {id_ for ref in refs for id_ in (ref.id, ref.script_id) if id_ is not None}
        if not wanted:
            return {}
        with self.database.read() as work:
            packed = work.artifacts.contents(project_id, wanted)
        contents = {id_: zlib.decompress(content, bufsize=max(size, 1)) for id_, (content, size) in packed.items()}
        return {ref: StoredMap(ref.id, contents[ref.id], contents.get(ref.script_id or 0)) for ref in refs if ref.id in contents}

    def source_maps(self, project_id: int, keys: Collection[ScriptKey]) -> Mapping[ScriptKey, StoredMap]:
        """Return the maps of these scripts: ``locate`` and ``load`` in one. Scripts without a map are absent."""
        refs = self.locate(project_id, keys)
        loaded = self.load(project_id, set(refs.values()))
        return {key: loaded[ref] for key, ref in refs.items() if ref in loaded}


class _Lookup:
    """Answers all keys of one lookup. ``refs`` has the maps, ``used`` the files that led to them."""

    def __init__(self, work: UnitOfWork, project_id: int, keys: Collection[ScriptKey]) -> None:
        self.refs: dict[ScriptKey, MapRef] = {}
        self.used: list[FoundFile] = []
        self._maps = _Groups[str]()
        by_id, by_name = _Groups[str](), _Groups[tuple[str | None, str | None, str]]()
        ids = {key: debug_id for key in keys if (debug_id := debug_id_of(key.debug_id))}
        for file in work.artifacts.with_debug_id(project_id, set(ids.values())):
            by_id[file.debug_id or ""].append(file)
        for key, debug_id in ids.items():
            self._answer(key, by_id[debug_id])
        # Only what debug ids have not answered costs more statements.
        left = [key for key in keys if key not in self.refs]
        names = {key: names_of(key.url) for key in left if key.release and is_release(key.release)}
        for file in work.artifacts.named(project_id, {key.release for key in names if key.release}, set(chain(*names.values()))):
            if not file.is_map:
                by_name[file.release, file.dist, file.url].append(file)
        unmapped = [file for key in left if key in ids for file in by_id[ids[key]]]
        for file in work.artifacts.maps_beside(project_id, [*unmapped, *chain(*by_name.values())]):
            self._maps[file.url].append(file)
        for key in left:
            # The dist of the event comes before uploads without a dist, and an exact name before one for all hosts.
            places = [(key.release, dist, name) for dist in dict.fromkeys((key.dist, None)) for name in names.get(key, ())]
            groups = [by_id[ids[key]]] if key in ids else []
            any(self._answer(key, files) for files in chain(groups, (by_name[place] for place in places)))

    def _answer(self, key: ScriptKey, files: list[FoundFile]) -> bool:
        """Take the map among these files, or else the one that the newest script among them names. Return whether there is one."""
        scripts = [file for file in files if not file.is_map]
        found = next((file for file in files if file.is_map), None) or next((near for file in scripts if (near := self._map_beside(file))), None)
        if found is None:
            return False
        self.refs[key] = MapRef(found.content_id, scripts[0].content_id if scripts else None)
        self.used += [found, *scripts[:1]]
        return True

    def _map_beside(self, script: FoundFile) -> FoundFile | None:
        """Return the map that a script names: that of its own bundle before those of other uploads for the same release and dist."""
        fitting = self._maps[script.map_url or ""]
        own = (file for file in fitting if file.bundle_id == script.bundle_id)
        others = (file for file in fitting if script.release and (file.release, file.dist) == (script.release, script.dist))
        return next(chain(own, others), None)
