"""Keeps what clients ask, without what is secret or of one run, for the quick test that asks it again without the clients."""

from __future__ import annotations

import base64
import json
import os
import re
from typing import Any

from tests.scenarios.clients.desk import Desk
from tests.scenarios.clients.recorder import Exchange
from tests.support.browser import ROOT

CAPTURES = ROOT / "tests/bot/api/clients/captures"
MAX_BODY_BYTES = 20_000
"""Whole bundles of scripts are left out."""


def keep(desk: Desk, name: str) -> None:
    """Writes the requests of a client so far into the captures, when ``QUELL_TEST_CAPTURES`` is set: that is how captures are renewed."""
    if not os.environ.get("QUELL_TEST_CAPTURES"):
        return
    known = sorted(desk.known.values(), key=lambda issue: int(issue["id"]))
    numbers = {issue["id"]: issue["shortId"] for issue in known}
    requests = [_request(desk, numbers, exchange) for exchange in desk.exchanges() if len(exchange.body) <= MAX_BODY_BYTES]
    CAPTURES.mkdir(exist_ok=True)
    (CAPTURES / f"{name}.json").write_text(json.dumps({"issues": [issue["title"] for issue in known], "requests": requests}, indent=1) + "\n")


def _request(desk: Desk, numbers: dict[str, str], exchange: Exchange) -> dict[str, Any]:
    def nameless(text: str) -> str:
        text = text.replace(desk.organization, "{org}").replace(desk.recorder.url, "{url}").replace(desk.key, "{key}")
        text = re.sub(rf"(\bproject=){desk.project_id}\b", r"\1{project}", text)
        return re.sub(r"(/issues/|\bid=)(\d+)\b", lambda match: f"{match[1]}{{{numbers.get(match[2], match[2])}}}", text)

    kept = {"method": exchange.method, "path": nameless(exchange.path), "status": exchange.status}
    if not exchange.body:
        return kept
    kept |= {"type": exchange.headers.get("content-type", "")}
    try:
        return kept | {"body": nameless(exchange.body.decode())}
    except UnicodeDecodeError:
        return kept | {"base64": base64.b64encode(exchange.body).decode()}
