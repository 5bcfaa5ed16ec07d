"""The file of pending interactions beside a SQLite database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.db.pending import PendingInteractionStore
from core.processes.interactions import PendingInteractions
from tests.support.core import Clock

ROUNDS, PROCESSES = 20, 8


def test_all_store_in_the_file_who_make_it_at_once(tmp_path: Path) -> None:
    for number in range(ROUNDS):
        places = [PendingInteractions(PendingInteractionStore(f"sqlite:///{tmp_path}/{number}.db"), Clock()) for _ in range(PROCESSES)]
        begin = threading.Barrier(PROCESSES)

        def keep(which: int, places: list[PendingInteractions] = places, begin: threading.Barrier = begin) -> int | None:
            begin.wait()
            return places[which].keep("slack", f"slack:{which}", "sealed")

        with ThreadPoolExecutor(PROCESSES) as pool:
            assert len(set(pool.map(keep, range(PROCESSES)))) == PROCESSES
        assert len(places[0].store.rows()) == PROCESSES
        for place in places:
            place.close()


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    pending = PendingInteractions(PendingInteractionStore(f"sqlite:///{tmp_path}/quell.db"), Clock())
    assert pending.is_empty
    assert pending.store.rows() == []
    pending.close()
    assert list(tmp_path.iterdir()) == []
