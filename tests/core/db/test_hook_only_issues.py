"""After an upgrade, issues that only a hook fed are still ended by that hook; those of which that is not sure are not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, MetaData, Table, create_engine, insert, select

from core.bootstrap import CoreSettings, open_core
from tests.support.core import NOON
from tests.support.db.old_databases import migrate

LOGGERS: dict[int, list[str | None]] = {
    1: ["alertmanager", "alertmanager"],
    2: ["webhook"],
    3: ["alertmanager", "webhook"],
    4: ["alertmanager", None],
    5: ["shop"],
    6: [],
}
"""By issue, what each of its stored events says of itself."""


def test_an_upgrade_marks_the_issues_that_one_hook_alone_has_fed(empty_url: str) -> None:
    engine = create_engine(empty_url)
    migrate(engine, "0009")
    with engine.begin() as connection:
        _fill(connection, _tables(connection))
    core = open_core(CoreSettings(empty_url))
    core.upgrade()
    core.close()
    with engine.connect() as connection:
        issues = _tables(connection)["issues"]
        marks = {row.id: row.only_source for row in connection.execute(select(issues.c.id, issues.c.only_source))}
    engine.dispose()
    assert marks == {1: "alertmanager", 2: "webhook", 3: None, 4: None, 5: None, 6: None}


def _tables(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return dict(metadata.tables)


def _fill(connection: Connection, tables: dict[str, Table]) -> None:
    now = NOON if connection.dialect.name == "postgresql" else NOON.replace(tzinfo=None)
    connection.execute(insert(tables["organisations"]), {"id": 1, "slug": "acme", "created_at": now})
    project = {"id": 1, "organisation_id": 1, "slug": "shop", "public_key": "k", "last_number": 6, "created_at": now}
    connection.execute(insert(tables["projects"]), project)
    texts = {"title": "Boom", "culprit": "", "message": "", "platform": "other", "details": {}}
    numbers = {"version": 1, "status": 0, "level": 40, "priority": 75, "first_priority": 75, "times_seen": 1, "users_seen": 0, "comments": 0}
    times = dict.fromkeys(("first_seen_at", "last_seen_at", "active_at"), now)
    for id_, loggers in LOGGERS.items():
        connection.execute(insert(tables["issues"]), {"id": id_, "project_id": 1, "number": id_, **texts, **numbers, **times})
        for place, logger in enumerate(loggers):
            payload: dict[str, Any] = {"logger": logger} if logger else {}
            event = {
                "project_id": 1,
                "issue_id": id_,
                "event_id": f"{id_:016x}{place:016x}",
                "happened_at": now,
                "received_at": now,
                "payload": payload,
            }
            connection.execute(insert(tables["events"]), event)
