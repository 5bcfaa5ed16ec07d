"""The description is the truth: requests made up from ``/openapi.json`` find no 500 and no answer that it does not declare."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.errors import NonInteractiveExampleWarning

from tests.support.api import Tenant, World

EXAMPLES = 25
"""Requests made up for each operation."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_made_up_requests_are_answered_as_the_description_says(world: World, acme: Tenant) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    world.release(acme, "shop@1.0.0", commits=[{"id": "a" * 40, "repository": "acme/shop", "message": "Fix it"}])
    world.issues(acme.project, [f"issue {number}" for number in range(20)], release="shop@1.0.0", environment="production")
    acme.client.ask("PUT", "/api/0/issues/1/", {"discard": True})
    world.core.directory.create_team("payments", acme.id, [acme.project.id])
    schema = schemathesis.openapi.from_dict(acme.client.get("/openapi.json"))
    refused: list[str] = []
    for found in schema.get_all_operations():
        acme.client.ask("POST", "/api/0/issues/3/restore/")
        try:
            _try(found.ok(), world.url, acme.client.token or "")
        except BaseExceptionGroup as error:
            refused.append(f"{found.ok().method} {found.ok().path}: {error}"[:2000])
    assert not refused, "\n\n".join(refused)


def _try(operation: Any, url: str, token: str) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    checks = [not_a_server_error, status_code_conformance, response_schema_conformance]

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        _name_what_is_there(case)
        case.call_and_validate(base_url=url, headers={"Authorization": f"Bearer {token}"}, checks=checks, timeout=30)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonInteractiveExampleWarning)
        operation.as_strategy()
        _run(operation, ask)


def _run(operation: Any, ask: Any) -> None:
    from hypothesis import given

    given(case=operation.as_strategy())(ask)()


def _name_what_is_there(case: Any) -> None:
    """Most requests shall get past the door: they name things that exist. What names nothing is tried elsewhere."""
    known = {
        "org": "acme",
        "project": "shop",
        "issue": "3",
        "version": "shop@1.0.0",
        "event": f"{3:032x}",
        "activity": "2",
        "tombstone": "1",
        "file": "1",
        "team": "payments",
        "key": "environment",
        "short_id": "SHOP-3",
    }
    for name in case.path_parameters or {}:
        if name in known:
            case.path_parameters[name] = known[name]
    if case.method == "DELETE" and "issue" in (case.path_parameters or {}):
        case.path_parameters["issue"] = "4"
