"""Grafana's webhook, which comes to Alertmanager's address and is told apart by what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.types import JSON, Source
from tests.support.ingest.webhooks import Hooks

LABELS = {"alertname": "DiskFull", "grafana_folder": "Hosts", "instance": "db1"}


def alert(**more: Any) -> JSON:
    return {
        "status": "firing",
        "labels": LABELS,
        "annotations": {"summary": "Disk full", "description": "97 % of /var", "runbook_url": "https://wiki.example/disk"},
        "startsAt": "2026-11-23T12:00:00+01:00",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://grafana.example/alerting/grafana/a1/view?orgId=1",
        "fingerprint": "57c6d9296de2ad39",
        "silenceURL": "https://grafana.example/alerting/silence/new?alertmanager=grafana",
        "dashboardURL": "https://grafana.example/d/hosts",
        "panelURL": "https://grafana.example/d/hosts?viewPanel=4",
        "imageURL": "https://grafana.example/image.png",
        "values": {"B": 97.2, "C": 1},
        "valueString": "[ var='B' labels={instance=db1} value=97.2 ]",
    } | more


def body(*alerts: JSON, **more: Any) -> JSON:
    """A notification as Grafana sends it."""
    return {
        "receiver": "quell",
        "status": "firing",
        "orgId": 1,
        "alerts": list(alerts),
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": LABELS,
        "commonAnnotations": {},
        "externalURL": "https://grafana.example/",
        "version": "1",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        "title": "[FIRING:1] DiskFull",
        "state": "alerting",
        "message": "**Firing**",
    } | more


def send(hooks: Hooks, *alerts: JSON, **more: Any) -> JSON:
    answer = hooks.post("alertmanager", body(*alerts, **more))
    assert answer.status == 200, answer
    return dict(answer.json)


def test_an_alert_is_read_like_alertmanagers(hooks: Hooks) -> None:
    assert send(hooks, alert(), truncatedAlerts=3) == {"accepted": 1, "resolved": 0, "truncatedAlerts": 3}
    issue, event = hooks.issue(), hooks.event()
    assert (issue.title, issue.message, issue.culprit) == ("Disk full", "97 % of /var", "db1")
    assert event.happened_at.isoformat() == "2026-11-23T11:00:00+00:00"
    assert event.payload["logger"] == "grafana"


def test_links_and_what_was_measured_stand_in_the_details(hooks: Hooks) -> None:
    send(hooks, alert())
    extra = hooks.event().payload["extra"]
    for name in ("silenceURL", "dashboardURL", "panelURL", "imageURL", "generatorURL", "values", "valueString"):
        assert extra[name] == alert()[name]


def test_the_end_resolves_and_the_next_firing_opens_it_again(hooks: Hooks) -> None:
    send(hooks, alert())
    hooks.world.clock.pass_by(minutes=5)
    assert send(hooks, alert(status="resolved", endsAt="2026-11-23T12:01:00Z"), status="resolved")["resolved"] == 1
    activity = hooks.world.core.reads.activities(hooks.world.organization_id, "SHOP-1")[0]
    assert activity.source == Source.ALERTMANAGER
    send(hooks, alert(startsAt="2026-11-23T12:04:00Z"))
    assert hooks.state() == ("unresolved", "regressed", 2)


def test_a_firing_that_is_sent_again_counts_once(hooks: Hooks) -> None:
    for _ in range(3):
        send(hooks, alert())
    assert hooks.issue().times_seen == 1


@pytest.mark.parametrize(("name", "title"), [("DatasourceNoData", "No data: Disk full"), ("DatasourceError", "Not evaluated: Disk full")])
def test_a_rule_without_data_does_not_claim_what_it_looks_for(hooks: Hooks, name: str, title: str) -> None:
    labels = LABELS | {"alertname": name, "rulename": "Disk full", "datasource_uid": "P1", "ref_id": "A"}
    send(hooks, alert(labels=labels, annotations={}, values=None, valueString="", fingerprint="f2"))
    assert hooks.issue().title == title


def test_what_is_empty_says_nothing(hooks: Hooks) -> None:
    bare = dict.fromkeys(("generatorURL", "silenceURL", "dashboardURL", "panelURL", "valueString"), "")
    send(hooks, alert(annotations={}, values=None, labels={"alertname": "DiskFull"}, **bare))
    assert (hooks.issue().title, hooks.issue().culprit) == ("DiskFull", "")
    assert "values" not in hooks.event().payload["extra"]


def test_alertmanagers_alert_of_the_same_labels_is_another_issue(hooks: Hooks) -> None:
    send(hooks, alert())
    hooks.alert(alert())
    assert len(hooks.issues()) == 2


@pytest.mark.parametrize(("name", "value"), [("values", [1]), ("panelURL", {}), ("valueString", 5)])
def test_an_odd_field_is_refused_by_its_name(hooks: Hooks, name: str, value: object) -> None:
    assert hooks.refused("alertmanager", body(alert(**{name: value}))).startswith(f"alerts[0].{name} must be ")


def test_secrets_are_taken_out(hooks: Hooks) -> None:
    send(
        hooks,
        alert(valueString="password=hunter2", panelURL="https://grafana.example/?token=hunter2", annotations={"summary": "password=hunter2 is bad"}),
    )
    assert "hunter2" not in json.dumps(hooks.event().payload) + hooks.issue().title
