"""A new SQLite file that several processes open at the same moment."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from core.bootstrap import CoreSettings, open_core

OPENERS, FILES = 4, 25
"""SQLite refused one of four in every eighth file when the switch to WAL was not tried again."""


def test_all_that_open_a_new_file_at_once_can_use_it(tmp_path: Path) -> None:
    refused: list[Exception] = []
    for number in range(FILES):
        file, together = tmp_path / f"{number}.db", threading.Barrier(OPENERS)
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE something (id INTEGER)")
        connection.close()

        def use(url: str, together: threading.Barrier) -> None:
            core = open_core(CoreSettings(url))
            together.wait()
            try:
                with core.database.engine.connect() as connection:
                    connection.exec_driver_sql("SELECT count(*) FROM something")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
                refused.append(error)
            core.close()

        openers = [threading.Thread(target=use, args=(f"sqlite:///{file}", together)) for _ in range(OPENERS)]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join()
    assert refused == []
