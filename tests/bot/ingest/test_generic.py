"""The hook for scripts, on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.api.wording import status_name
from bot.ingest.hooks.generic import Report
from bot.ingest.limits import MIB
from core.types import JSON, Level, Source
from tests.examples import examples
from tests.support.core import NOON, World
from tests.support.ingest.webhooks import Hooks, hooks_of


@pytest.fixture
def hooks(world: World) -> Iterator[Hooks]:
    with hooks_of(world) as hooks:
        yield hooks


def test_a_title_is_enough(hooks: Hooks) -> None:
    answer = hooks.report({"title": "The backup failed"})
    assert (answer["accepted"], answer["resolved"], len(answer["ids"])) == (1, 0, 1)
    assert (hooks.issue().title, hooks.level(), hooks.event().happened_at) == ("The backup failed", Level.ERROR, NOON)
    assert hooks.event().event_id == answer["ids"][0]


def test_what_the_documentation_shows_works(hooks: Hooks) -> None:
    examples = re.findall(r"/hooks/json/\S+ -d '(.+?)'", (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(), re.DOTALL)
    answers = [hooks.post("json", example.encode(), **{"Content-Type": "application/x-www-form-urlencoded"}).json for example in examples]
    assert [answer["resolved"] for answer in answers] == [0, 1]
    assert hooks.issue().title == "The backup failed"


def test_all_that_is_said_is_kept(hooks: Hooks) -> None:
    hooks.report(
        {
            "title": "The backup failed",
            "message": "rsync: connection refused\nrsync: code 10",
            "level": "Warn",
            "culprit": "cron on db1",
            "user": {"id": 42, "email": "ada@example.com"},
            "release": "backup@1.4.2",
            "environment": "production",
            "tags": {"host": "db1", "try": 3, "is_last": True},
            "timestamp": "2026-11-23T11:00:00Z",
            "colour": "red",
        }
    )
    issue, event = hooks.issue(), hooks.event()
    assert (issue.message, issue.culprit, hooks.level()) == ("rsync: connection refused\nrsync: code 10", "cron on db1", Level.WARNING)
    assert (event.release, event.environment, event.happened_at) == ("backup@1.4.2", "production", NOON - timedelta(hours=1))
    assert event.payload["tags"] == {"host": "db1", "try": "3", "is_last": "true"}
    assert issue.users_seen == 1


def test_a_user_is_counted_once_however_they_are_told_of(hooks: Hooks) -> None:
    users: list[object] = ["ada", 42, {"email": "ada@example.com"}]
    hooks.report(*({"title": "Boom", "user": user} for user in users * 2))
    assert (hooks.issue().times_seen, hooks.issue().users_seen) == (6, 3)


@pytest.mark.parametrize("fingerprint", ["backup-db1", ["backup", "db1"]])
def test_reports_are_grouped_by_their_fingerprint(hooks: Hooks, fingerprint: object) -> None:
    hooks.report({"title": "The backup failed", "fingerprint": fingerprint}, {"title": "No space left", "fingerprint": fingerprint})
    assert (hooks.issue().title, hooks.issue().times_seen) == ("No space left", 2)


def test_without_a_fingerprint_titles_that_differ_in_numbers_are_one_issue(hooks: Hooks) -> None:
    hooks.report({"title": "Order 41 is lost", "message": "a"}, {"title": "Order 42 is lost", "message": "b"}, {"title": "No more orders"})
    assert [issue.times_seen for issue in hooks.issues()] == [2, 1]


@pytest.mark.parametrize("name", [{"title": "The backup failed"}, {"fingerprint": "backup"}, {"title": "Another title", "fingerprint": "backup"}])
def test_what_is_over_is_resolved_by_the_name_it_was_reported_under(hooks: Hooks, name: JSON) -> None:
    hooks.report({"title": "The backup failed"} | ({"fingerprint": "backup"} if "fingerprint" in name else {}))
    hooks.world.clock.pass_by(minutes=1)
    answer = hooks.report({"status": "resolved"} | name)
    assert (answer["resolved"], answer["ids"], hooks.state()[0]) == (1, [], "resolved")
    assert hooks.world.core.reads.activities(hooks.world.organization_id, "SHOP-1")[0].source == Source.WEBHOOK
    hooks.world.clock.pass_by(minutes=1)
    hooks.report({"title": "The backup failed"} | name | {"status": "firing"})
    assert hooks.state() == ("unresolved", "regressed", 2)


@pytest.mark.parametrize(("order", "status"), [(["firing", "resolved"], "resolved"), (["firing", "resolved", "firing"], "unresolved")])
def test_a_list_is_taken_in_its_order(hooks: Hooks, order: list[str], status: str) -> None:
    hooks.report(*({"title": "The backup failed", "status": one} for one in order))
    assert status_name(hooks.issue().status) == status


@pytest.mark.parametrize("name", ["9ec79c33-ec99-42ab-8353-589fcb2e04dc", "backup-2026-11-23"])
def test_a_report_with_an_id_counts_once(hooks: Hooks, name: str) -> None:
    answers = [hooks.report({"title": "The backup failed", "event_id": name}) for _ in range(2)]
    assert answers[0] == answers[1]
    assert hooks.issue().times_seen == 1


def test_secrets_are_taken_out(hooks: Hooks) -> None:
    hooks.report({"title": "password=hunter2 is wrong", "message": "postgres://ada:hunter2@db", "tags": {"token": "hunter2"}})
    assert "hunter2" not in json.dumps(hooks.event().payload) + hooks.issue().title + hooks.issue().message


def test_the_key_and_the_content_type_may_be_whatever_a_script_can_set(hooks: Hooks) -> None:
    key = hooks.project.public_key
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert hooks.post("json", {"title": "Boom"}, **{"Content-Type": kind}).status == 200
    for name, value in (("X-Quell-Key", key), ("Authorization", f"Bearer {key}")):
        assert hooks.post("json", {"title": "Boom"}, "", **{name: value}).status == 200


def test_without_the_right_key_nobody_is_let_in(hooks: Hooks, other_world: World) -> None:
    for query, status in (("", 401), ("?key=nobodys", 401), (f"?key={other_world.project.public_key}", 403)):
        answer = hooks.post("json", {"title": "Boom"}, query)
        assert (answer.status, answer.json["detail"][-1]) == (status, ".")
    assert hooks.issues() == []


WRONG: list[tuple[str, object]] = [
    ("title", 5),
    ("title", " "),
    ("message", []),
    ("level", "terrible"),
    ("level", 40),
    ("fingerprint", {}),
    ("culprit", 1),
    ("user", [1]),
    ("release", 1),
    ("environment", {}),
    ("tags", ["host"]),
    ("tags", {"host": []}),
    ("status", "purple"),
    ("timestamp", "yesterday"),
    ("timestamp", True),
    ("event_id", 5),
]


def test_a_list_with_one_wrong_field_is_refused_whole_with_its_name_and_an_example(hooks: Hooks) -> None:
    for name, value in WRONG:
        detail = hooks.refused("json", [{"title": "Good"}, {"title": "Bad"} | {name: value}])
        assert detail.startswith(f"[1].{name} must be ")
        assert '"' in detail
    assert hooks.issues() == []


def test_every_field_has_a_description_for_whoever_gets_it_wrong() -> None:
    assert all(field.description for field in Report.model_fields.values())


NO_REPORTS: list[tuple[object, str]] = [
    (b"title=Boom", "The body is not JSON."),
    (b"", "The body is not JSON."),
    (b"[" * 100_000, "The body is not JSON."),
    ("Boom", "The body must be a JSON object."),
    ([{"title": "Good"}, 5], "[1] must be a JSON object."),
    ({"culprit": "Boom"}, "title must be a text that is not empty"),
    ({"status": "resolved", "culprit": "Boom"}, "title or fingerprint must say what is resolved"),
    ([{"title": "Boom"}] * 1_001, "The list must have at most 1,000 reports."),
]


def test_what_is_no_report_is_refused(hooks: Hooks) -> None:
    for body, said in NO_REPORTS:
        assert hooks.refused("json", body).startswith(said)
    assert hooks.issues() == []


def test_too_much_is_refused(hooks: Hooks) -> None:
    assert hooks.refused("json", {"title": "x" * MIB}, 413) == "The body is larger than 1 MiB."
    assert hooks.refused("json", [{"title": "x"}, {"title": "x" * MIB}], 413) == "[1] is larger than 1 MiB."


def test_over_its_quota_a_project_is_told_when_to_come_back(world: World) -> None:
    with hooks_of(world, quota=1) as hooks:
        assert [hooks.post("json", {"title": "Boom"}).status for _ in range(2)] == [200, 429]
        assert hooks.post("json", {"title": "Boom", "status": "resolved"}).status == 200


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3) | st.just("id"), inner, max_size=2),
    max_leaves=5,
)
REPORTS = st.dictionaries(st.sampled_from(sorted(Report.model_fields)), ANYTHING).map(lambda odd: {"title": "Odd"} | odd)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=REPORTS | st.lists(REPORTS | ANYTHING, max_size=3) | ANYTHING | st.binary(max_size=20))
def test_whatever_is_sent_the_hook_does_not_break(hooks: Hooks, body: object) -> None:
    assert hooks.post("json", body).status in {200, 400}
