"""Events with ids that are none, and what is posted as an event but tells of no error."""

from __future__ import annotations

import json
import re

import pytest

from core.types import JSON
from tests.support.ingest.app import Doorstep
from tests.support.ingest.sdk_events import ID, envelope, one

TRANSACTION = {
    "type": "transaction",
    "transaction": "GET /shop",
    "start_timestamp": 1795860000.0,
    "timestamp": 1795860001.0,
    "spans": [],
    "contexts": {"trace": {"trace_id": "a" * 32, "span_id": "b" * 16, "op": "http.server"}},
}
NO_ERRORS: list[JSON] = [
    TRANSACTION,
    TRANSACTION | {"event_id": ID, "message": "odd"},
    {"type": "feedback", "contexts": {"feedback": {"message": "I like it"}}},
    {"type": "check_in", "check_in_id": ID, "monitor_slug": "backup", "status": "ok"},
    {"type": "session", "sid": ID, "init": True, "status": "ok"},
    {"type": "client_report", "discarded_events": []},
    {"type": "profile", "profile": {}},
    {"type": "replay_event", "replay_id": ID},
    {"type": "something new"},
]


@pytest.mark.parametrize("event", NO_ERRORS, ids=[event["type"] for event in NO_ERRORS])
def test_what_is_no_error_is_accepted_as_an_event_and_makes_no_issue(doorstep: Doorstep, event: JSON) -> None:
    project = doorstep.project()
    for answer in (doorstep.store(project, event), doorstep.envelope(project, one(event, event_id=ID))):
        assert (answer.status, len(answer.json["id"])) == (200, 32)
    assert doorstep.issues(project) == []


@pytest.mark.parametrize("kind", ["error", "Error", "default", "event", "csp", "", None, 5, "my own type"])
def test_an_error_of_any_type_makes_an_issue(doorstep: Doorstep, kind: object) -> None:
    project = doorstep.project()
    assert doorstep.store(project, {"type": kind, "message": "m"}).status == 200
    assert len(doorstep.issues(project)) == 1


def test_what_makes_no_issue_uses_up_no_quota(doorstep_with_quota: Doorstep) -> None:
    project = doorstep_with_quota.project()
    assert {doorstep_with_quota.store(project, TRANSACTION).status for _ in range(9)} == {200}
    assert [doorstep_with_quota.store(project, {"message": "m"}).status for _ in range(4)] == [200, 200, 200, 429]


def test_a_transaction_beside_an_error_does_not_stand_in_its_way(doorstep: Doorstep) -> None:
    project = doorstep.project()
    error = json.dumps({"event_id": ID, "message": "m"}).encode()
    body = envelope(({"type": "event"}, json.dumps(TRANSACTION).encode()), ({"type": "event"}, error))
    assert doorstep.envelope(project, body).json == {"id": ID}
    assert [issue.title for issue in doorstep.issues(project)] == ["m"]


ODD_IDS = ["no id", "0" * 32, "00000000-0000-0000-0000-000000000000", 5, True, [ID], {"id": ID}, "x" * 100_000, "\x1b[2J"]


@pytest.mark.parametrize("odd", ODD_IDS, ids=range(len(ODD_IDS)))
def test_an_odd_id_is_replaced_and_nobodys_duplicate(doorstep: Doorstep, odd: object) -> None:
    project = doorstep.project()
    header = odd if len(json.dumps(odd)) < 1_000 else "x"
    answers = [doorstep.store(project, {"event_id": odd, "message": "m"}) for _ in range(2)]
    answers += [doorstep.envelope(project, one({"event_id": odd, "message": "m"}, event_id=header)) for _ in range(2)]
    assert {answer.status for answer in answers} == {200}
    assert all(re.fullmatch(r"[0-9a-f]{32}", answer.json["id"]) for answer in answers)
    assert doorstep.issues(project)[0].times_seen == 4
    # The envelope's own id counts where that of its only event is none.
    assert doorstep.envelope(project, one({"event_id": odd, "message": "m"}, event_id=ID)).json == {"id": ID}
