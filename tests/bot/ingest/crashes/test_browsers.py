"""Reports of browsers: Content Security Policies in both forms, and their relatives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.ingest.limits import MIB
from core.types import JSON
from core.views import ProjectView
from tests.support.ingest.app import Answer, Doorstep


def csp(**more: Any) -> JSON:
    """What ``report-uri`` sends; underscores in names stand for hyphens."""
    report = {
        "document-uri": "https://shop.example/cart?step=2",
        "referrer": "https://shop.example/",
        "violated-directive": "script-src-elem",
        "effective-directive": "script-src-elem",
        "original-policy": "script-src https://cdn.shop.example; report-uri /r",
        "disposition": "enforce",
        "blocked-uri": "https://ads.example/track.js?session=1",
        "line-number": 12,
        "source-file": "https://shop.example/cart",
        "status-code": 200,
        "script-sample": "",
    }
    return {"csp-report": report | {name.replace("_", "-"): value for name, value in more.items()}}


def reporting(**more: Any) -> JSON:
    """What the Reporting API sends."""
    body = {
        "documentURL": "https://shop.example/cart",
        "referrer": "",
        "blockedURL": "https://ads.example/track.js",
        "effectiveDirective": "script-src-elem",
        "originalPolicy": "script-src https://cdn.shop.example; report-to quell",
        "sourceFile": "https://shop.example/cart",
        "sample": "",
        "disposition": "enforce",
        "statusCode": 200,
        "lineNumber": 12,
        "columnNumber": 7,
    }
    return {"type": "csp-violation", "age": 53, "url": "https://shop.example/cart", "user_agent": "Mozilla/5.0 (its own)", "body": body | more}


def send(
    doorstep: Doorstep, project: ProjectView, report: object, query: str = "", kind: str = "application/csp-report", name: str = "security"
) -> Answer:
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    path = f"/api/{project.id}/{name}/?sentry_key={project.public_key}{query}"
    return doorstep.knock(path, body, {"Content-Type": kind, "User-Agent": "Mozilla/5.0 (X)"})


def titles(doorstep: Doorstep, *reports: object) -> list[str]:
    project = doorstep.project()
    for report in reports:
        assert send(doorstep, project, report).status == 200
    return [issue.title for issue in doorstep.issues(project)]


def test_what_a_policy_blocked_is_an_issue(doorstep: Doorstep) -> None:
    project = doorstep.project()
    answer = send(doorstep, project, csp(), "&sentry_release=shop@1.4&sentry_environment=production")
    (issue,) = doorstep.issues(project)
    assert (answer.status, answer.json) == (200, {"id": issue.payload["event_id"]})
    assert (issue.title, issue.culprit, issue.release, issue.environment) == (
        'Blocked "script-src" from "ads.example"',
        "script-src-elem",
        "shop@1.4",
        "production",
    )
    assert issue.payload["tags"] == {"effective-directive": "script-src-elem", "blocked-uri": "ads.example", "disposition": "enforce"}
    assert issue.payload["request"]["headers"] == [["Referer", "https://shop.example/"], ["User-Agent", "Mozilla/5.0 (X)"]]


def test_both_forms_and_all_browsers_make_one_issue(doorstep: Doorstep) -> None:
    project = doorstep.project()
    old = csp(effective_directive="", violated_directive="script-src https://cdn.shop.example", blocked_uri="https://ads.example")
    for kind, report in [
        ("application/csp-report", csp()),
        ("application/json", csp(effective_directive="script-src")),
        ("text/plain", old),
        ("application/reports+json", [reporting()]),
        ("application/reports+json", reporting()),
    ]:
        assert send(doorstep, project, report, kind=kind).status == 200
    assert [issue.times_seen for issue in doorstep.issues(project)] == [5]


def test_directive_and_host_tell_issues_apart(doorstep: Doorstep) -> None:
    reports = [
        csp(),
        csp(blocked_uri="https://other.example/x.js"),
        csp(effective_directive="img-src"),
        csp(blocked_uri="https://ads.example:8443/x"),
    ]
    assert len(titles(doorstep, *reports)) == 4


@pytest.mark.parametrize(
    ("blocked", "title"),
    [
        ("inline", 'Blocked inline "script-src"'),
        ("eval", 'Blocked eval "script-src"'),
        ("", 'Blocked inline "script-src"'),
        ("data", 'Blocked data "script-src"'),
        ("data:text/javascript,x", 'Blocked data "script-src"'),
        ("blob:https://shop.example/9ec79c33-ec99-42ab-8353-589fcb2e04dc", 'Blocked blob "script-src"'),
        ("https://shop.example/x.js", 'Blocked "script-src" from "self"'),
        ("self", 'Blocked "script-src" from "self"'),
        ("wss://push.example/socket", 'Blocked "script-src" from "push.example"'),
        ("ads.example", 'Blocked "script-src" from "ads.example"'),
        ("http://[broken", 'Blocked "script-src" from "http"'),
    ],
)
def test_what_was_blocked_is_said_in_a_word(doorstep: Doorstep, blocked: str, title: str) -> None:
    assert titles(doorstep, csp(blocked_uri=blocked)) == [title]


NOISE = [
    "chrome-extension://abc/x.js",
    "moz-extension",
    "safari-web-extension://x",
    "about",
    "about:blank",
    "resource://x",
    "data:text/html,chromewebdata",
]


@pytest.mark.parametrize("address", NOISE)
def test_noise_of_extensions_is_accepted_and_left_out(doorstep: Doorstep, address: str) -> None:
    project = doorstep.project()
    for report in (csp(blocked_uri=address), [reporting(blockedURL=address)], csp(source_file=address)):
        answer = send(doorstep, project, report)
        assert (answer.status, answer.json) == (200, {"id": None})
    assert doorstep.issues(project) == []


def test_a_batch_makes_an_issue_of_each_and_names_the_browser_of_each(doorstep: Doorstep) -> None:
    project = doorstep.project()
    send(doorstep, project, [reporting(), reporting(blockedURL="inline"), reporting(blockedURL="chrome-extension://x")])
    issues = doorstep.issues(project)
    assert [issue.title for issue in issues] == ['Blocked "script-src" from "ads.example"', 'Blocked inline "script-src"']
    assert ["User-Agent", "Mozilla/5.0 (its own)"] in issues[0].payload["request"]["headers"]


CERTIFICATES: list[tuple[JSON, str]] = [
    (
        {
            "expect-ct-report": {
                "date-time": "2026-11-23T11:00:00Z", "hostname": "shop.example", "port": 443, "effective-expiration-date": "2026-12-23T11:00:00Z",
                "served-certificate-chain": ["-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----"], "validated-certificate-chain": [],
                "scts": [{"version": 1, "status": "invalid", "source": "embedded", "serialized_sct": "AKqF"}],
            }
        },
        'Certificate transparency failed for "shop.example"',
    ),
    (
        {
            "date-time": "2026-11-23T11:00:00Z", "hostname": "shop.example", "port": 443, "effective-expiration-date": "2026-12-23T11:00:00Z",
            "include-subdomains": False, "noted-hostname": "shop.example", "served-certificate-chain": [], "validated-certificate-chain": [],
            "known-pins": ['pin-sha256="d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM="'],
        },
        'Public key pinning failed for "shop.example"',
    ),
    (
        {"expect-staple-report": {"date-time": "2026-11-23T11:00:00Z", "hostname": "shop.example", "port": 443, "response-status": "MISSING"}},
        'OCSP stapling failed for "shop.example"',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("report", "title"), CERTIFICATES)
def test_reports_about_certificates_are_an_issue_for_each_host(doorstep: Doorstep, report: JSON, title: str) -> None:
    assert titles(doorstep, report, report) == [title]


def test_other_reports_are_an_issue_for_each_kind(doorstep: Doorstep) -> None:
    deprecation = {"type": "deprecation", "url": "https://shop.example/", "body": {"id": "UnloadHandler", "message": "Unload handlers go away."}}
    crash = {"type": "crash", "url": "https://shop.example/", "body": {"reason": "oom"}}
    network = {"type": "network-error", "url": "https://shop.example/api?id=1", "body": {"type": "tcp.timed_out", "phase": "connection"}}
    coep = {"type": "coep", "url": "https://shop.example/", "body": {"type": "corp", "blockedURL": "https://img.example/a.png"}}
    made = titles(doorstep, [deprecation, crash, network, coep], [deprecation | {"url": "https://shop.example/cart"}])
    assert made == ["Unload handlers go away.", "crash oom", "network-error tcp.timed_out", "coep corp img.example"]


def test_the_old_address_works_too(doorstep: Doorstep) -> None:
    project = doorstep.project()
    assert send(doorstep, project, csp(), name="csp-report").status == 200
    assert len(doorstep.issues(project)) == 1


def test_secrets_are_taken_out(doorstep: Doorstep) -> None:
    project = doorstep.project()
    send(
        doorstep,
        project,
        csp(document_uri="https://ada:hunter2@shop.example/?token=hunter2", script_sample="password='hunter2'", blocked_uri="inline"),
    )
    assert "hunter2" not in json.dumps(doorstep.issues(project)[0].payload)


REFUSED: list[tuple[bytes | object, int]] = [
    (b"", 400),
    (b"hello", 400),
    (b"{", 400),
    (b"5", 400),
    (b"[" * 100_000, 400),
    ([5], 400),
    ({}, 400),
    ({"csp-report": "x"}, 400),
    ({"type": "csp-violation"}, 400),
    ([reporting()] * 101, 413),
    (csp(original_policy="x" * MIB), 413),
    (b'{"csp-report": {"a": [' + b"1," * 200_000 + b"1]}}", 413),
]


@pytest.mark.parametrize(("report", "status"), REFUSED)
def test_what_is_no_report_is_refused_in_a_sentence(doorstep: Doorstep, report: object, status: int) -> None:
    project = doorstep.project()
    answer = send(doorstep, project, report)
    assert (answer.status, answer.json["detail"][-1:]) == (status, "." if status == 413 else answer.json["detail"][-1:])
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert doorstep.issues(project) == []


@pytest.mark.parametrize("odd", [None, 5, True, [], {}, "\0\ud800", "x" * 10_000, "http://[", "//", ":", "\x1b[2J"])
def test_odd_values_break_nothing(doorstep: Doorstep, odd: object) -> None:
    project = doorstep.project()
    names = ("documentURL", "blockedURL", "effectiveDirective", "sourceFile", "id", "message", "reason")
    whole: list[object] = [
        {"csp-report": dict.fromkeys(csp()["csp-report"], odd)},
        [{"type": kind, "url": odd, "user_agent": odd, "body": dict.fromkeys(names, odd)} for kind in ("csp-violation", "x" * 500)],
        {"expect-ct-report": {"hostname": odd, "date-time": odd, "port": odd}},
    ]
    for report in whole:
        assert send(doorstep, project, report).status == 200


def test_keys_quotas_and_browsers_are_as_at_the_other_doors(doorstep: Doorstep, doorstep_with_quota: Doorstep) -> None:
    project, other = doorstep.project(), doorstep.project()
    body = json.dumps(csp()).encode()
    for named, key, status in ((project.id, "nobodys", 401), (other.id, project.public_key, 403), (project.id, "", 401)):
        assert doorstep.knock(f"/api/{named}/security/?sentry_key={key}", body).status == status
    preflight = doorstep.knock(f"/api/{project.id}/security/?sentry_key=x", method="OPTIONS")
    assert (preflight.status, "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]) == (200, True)
    project = doorstep_with_quota.project()
    assert [send(doorstep_with_quota, project, [reporting()] * count).status for count in (2, 1, 1)] == [200, 200, 429]
