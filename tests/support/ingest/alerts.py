"""What well-known programs send when something begins, in the shape that each of them has."""

from __future__ import annotations

from core.types import JSON

KUMA: JSON = {
    "heartbeat": {
        "monitorID": 5,
        "status": 0,
        "time": "2026-11-23 11:00:07.123",
        "msg": "connect ECONNREFUSED 10.0.0.7:443",
        "ping": None,
        "important": True,
        "duration": 60,
        "retries": 1,
        "timezone": "Europe/Vienna",
        "timezoneOffset": "+01:00",
        "localDateTime": "2026-11-23 12:00:07",
    },
    "monitor": {
        "id": 5,
        "name": "Shop",
        "description": None,
        "url": "https://shop.example",
        "hostname": None,
        "type": "http",
        "interval": 60,
        "tags": [],
    },
    "msg": "[Shop] [🔴 Down] connect ECONNREFUSED 10.0.0.7:443",
}
HEALTHCHECKS: JSON = {
    "name": "Nightly backup",
    "code": "f618072a-7bde-4eee-af63-71a77c5723bc",
    "status": "down",
    "now": "2026-11-23T11:00:07+00:00",
    "body": "exit status 12",
}
CHECK: JSON = {
    "check": {
        "name": "Nightly backup",
        "slug": "nightly-backup",
        "tags": "prod",
        "desc": "rsync to the other house",
        "grace": 3600,
        "n_pings": 12,
        "status": "down",
        "started": False,
        "last_ping": "2026-11-22T11:00:07+00:00",
        "unique_key": "a6c7b0a8a66bed0df66abfdab3c77736861703ee",
        "timeout": 86400,
    }
}
GATUS: JSON = {
    "name": "front page",
    "group": "shop",
    "url": "https://shop.example/health",
    "status": "TRIGGERED",
    "description": "The front page does not answer",
    "errors": "context deadline exceeded",
}
WORKFLOW: JSON = {
    "action": "completed",
    "workflow_run": {
        "id": 9137,
        "name": "CI",
        "node_id": "WFR_1",
        "head_branch": "main",
        "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d",
        "path": ".github/workflows/ci.yml",
        "display_title": "Raise the limit of orders",
        "run_number": 562,
        "event": "push",
        "status": "completed",
        "conclusion": "failure",
        "workflow_id": 161335,
        "html_url": "https://github.com/acme/shop/actions/runs/9137",
        "pull_requests": [],
        "created_at": "2026-11-23T10:58:00Z",
        "updated_at": "2026-11-23T11:00:07Z",
        "run_attempt": 1,
    },
    "workflow": {"id": 161335, "name": "CI", "state": "active"},
    "repository": {"id": 1296269, "full_name": "acme/shop", "private": True},
    "sender": {"login": "octocat"},
}
CHECK_RUN: JSON = {
    "action": "completed",
    "check_run": {
        "id": 128620228,
        "name": "lint",
        "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d",
        "status": "completed",
        "conclusion": "timed_out",
        "completed_at": "2026-11-23T11:00:07Z",
        "html_url": "https://github.com/acme/shop/runs/128620228",
        "output": {"title": "Took longer than an hour", "summary": None},
        "check_suite": {"id": 1, "head_branch": "main"},
    },
    "repository": {"full_name": "acme/shop"},
}
DATADOG: JSON = {
    "title": "CPU load is high on web-1",
    "body": "system.load.1 over host:web-1 was > 4",
    "alert_transition": "Triggered",
    "alert_type": "warning",
    "aggreg_key": "9bd4ac313a4d1e8fae2482df7b77628",
    "alert_scope": "host:web-1",
    "alert_metric": "system.load.1",
    "hostname": "web-1",
    "link": "https://app.datadoghq.example/event/event?id=1",
    "last_updated": "1795431607000",
}
