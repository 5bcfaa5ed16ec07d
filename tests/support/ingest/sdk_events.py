"""What SDKs really send: the shapes of their events, shortened."""

from __future__ import annotations

import json
from typing import Any

from core.types import JSON

ID = "9ec79c33ec9942ab8353589fcb2e04dc"


def envelope(*items: tuple[JSON, JSON | bytes], **header: Any) -> bytes:
    lines = [json.dumps(header).encode()]
    for about, payload in items:
        lines += [json.dumps(about).encode(), payload if isinstance(payload, bytes) else json.dumps(payload).encode()]
    return b"\n".join(lines) + b"\n"


def one(event: JSON, **header: Any) -> bytes:
    return envelope(({"type": "event"}, event), **header)


PYTHON = {
    "event_id": ID,
    "timestamp": "2026-11-01T10:11:12.123456Z",
    "platform": "python",
    "level": "error",
    "release": "shop@1.4.2",
    "environment": "production",
    "server_name": "web-1",
    "transaction": "POST /checkout",
    "user": {"id": "42", "email": "ada@example.com"},
    "exception": {
        "values": [
            {
                "type": "ZeroDivisionError",
                "value": "division by zero",
                "module": None,
                "mechanism": {"type": "excepthook", "handled": False},
                "stacktrace": {
                    "frames": [
                        {
                            "filename": "shop/cart.py",
                            "abs_path": "/srv/shop/cart.py",
                            "function": "checkout",
                            "module": "shop.cart",
                            "lineno": 24,
                            "pre_context": ["def checkout(order):"],
                            "context_line": "    average = total / len(order.items)",
                            "post_context": ["    return average"],
                            "vars": {"order": "<Order 1042>", "password": "hunter2"},
                            "in_app": True,
                        }
                    ]
                },
            }
        ]
    },
    "breadcrumbs": {"values": [{"type": "log", "message": "basket is empty", "timestamp": "2026-11-01T10:11:11Z"}]},
    "contexts": {"runtime": {"name": "CPython", "version": "3.11.7"}, "trace": {"trace_id": "a" * 32, "span_id": "b" * 16}},
    "modules": {"flask": "3.1.0"},
    "extra": {"sys.argv": ["manage.py"]},
    "sdk": {"name": "sentry.python", "version": "2.75.0", "packages": [], "integrations": ["logging"]},
}
BROWSER = {
    "exception": {
        "values": [
            {
                "type": "TypeError",
                "value": "Cannot read properties of undefined (reading 'total')",
                "stacktrace": {
                    "frames": [
                        {"filename": "https://shop.example.com/js/main.3f2a1b9c.js", "function": "pay", "in_app": True, "lineno": 1, "colno": 4711}
                    ]
                },
                "mechanism": {"type": "onerror", "handled": False},
            }
        ]
    },
    "event_id": ID,
    "platform": "javascript",
    "timestamp": 1793700000.123,
    "environment": "production",
    "release": "shop-web@3.0.0",
    "request": {"url": "https://shop.example.com/pay?token=hunter2", "headers": {"User-Agent": "Mozilla/5.0"}},
    "sdk": {"name": "sentry.javascript.browser", "version": "9.1.0"},
    "user": {"ip_address": "{{auto}}"},
}
NODE = {
    "event_id": ID,
    "level": "fatal",
    "platform": "node",
    "timestamp": 1793700000.5,
    "server_name": "api-1",
    "contexts": {"runtime": {"name": "node", "version": "v22.1.0"}, "app": {"app_memory": 58720256}},
    "exception": {
        "values": [
            {
                "type": "Error",
                "value": "connect ECONNREFUSED 127.0.0.1:5432",
                "stacktrace": {"frames": [{"function": "connect", "module": "db", "filename": "/app/db.js", "in_app": True}]},
            }
        ]
    },
}
RAVEN = {
    "event_id": ID,
    "project": "1",
    "message": "order 42 is lost",
    "sentry.interfaces.Message": {"message": "order %s is lost", "params": ["42"], "formatted": "order 42 is lost"},
    "level": 30,
    "logger": "shop.orders",
    "platform": "python",
    "timestamp": "2026-11-01T10:11:12",
    "tags": [["component", "orders"]],
    "extra": {"sys.argv": ["manage.py"]},
    "server_name": "web-1",
}
SENTRY_CLI = {
    "event_id": "9ec79c33-ec99-42ab-8353-589fcb2e04dc",
    "level": "error",
    "platform": "other",
    "timestamp": 1793700000.0,
    "server_name": "ci-7",
    "release": "shop@1.4.2",
    "logentry": {"message": "Deploy failed: %s", "params": ["disk full"]},
    "user": {"username": "ci", "ip_address": "{{auto}}"},
    "sdk": {"name": "sentry-cli", "version": "3.8.2"},
    "extra": {"environ": {"PATH": "/usr/bin", "DEPLOY_PASSWORD": "hunter2", "HOME": "/root"}},
    "tags": {"stage": "deploy"},
}
