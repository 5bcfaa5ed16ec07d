"""What real clients asked for, asked again without them: each request gets the status that the client got when it was content.

``QUELL_TEST_CAPTURES=1 pytest tests/scenarios/clients`` renews the captures.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Answer, Tenant, World

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.json"))
SECRETS = ("authorization", "bearer", "sntrys", "sntryu")


class Names(dict[str, str]):
    """What stands for the names in a capture; a brace that encloses something else stays."""

    def fill(self, text: str) -> str:
        for name, value in self.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def again(world: World, tenant: Tenant, names: Names, request: dict[str, Any]) -> Answer:
    """The answer to a request of a capture."""
    body = base64.b64decode(request["base64"]) if "base64" in request else names.fill(request["body"]).encode() if "body" in request else None
    more = {"data": body, "headers": {"Content-Type": request["type"]}} if body is not None else {}
    # Addresses are sent as they were written.
    return tenant.client.ask(request["method"], names.fill(request["path"]), **more)


@pytest.mark.slow
@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_client_is_answered_as_it_was_answered(world: World, capture: Path) -> None:
    found = json.loads(capture.read_text())
    tenant = world.tenant("acme")
    issues = [world.event(tenant.project, title) for title in found["issues"]]
    numbers = {f"SHOP-{number}": str(issue) for number, issue in enumerate(issues, 1)}
    names = Names(org="acme", project=str(tenant.project.id), url=world.url, key=tenant.project.public_key, **numbers)
    for request in found["requests"]:
        answer = again(world, tenant, names, request)
        assert answer.status == request["status"], (request, answer)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_capture_holds_no_secret(capture: Path) -> None:
    text = capture.read_text().lower()
    assert [word for word in SECRETS if word in text] == []
