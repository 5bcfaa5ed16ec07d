"""The webhooks of well-known programs, with bodies of the shape that each sends."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

import pytest

from bot.ingest.hooks.mappings import parse_mapping
from bot.ingest.hooks.providers import HOOK_NAME, PROVIDERS, provider_called
from core.types import JSON, Level
from tests.support.ingest.alerts import CHECK, CHECK_RUN, DATADOG, GATUS, HEALTHCHECKS, KUMA, WORKFLOW
from tests.support.ingest.webhooks import Hooks


@dataclass(frozen=True)
class Sent:
    """What a program sends when something begins, and where in it stands how it goes on; what that makes."""

    hook: str
    body: JSON
    status: str
    over: object
    title: str
    message: str
    link: str = ""
    level: Level = Level.ERROR

    def with_status(self, value: object) -> JSON:
        body = copy.deepcopy(self.body)
        *path, last = self.status.split(".")
        inner = body
        for name in path:
            inner = inner[name]
        inner[last] = value
        return body


SENT = {
    "uptime kuma": Sent("uptime-kuma", KUMA, "heartbeat.status", 1, "Shop is down", "connect ECONNREFUSED 10.0.0.7:443", "https://shop.example"),
    "healthchecks": Sent("healthchecks", HEALTHCHECKS, "status", "up", "Nightly backup is down", "exit status 12"),
    "healthchecks, the whole check": Sent("healthchecks", CHECK, "check.status", "up", "Nightly backup is down", "rsync to the other house"),
    "gatus": Sent(
        "gatus",
        GATUS,
        "status",
        "RESOLVED",
        "shop/front page is down",
        "The front page does not answer: context deadline exceeded",
        "https://shop.example/health",
    ),
    "gatus without a group": Sent(
        "gatus", GATUS | {"group": "", "errors": "", "url": ""}, "status", "RESOLVED", "front page is down", "The front page does not answer"
    ),
    "github workflow": Sent(
        "github",
        WORKFLOW,
        "workflow_run.conclusion",
        "success",
        "CI failed on main",
        "acme/shop #562: Raise the limit of orders",
        "https://github.com/acme/shop/actions/runs/9137",
    ),
    "github check": Sent(
        "github",
        CHECK_RUN,
        "check_run.conclusion",
        "success",
        "lint failed on main",
        "Took longer than an hour",
        "https://github.com/acme/shop/runs/128620228",
    ),
    "datadog": Sent(
        "datadog",
        DATADOG,
        "alert_transition",
        "Recovered",
        "CPU load is high on web-1",
        "system.load.1 over host:web-1 was > 4",
        "https://app.datadoghq.example/event/event?id=1",
        Level.WARNING,
    ),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_what_begins_opens_an_issue_and_what_is_over_resolves_it(hooks: Hooks, sent: Sent) -> None:
    assert hooks.post(sent.hook, sent.body).json == {"accepted": 1, "resolved": 0}
    issue, event = hooks.issue(), hooks.event()
    assert (issue.title, issue.message, hooks.level()) == (sent.title, sent.message, sent.level)
    assert event.payload["extra"].get("link", "") == sent.link
    hooks.world.clock.pass_by(minutes=1)
    over = sent.with_status(sent.over)
    assert hooks.post(sent.hook, _without_time(over)).json == {"accepted": 1, "resolved": 1}
    assert hooks.state() == ("resolved", "", 1)
    hooks.world.clock.pass_by(minutes=1)
    hooks.post(sent.hook, _without_time(sent.body))
    assert hooks.state() == ("unresolved", "regressed", 2)


def _without_time(body: JSON) -> JSON:
    """The same, as if it happened just now."""
    body = copy.deepcopy(body)
    for inner in (body, *(value for value in body.values() if isinstance(value, dict))):
        for name in ("time", "now", "updated_at", "completed_at", "last_updated", "date"):
            inner.pop(name, None)
    return body


TIMED = [sent for sent in SENT.values() if sent.hook != "gatus" and sent.body is not CHECK]


@pytest.mark.parametrize("sent", TIMED, ids=[sent.hook for sent in TIMED])
def test_it_happened_when_the_program_says(hooks: Hooks, sent: Sent) -> None:
    hooks.post(sent.hook, sent.body)
    assert hooks.event().happened_at.replace(microsecond=0).isoformat() == "2026-11-23T11:00:07+00:00"


IGNORED: list[tuple[str, JSON]] = [
    *[("uptime-kuma", SENT["uptime kuma"].with_status(status)) for status in (2, 3)],
    *[("healthchecks", HEALTHCHECKS | {"status": status}) for status in ("grace", "paused", "new")],
    *[("github", SENT["github workflow"].with_status(conclusion)) for conclusion in ("cancelled", "skipped", "neutral", "stale", None, "tomorrow")],
    ("github", {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {"type": "Repository", "events": ["workflow_run"]}}),
    ("github", {"ref": "refs/heads/main", "commits": [], "repository": {"full_name": "acme/shop"}}),
]


@pytest.mark.parametrize(("hook", "body"), IGNORED)
def test_what_neither_begins_nor_ends_is_accepted_and_does_nothing(hooks: Hooks, hook: str, body: JSON) -> None:
    assert hooks.post(hook, body).json == {"accepted": 0, "resolved": 0, "ignored": 1}
    assert hooks.issues() == []


def test_a_test_notification_is_seen(hooks: Hooks) -> None:
    assert hooks.post("uptime-kuma", {"heartbeat": None, "monitor": None, "msg": "Quell Testing"}).status == 200
    assert hooks.issue().title == "Quell Testing"


def test_datadogs_own_payload_is_read(hooks: Hooks) -> None:
    body = {
        "body": "CPU is high", "last_updated": "1795431607000", "event_type": "metric_alert_monitor", "title": "[Triggered] CPU is high",
        "date": "1795431607000", "org": {"id": "1", "name": "acme"}, "id": "7000",
    }  # fmt: skip
    assert hooks.post("datadog", body).json["accepted"] == 1
    assert hooks.issue().title == "[Triggered] CPU is high"


def test_branches_and_workflows_are_apart(hooks: Hooks) -> None:
    hooks.post("github", WORKFLOW)
    for change in ({"head_branch": "next"}, {"workflow_id": 7, "name": "Deploy"}):
        hooks.post("github", WORKFLOW | {"workflow_run": WORKFLOW["workflow_run"] | change})
    assert len(hooks.issues()) == 3


@pytest.mark.parametrize("name", ["uptime_kuma", "UptimeKuma", "uptimekuma", "GitHub"])
def test_a_name_may_be_written_in_other_ways(hooks: Hooks, name: str) -> None:
    assert provider_called(name) in PROVIDERS
    assert hooks.post(name, KUMA if "u" in name[:2].lower() else WORKFLOW).json["accepted"] == 1


def test_every_row_of_the_table_can_be_read_and_has_a_name_that_fits() -> None:
    for name, texts in PROVIDERS.items():
        assert HOOK_NAME.fullmatch(name)
        assert {"title", "status", "fingerprint"} <= set(parse_mapping(texts).fields)


def test_another_hook_is_not_the_same(hooks: Hooks) -> None:
    hooks.post("uptime-kuma", KUMA)
    hooks.world.clock.pass_by(minutes=1)
    assert hooks.post("json", {"status": "resolved", "fingerprint": ["uptime-kuma", "5"]}).json["kept"] == 1
    secret = hooks.world.core.directory.new_hook_key(hooks.project)
    assert hooks.post("json", {"status": "resolved", "fingerprint": ["uptime-kuma", "5"]}, f"?key={secret}").json["resolved"] == 1


def test_secrets_in_bodies_are_taken_out(hooks: Hooks) -> None:
    body = SENT["uptime kuma"].with_status(0)
    body["monitor"] |= {"url": "https://ada:hunter2@shop.example/?token=hunter2", "basic_auth_pass": "hunter2", "name": "Shop password=hunter2"}
    body["heartbeat"]["msg"] = "got password: hunter2"
    hooks.post("uptime-kuma", body)
    assert "hunter2" not in json.dumps(hooks.event().payload) + hooks.issue().title + hooks.issue().message + hooks.issue().culprit


@pytest.mark.parametrize(
    "body", [b"payload=", b"payload=%FF", b"payload=5", b"payload=" + b"&a=1" * 50, b"[" * 100_000, b"5", b'"x"', b"{}", b"[{}]", b"[5]"]
)
def test_odd_bodies_are_refused_in_a_sentence_or_ignored(hooks: Hooks, body: bytes) -> None:
    for name in PROVIDERS:
        answer = hooks.post(name, body)
        assert answer.status in {200, 400}
        assert answer.status == 200 or str(answer.json["detail"]).endswith(".")
    assert hooks.issues() == []


def test_odd_values_break_nothing(hooks: Hooks) -> None:
    odd: list[Any] = [None, True, 5, 1e400, -1, "", " ", [], {}, [[]], {"": ""}, "x" * 10_000, "\0\ud800", "\x1b[2J"]
    for sent in SENT.values():
        for value in odd:
            broken: JSON = {name: (dict.fromkeys(inner, value) if isinstance(inner, dict) else value) for name, inner in sent.body.items()}
            assert hooks.post(sent.hook, broken).status in {200, 400}
