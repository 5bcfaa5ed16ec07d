"""Alertmanager's webhook: what it really sends, again and again and out of order, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.api.wording import status_name
from bot.ingest.hooks.endpoint import MAX_BODY_BYTES
from bot.ingest.limits import MIB
from core.issues.actions import Archive, Resolve, Unresolve
from core.notify.watches import ChannelName
from core.types import JSON, Level, Source
from tests.examples import examples
from tests.support.core import NOON, World
from tests.support.ingest.webhooks import Hooks, hooks_of

FIRING: JSON = {
    "receiver": "hook",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "ZeroDivisionError", "issue": "SHOP-1", "project": "shop", "severity": "error"},
            "annotations": {"summary": "division by zero in pay()"},
            "startsAt": "2026-11-23T03:13:54.71573Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://127.0.0.1/issues/1",
            "fingerprint": "12056e1cca13efd6",
        },
        {
            "status": "firing",
            "labels": {"alertname": "ZeroDivisionError", "issue": "SHOP-2", "project": "shop", "severity": "error"},
            "annotations": {"summary": "division by zero in refund()"},
            "startsAt": "2026-11-23T03:13:54.71573Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://127.0.0.1/issues/2",
            "fingerprint": "14cfe51662c948d5",
        },
    ],
    "groupLabels": {"alertname": "ZeroDivisionError", "project": "shop"},
    "commonLabels": {"alertname": "ZeroDivisionError", "project": "shop", "severity": "error"},
    "commonAnnotations": {},
    "externalURL": "http://vm:9093",
    "version": "4",
    "groupKey": '{}:{alertname="ZeroDivisionError", project="shop"}',
    "truncatedAlerts": 0,
}
"""What Alertmanager 0.25 sent, byte for byte but for the spaces."""


def resolved(notification: JSON) -> JSON:
    """The same, as it was sent two seconds later."""
    alerts = [alert | {"status": "resolved", "endsAt": "2026-11-23T03:13:56.704893Z"} for alert in notification["alerts"]]
    return notification | {"status": "resolved", "alerts": alerts}


@pytest.fixture
def hooks(world: World) -> Iterator[Hooks]:
    with hooks_of(world) as hooks:
        yield hooks


def alert(status: str = "firing", began: float = 0, ended: float | None = None, **labels: str) -> JSON:
    """An alert that began (and ended) so many seconds after noon."""
    return {
        "status": status,
        "labels": {"alertname": "DiskFull", "severity": "critical"} | labels,
        "annotations": {"summary": "The disk of db1 is full", "description": "97 % of /var\nare used.", "runbook_url": "https://wiki/disk"},
        "startsAt": (NOON + timedelta(seconds=began)).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z" if ended is None else (NOON + timedelta(seconds=ended)).isoformat(),
        "generatorURL": "http://prometheus:9090/graph?g0.expr=disk",
        "fingerprint": f"f{len(labels)}",
    }


# What becomes of a notification -----------------------------------------------------------------------------------------


def test_each_alert_of_a_real_group_is_an_issue_of_its_own_until_it_is_resolved(hooks: Hooks) -> None:
    first = hooks.post("alertmanager", FIRING)
    assert (first.status, first.json) == (200, {"accepted": 2, "resolved": 0, "truncatedAlerts": 0})
    assert [issue.title for issue in hooks.issues()] == ["division by zero in pay()", "division by zero in refund()"]
    assert hooks.post("alertmanager", resolved(FIRING)).json["resolved"] == 2
    assert {status_name(issue.status) for issue in hooks.issues()} == {"resolved"}
    newest = hooks.world.core.reads.activities(hooks.world.organization_id, "SHOP-1")[0]
    assert (newest.type.name, newest.source) == ("SET_RESOLVED", Source.ALERTMANAGER)


def test_an_alert_says_what_it_is_where_and_how_bad(hooks: Hooks) -> None:
    hooks.alert(alert(instance="db1:9100", env="staging"))
    issue, event = hooks.issue(), hooks.event()
    assert (issue.title, issue.message, issue.culprit) == ("The disk of db1 is full", "97 % of /var\nare used.", "db1:9100")
    assert (hooks.level(), event.environment, event.happened_at) == (Level.FATAL, "staging", NOON)
    assert event.payload["tags"]["instance"] == "db1:9100"
    assert event.payload["extra"]["generatorURL"] == "http://prometheus:9090/graph?g0.expr=disk"
    assert event.payload["extra"]["runbook_url"] == "https://wiki/disk"


def test_the_severity_is_the_level(hooks: Hooks) -> None:
    levels = {"page": Level.FATAL, "Warning": Level.WARNING, "info": Level.INFO, "none": Level.INFO, "error": Level.ERROR, "odd": Level.ERROR}
    hooks.alert(*(alert(severity=severity) | {"fingerprint": severity} for severity in levels))
    assert [issue.level for issue in hooks.issues()] == list(levels.values())


def test_an_alert_without_summary_is_called_by_its_name_and_known_by_its_labels(hooks: Hooks) -> None:
    for began in (0, 60):
        bare = {"status": "firing", "labels": {"alertname": "Watchdog"}, "startsAt": (NOON + timedelta(seconds=began)).isoformat()}
        assert hooks.alert(bare, annotations=None)["accepted"] == 1
    assert (hooks.issue().title, hooks.issue().times_seen) == ("Watchdog", 1 + 1)


def test_secrets_in_labels_and_annotations_are_taken_out(hooks: Hooks) -> None:
    hooks.alert(alert(api_token="hunter2") | {"annotations": {"summary": "password=hunter2 is wrong", "description": "postgres://ada:hunter2@db"}})
    assert "hunter2" not in json.dumps(hooks.event().payload) + hooks.issue().title + hooks.issue().message


# Again and again --------------------------------------------------------------------------------------------------------


def test_an_alert_is_not_resolved_by_age_while_it_fires(hooks: Hooks) -> None:
    core, project = hooks.world.core, hooks.world.project
    hooks.alert(alert())
    core.directory.set_resolve_age(project, 24)
    for _ in range(10):
        hooks.world.clock.pass_by(hours=4)
        hooks.alert(alert())
        assert core.timers.resolve_by_age() == 0
    assert hooks.state() == ("unresolved", "new", 1)
    hooks.world.clock.pass_by(hours=25)
    assert core.timers.resolve_by_age() == 1, "nobody has reported it for a day"


def test_a_firing_counts_once_however_often_it_is_sent(hooks: Hooks) -> None:
    for _ in range(3):
        assert hooks.alert(alert())["accepted"] == 1
        hooks.world.clock.pass_by(hours=4)
    assert hooks.state() == ("unresolved", "new", 1)


def test_a_flapping_alert_is_one_issue_that_counts(hooks: Hooks) -> None:
    world = hooks.world
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    for round_ in range(20):
        hooks.alert(alert(began=round_ * 60))
        assert status_name(hooks.issue().status) == "unresolved"
        world.clock.pass_by(seconds=30)
        assert hooks.alert(alert("resolved", began=round_ * 60, ended=round_ * 60 + 20))["resolved"] == 1
        world.clock.pass_by(seconds=30)
    assert hooks.state() == ("resolved", "", 20)
    copies = world.core.outbox.receipts(world.organization_id, "SHOP-1")
    assert len(copies) == 1
    assert world.history()[:4] == ["first_seen", "set_resolved", "set_regression", "set_resolved"]


def test_a_resolution_that_comes_twice_or_late_changes_nothing(hooks: Hooks) -> None:
    hooks.alert(alert())
    over = alert("resolved", ended=10)
    hooks.world.clock.pass_by(seconds=60)
    assert [hooks.alert(over)["resolved"] for _ in range(2)] == [1, 0]
    hooks.alert(alert(began=30))
    assert hooks.alert(over)["resolved"] == 0
    assert hooks.state() == ("unresolved", "regressed", 2)


def test_a_resolution_that_comes_again_does_not_close_what_a_person_has_opened(hooks: Hooks) -> None:
    hooks.alert(alert())
    hooks.world.clock.pass_by(seconds=60)
    hooks.alert(alert("resolved", ended=10))
    hooks.world.do(Unresolve())
    assert hooks.alert(alert("resolved", ended=10))["resolved"] == 0
    assert status_name(hooks.issue().status) == "unresolved"


def test_what_fires_after_its_end_but_before_the_end_was_told_comes_back(hooks: Hooks) -> None:
    hooks.alert(alert())
    hooks.world.clock.pass_by(minutes=5)
    hooks.alert(alert("resolved", ended=10))
    hooks.alert(alert(began=200))
    assert hooks.state() == ("unresolved", "regressed", 2)


def test_a_firing_that_was_said_to_be_over_and_is_sent_again_goes_on(hooks: Hooks) -> None:
    assert [hooks.post("alertmanager", sent).json["resolved"] for sent in (FIRING, resolved(FIRING), FIRING)] == [0, 2, 0]
    assert [(status_name(issue.status), issue.times_seen) for issue in hooks.issues()] == [("unresolved", 1), ("unresolved", 1)]
    assert hooks.world.history()[-1] == "set_regression"
    assert hooks.post("alertmanager", resolved(FIRING)).json["resolved"] == 2


def test_an_end_of_what_nobody_knows_is_taken_and_does_nothing(hooks: Hooks) -> None:
    assert hooks.alert(alert("resolved", ended=0)) == {"accepted": 1, "resolved": 0, "truncatedAlerts": 0}
    assert hooks.issues() == []


# Beside people ----------------------------------------------------------------------------------------------------------


def test_whoever_resolves_an_issue_has_resolved_what_fires_already(hooks: Hooks) -> None:
    hooks.alert(alert())
    hooks.world.clock.pass_by(minutes=1)
    hooks.world.do(Resolve())
    hooks.world.clock.pass_by(minutes=1)
    hooks.alert(alert())
    hooks.alert(alert(began=30))
    assert hooks.state() == ("resolved", "", 2)
    hooks.alert(alert(began=90))
    assert hooks.state() == ("unresolved", "regressed", 3)


def test_an_archived_issue_stays_archived_whatever_its_alert_does(hooks: Hooks) -> None:
    hooks.alert(alert())
    hooks.world.clock.pass_by(minutes=1)
    hooks.world.do(Archive())
    hooks.world.clock.pass_by(minutes=1)
    hooks.alert(alert(began=90))
    hooks.alert(alert("resolved", began=90, ended=100))
    assert hooks.state() == ("ignored", "archived_forever", 2)


# What cannot be read ----------------------------------------------------------------------------------------------------


def test_an_alert_that_cannot_be_read_is_refused_by_the_name_of_its_field(hooks: Hooks) -> None:
    wrong: list[tuple[str, object, str]] = [
        ("labels", ["a"], "must be an object of texts"),
        ("labels", {"port": 80}, "must be an object of texts"),
        ("labels", {}, "must be an object of texts"),
        ("status", "burning", 'must be "firing" or "resolved"'),
        ("startsAt", "yesterday", "must be a time"),
        ("startsAt", 5, "must be a time"),
        ("generatorURL", {}, "must be a text"),
    ]
    for name, value, said in wrong:
        assert hooks.refused("alertmanager", {"version": "4", "alerts": [alert() | {name: value}]}).startswith(f"alerts[0].{name} {said}")
    assert hooks.issues() == []


def test_a_notification_that_cannot_be_read_is_refused(hooks: Hooks) -> None:
    wrong: list[tuple[object, str]] = [
        (b"{", "The body is not JSON."),
        ([], "The body must be a JSON object."),
        ({"version": "4"}, "alerts must be a list of alerts"),
        ({"version": "3", "alerts": []}, 'version must be "4"'),
        ({"alerts": [5]}, "alerts[0] must be a JSON object."),
    ]
    for body, said in wrong:
        assert hooks.refused("alertmanager", body).startswith(said)


def test_good_alerts_are_taken_though_others_of_their_group_cannot_be_read(hooks: Hooks) -> None:
    answer = hooks.alert({"status": "firing"}, alert(), alert() | {"annotations": 5}, truncatedAlerts=7)
    assert (answer["accepted"], answer["truncatedAlerts"]) == (1, 7)
    assert [reason.partition(" ")[0] for reason in answer["refused"]] == ["alerts[0].labels", "alerts[2].annotations"]
    assert hooks.issue().times_seen == 1


def test_too_much_is_refused(hooks: Hooks) -> None:
    assert hooks.refused("alertmanager", {"alerts": [alert(note="x" * MIB)]}, 413) == "alerts[0] is larger than 1 MiB."
    assert hooks.refused("alertmanager", b" " * (MAX_BODY_BYTES + 1), 413) == "The body is larger than 10 MiB."


def test_a_large_group_is_taken_in_parts_and_whole(hooks: Hooks) -> None:
    many = [alert(instance=f"db{number}") | {"fingerprint": str(number)} for number in range(600)]
    assert hooks.alert(*many)["accepted"] == 600
    hooks.world.clock.pass_by(minutes=1)
    assert hooks.alert(*[one | {"status": "resolved", "endsAt": (NOON + timedelta(seconds=9)).isoformat()} for one in many])["resolved"] == 600


def test_without_the_right_key_nobody_is_let_in(hooks: Hooks, other_world: World) -> None:
    for query, status in (("", 401), ("?key=nobodys", 401), ("?key=%20%00", 401), (f"?key={other_world.project.public_key}", 403)):
        assert hooks.post("alertmanager", FIRING, query).status == status
    assert hooks.post("alertmanager", FIRING, "", Authorization=f"Bearer {hooks.project.public_key}").status == 200


def test_over_its_quota_a_project_is_told_when_to_come_back(world: World) -> None:
    with hooks_of(world, quota=2) as hooks:
        assert hooks.post("alertmanager", FIRING).status == 200
        answer = hooks.post("alertmanager", FIRING)
        assert (answer.status, answer.headers["Retry-After"], answer.headers["X-Sentry-Rate-Limits"]) == (429, "30", "30:error:project")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["firing", "resolved", "2026-11-23T12:00:00Z"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["summary", "severity", "alertname"]), inner, max_size=2),
    max_leaves=5,
)
NAMES = st.sampled_from(["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"])
ALERTS = st.dictionaries(NAMES, ANYTHING).map(lambda odd: alert() | odd)
GROUPS = st.fixed_dictionaries({"alerts": st.lists(ALERTS | ANYTHING, max_size=3)}, optional={"version": ANYTHING, "truncatedAlerts": ANYTHING})


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=GROUPS | ANYTHING | st.binary(max_size=20))
def test_whatever_is_sent_the_hook_does_not_break(hooks: Hooks, body: object) -> None:
    assert hooks.post("alertmanager", body).status in {200, 400}
