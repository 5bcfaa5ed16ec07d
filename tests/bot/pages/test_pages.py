"""The issue page: what it shows, to whom, and that foreign text on it is harmless."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.pages.app import Pages
from bot.workers import Workers
from core.actions import Resolve
from tests.conftest import World


async def open_page(world: World, issue: str, organisation: str | None = "acme") -> tuple[int, str, Response]:
    workers = Workers(writers=1)
    scope = {"type": "http", "method": "GET", "path": f"/issues/{issue}/", "path_params": {"issue": issue}, "headers": [], "query_string": b""}
    answer = await Pages(world.core, workers, organisation)._show(Request(scope))
    workers.close()
    return answer.status_code, bytes(answer.body).decode(), answer


async def test_the_page_tells_where_the_issue_stands_and_what_happened(world: World) -> None:
    world.event("Boom")
    world.do(Resolve())
    status, text, _ = await open_page(world, "SHOP-1")
    assert status == 200
    for words in ("SHOP-1", "Boom", "Resolved by @Ada, from Slack", "@Ada: resolved from Slack", "Boom in the cellar"):
        assert words in text


async def test_the_page_shows_the_newest_stack_with_the_last_call_first(world: World) -> None:
    frames = [{"filename": "a.py", "lineno": 1, "function": "outer"}, {"filename": "b.py", "lineno": 2, "function": "inner", "context_line": "1 / 0"}]
    payload = {"exception": {"values": [{"type": "ZeroDivisionError", "value": "by zero", "stacktrace": {"frames": frames}}]}}
    world.core.occurrences.record(world.project.id, [replace(world.occurrence("Boom"), payload=payload)])
    _, text, _ = await open_page(world, "1")
    assert text.index("b.py:2 in inner") < text.index("a.py:1 in outer")
    assert "1 / 0" in text


@pytest.mark.parametrize(
    "payload", [{}, {"exception": None}, {"exception": {"values": None}}, {"exception": {"values": ["x", {"stacktrace": None}]}}]
)
async def test_an_event_with_no_stack_has_a_page_too(world: World, payload: dict[str, object]) -> None:
    world.core.occurrences.record(world.project.id, [replace(world.occurrence("Boom"), payload=payload)])
    assert (await open_page(world, "1"))[0] == 200


async def test_foreign_text_is_shown_and_not_obeyed(world: World) -> None:
    world.event("<script>alert(1)</script>")
    _, text, answer = await open_page(world, "1")
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_an_issue_that_is_not_there_or_is_anothers_is_not_found(world: World, other_world: World) -> None:
    theirs = other_world.event().issue_id
    for name in ("SHOP-9", "nonsense", str(theirs), str(10**30)):
        status, text, _ = await open_page(world, name)
        assert status == 404
        assert f"There is no issue {name} here." in text


async def test_outside_the_playground_nobody_sees_a_page(world: World) -> None:
    world.event()
    status, text, _ = await open_page(world, "1", organisation=None)
    assert status == 403
    assert "show ID" in text
