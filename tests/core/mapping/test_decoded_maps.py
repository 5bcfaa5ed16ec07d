"""A map is decoded once, kept within a bound, and its failure is remembered."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.artifacts.source_maps import MapRef, StoredMap
from core.mapping import decoded_maps
from core.mapping.decoded_maps import PENDING, DecodedMaps
from core.rules.source_maps.decoding import BadMap
from core.rules.source_maps.index import MapIndex
from tests.support.artifacts.source_maps import index_of, map_json

INDEX = index_of(map_json())


@dataclass
class Decoding:
    """Stands for storage and decoder, and counts what is asked of them."""

    missing: Collection[int] = ()
    failing: BaseException | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    loaded: list[tuple[int, int]] = field(default_factory=list)

    def load(self, project_id: int, refs: Collection[MapRef]) -> dict[MapRef, StoredMap]:
        self.loaded += [(project_id, ref.id) for ref in refs]
        return {ref: StoredMap(ref.id, b"", None) for ref in refs if ref.id not in self.missing}

    def decode(self, content: bytes, script: bytes | None) -> MapIndex:
        assert self.gate.wait(30)
        if self.failing:
            raise self.failing
        return INDEX


@contextmanager
def maps_of(decoding: Decoding, max_bytes: int = 10**6, *, is_open: bool = True) -> Iterator[DecodedMaps]:
    maps = DecodedMaps(decoding.load, decoding.decode, max_bytes)
    if is_open:
        decoding.gate.set()
    yield maps
    decoding.gate.set()
    maps.close()


def ref(number: int) -> MapRef:
    return MapRef(number, None)


def test_a_map_is_decoded_once() -> None:
    decoding = Decoding()
    with maps_of(decoding) as maps:
        for _ in range(3):
            assert maps.get(7, [ref(1), ref(1)]) == {ref(1): INDEX}
    assert decoding.loaded == [(7, 1)]


def test_many_that_wait_for_a_map_wait_for_one_decoding() -> None:
    decoding = Decoding()
    found: list[object] = []
    with maps_of(decoding, is_open=False) as maps:
        threads = [threading.Thread(target=lambda: found.append(maps.get(7, [ref(1)])[ref(1)])) for _ in range(8)]
        for thread in threads:
            thread.start()
        assert maps.get(7, [ref(1)], seconds=0) == {ref(1): PENDING}
        decoding.gate.set()
        for thread in threads:
            thread.join(30)
    assert (found, decoding.loaded) == ([INDEX] * 8, [(7, 1)])


def test_the_script_is_part_of_what_is_decoded() -> None:
    decoding = Decoding()
    with maps_of(decoding) as maps:
        maps.get(7, [MapRef(1, None), MapRef(1, 2)])
    assert len(decoding.loaded) == 2


def test_the_bytes_that_are_kept_are_bounded() -> None:
    decoding = Decoding()
    with maps_of(decoding, INDEX.size * 2) as maps:
        for number in (1, 2, 3, 2, 3, 1):
            maps.get(7, [ref(number)])
        assert maps._kept.currsize <= INDEX.size * 2
    assert [number for _, number in decoding.loaded] == [1, 2, 3, 1]


def test_a_map_that_cannot_be_kept_is_used_all_the_same() -> None:
    decoding = Decoding()
    with maps_of(decoding, 1) as maps:
        assert maps.get(7, [ref(1)]) == {ref(1): INDEX}


def test_a_failure_is_remembered_with_its_reason() -> None:
    decoding = Decoding(failing=BadMap("is not JSON"))
    with maps_of(decoding) as maps:
        assert [maps.get(7, [ref(1)])[ref(1)] for _ in range(3)] == ["is not JSON"] * 3
    assert len(decoding.loaded) == 1


def test_what_cannot_be_foreseen_is_a_failure_like_others() -> None:
    for error in (OSError("no process"), ValueError("odd"), MemoryError()):
        with maps_of(Decoding(failing=error)) as maps:
            assert maps.get(7, [ref(1)]) == {ref(1): "could not be read"}


def test_a_map_that_was_removed_meanwhile_is_a_reason() -> None:
    with maps_of(Decoding(missing=[1])) as maps:
        assert maps.get(7, [ref(1), ref(2)]) == {ref(1): "was removed", ref(2): INDEX}


def test_those_that_wait_when_it_closes_are_told() -> None:
    decoding = Decoding()
    with maps_of(decoding, is_open=False) as maps:
        assert maps.get(7, [ref(1), ref(2)], seconds=0) == {ref(1): PENDING, ref(2): PENDING}
        threading.Timer(0, decoding.gate.set).start()
        maps.close()
    assert decoded_maps._result(maps._running.get(ref(2)) or _cancelled()) == PENDING


def _cancelled() -> Future[MapIndex | str]:
    future: Future[MapIndex | str] = Future()
    future.cancel()
    return future
