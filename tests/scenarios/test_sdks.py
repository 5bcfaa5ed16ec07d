"""The real Sentry SDKs for Python, Node and browsers, unchanged, each in a program of its own that reports to the running program."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.scenarios.sdk_programs import BrowserProgram, NodeProgram, Program, PythonProgram, Site, need_the_sdks, open_site
from tests.scenarios.sdk_shop import Market, Shop, entry, open_market, tags
from tests.scenarios.sdk_wire import Wire, wire_to
from tests.support.browser import chromium, need_a_browser
from tests.support.program import Bare

pytestmark = pytest.mark.slow

QUOTA = 12
"""Events a minute, so that one more may come every five seconds."""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    folder = tmp_path_factory.mktemp("quell")
    with open_market(Bare(folder, f"sqlite:///{folder}/quell.db")) as market:
        yield market


@pytest.fixture
def shop(market: Market) -> Shop:
    return market.shop()


@pytest.fixture
def wire(shop: Shop) -> Iterator[Wire]:
    with wire_to(shop.town.port) as wire:
        yield wire


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need_a_browser()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    need_the_sdks()
    with open_site() as site:
        yield site


@pytest.fixture
def python(tmp_path: Path) -> PythonProgram:
    return PythonProgram(tmp_path)


@pytest.fixture
def node(tmp_path: Path) -> NodeProgram:
    need_the_sdks()
    return NodeProgram(tmp_path)


@pytest.fixture
def page(browser: Browser, site: Site) -> BrowserProgram:
    return BrowserProgram(browser, site)


@pytest.fixture(params=["python", "node", "page"])
def program(request: pytest.FixtureRequest) -> Program:
    found: Program = request.getfixturevalue(request.param)
    return found


def test_an_error_with_its_cause_is_one_issue_wherever_its_lines_are(shop: Shop, program: Program) -> None:
    program.run(shop.dsn(), "crash")
    program.run(shop.dsn(), "crash", moved=3)
    issue = shop.only_issue()
    assert re.fullmatch(r"CheckoutFailed: order [78] failed", issue["title"])
    assert (issue["culprit"], issue["level"], issue["count"], issue["userCount"]) == (program.culprit, "error", "4", 1)
    event = shop.newest_event(issue)
    assert (event["user"]["id"], event["user"]["email"]) == ("42", "ada@example.com")
    assert (event["release"], event["environment"], tags(event)["component"]) == ("shop@1.4.2", "staging", "basket")
    assert [one["type"] for one in entry(event, "exception")["values"]] == ["EmptyBasket", "CheckoutFailed"]
    assert "basket was opened" in [crumb["message"] for crumb in entry(event, "breadcrumbs")["values"]]


def test_an_error_that_nobody_catches_arrives(shop: Shop, program: Program) -> None:
    program.run(shop.dsn(), "uncaught")
    issue = shop.only_issue()
    assert issue["title"] == "CheckoutFailed: order 7 failed"
    assert False in [one["mechanism"]["handled"] for one in entry(shop.newest_event(issue), "exception")["values"]]


@pytest.mark.parametrize("name", ["node", "page"])
def test_a_rejection_that_nobody_handles_arrives(request: pytest.FixtureRequest, shop: Shop, name: str) -> None:
    program: Program = request.getfixturevalue(name)
    program.run(shop.dsn(), "rejected")
    issue = shop.only_issue()
    assert (issue["title"], issue["culprit"]) == ("CheckoutFailed: order 7 failed", program.culprit)
    assert "onunhandledrejection" in entry(shop.newest_event(issue), "exception")["values"][-1]["mechanism"]["type"]


def test_messages_that_differ_in_a_number_are_one_issue_of_their_level(shop: Shop, program: Program) -> None:
    program.run(shop.dsn(), "say")
    issue = shop.only_issue()
    assert re.fullmatch(r"search took (2|13) s", issue["title"])
    assert (issue["level"], issue["count"], issue["userCount"]) == ("warning", "2", 1)


def test_fingerprints_group_as_the_program_says(shop: Shop, program: Program) -> None:
    program.run(shop.dsn(), "group")
    found = sorted((issue["title"], issue["count"]) for issue in shop.issues(3))
    failed = "CheckoutFailed: order 7 failed"
    assert found[:2] == [(failed, "1"), (failed, "2")]
    assert found[2] in {("the cellar is wet", "2"), ("the cellar is dark", "2")}


@pytest.fixture(scope="module")
def frugal_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    folder = tmp_path_factory.mktemp("frugal")
    with open_market(Bare(folder, f"sqlite:///{folder}/quell.db", settings={"QUELL_EVENT_QUOTA": str(QUOTA)})) as market:
        yield market


def test_too_many_events_silence_an_sdk_until_the_time_it_was_told(frugal_market: Market, program: Program) -> None:
    shop = frugal_market.shop()
    with wire_to(shop.town.port) as wire:
        program.run(shop.dsn(wire.port), "flood", QUOTA + 6, 6)
    # Of the six that were too many only one was sent: the answer to it silenced the SDK. Without the header it would be silent for a minute.
    assert wire.statuses().count(429) == 1
    drops, after = shop.issues(2)
    assert (drops["count"], drops["title"]) == (str(QUOTA), f"drop {QUOTA}")
    assert (after["count"], after["title"]) == ("1", "dry again")


@pytest.mark.parametrize(("asked", "packed"), [({}, "br"), ({"PACKED_BY": "gzip"}, "gzip")], ids=["as it likes", "gzip"])
def test_the_python_sdk_packs_what_it_sends_and_says_who_it_is_in_a_header(
    shop: Shop, wire: Wire, python: PythonProgram, asked: dict[str, Any], packed: str
) -> None:
    python.run(shop.dsn(wire.port), "say", **asked)
    assert {head.headers["content-encoding"] for head in wire.heads()} == {packed}
    assert all(shop.key in head.headers["x-sentry-auth"] and shop.key not in head.path for head in wire.heads())
    assert shop.only_issue()["count"] == "2"


def test_variables_of_the_python_sdk_lose_their_secrets(shop: Shop, python: PythonProgram) -> None:
    python.run(shop.dsn(), "crash")
    frames = entry(shop.newest_event(shop.only_issue()), "exception")["values"][-1]["stacktrace"]["frames"]
    assert (frames[-1]["vars"]["basket"], frames[-1]["vars"]["api_token"]) == ("8", "[Filtered]")
    assert "canary-of-variable" not in shop.all_that_is_kept()


def test_the_node_sdk_sends_in_chunks_without_a_content_type(shop: Shop, wire: Wire, node: NodeProgram) -> None:
    node.run(shop.dsn(wire.port), "say")
    assert wire.heads()
    assert all("content-type" not in head.headers and head.headers["transfer-encoding"] == "chunked" for head in wire.heads())
    assert all(f"sentry_key={shop.key}" in head.path for head in wire.heads())
    assert shop.only_issue()["count"] == "2"


def test_requests_and_the_environment_of_the_node_sdk_lose_their_secrets(shop: Shop, wire: Wire, node: NodeProgram) -> None:
    node.run(shop.dsn(wire.port), "leak", SHOP_BACKEND="canary-of-environment")
    sent = b"".join(bytes(said) for said in wire.said)
    issue = shop.only_issue()
    assert (issue["title"], issue["culprit"]) == ("Error: nobody at the counter", "GET /basket")
    event = shop.newest_event(issue)
    assert dict(entry(event, "request")["headers"])["authorization"] == "[Filtered]"
    assert event["context"] == {"env": "[Filtered]"}
    kept = shop.all_that_is_kept()
    for secret in ("bearer", "cookie", "header", "query", "environment"):
        assert f"canary-of-{secret}".encode() in sent
        assert f"canary-of-{secret}" not in kept


def test_a_page_elsewhere_sends_plain_text_without_asking_first(shop: Shop, wire: Wire, page: BrowserProgram) -> None:
    page.run(shop.dsn(wire.port), "say")
    assert {head.headers["content-type"] for head in wire.heads()} == {"text/plain;charset=UTF-8"}
    assert {head.headers["origin"] for head in wire.heads()} == {page.site.url.rstrip("/")}
    assert all(f"sentry_key={shop.key}" in head.path for head in wire.heads())
    assert wire.heads("OPTIONS") == []
    assert shop.only_issue()["count"] == "2"


def test_a_page_with_headers_of_its_own_asks_first_and_may(shop: Shop, wire: Wire, page: BrowserProgram) -> None:
    page.run(shop.dsn(wire.port), "say", transportOptions={"headers": {"X-Requested-With": "shop", "Content-Type": "application/x-sentry-envelope"}})
    asked = wire.heads("OPTIONS")[0].headers
    assert asked["access-control-request-headers"] == "content-type,x-requested-with"
    assert wire.heads()[0].headers["x-requested-with"] == "shop"
    assert shop.only_issue()["count"] == "2"


@pytest.mark.parametrize("hours", [2, -2])
def test_a_wrong_clock_does_not_make_an_event_of_another_time(shop: Shop, wire: Wire, page: BrowserProgram, hours: int) -> None:
    began = datetime.now(UTC)
    clock_at = began + timedelta(hours=hours)
    page.run(shop.dsn(wire.port), "crash", clock_at=clock_at)
    sent_at = clock_at.strftime('"sent_at":"%Y-%m-%dT%H:').encode()
    assert any(sent_at in said for said in wire.said)
    issue = shop.only_issue()
    for seen in ("firstSeen", "lastSeen"):
        assert began - timedelta(seconds=2) <= datetime.fromisoformat(issue[seen]) <= datetime.now(UTC)


RAVEN = """
import sys, raven
from raven.transport.http import HTTPTransport
client = raven.Client(sys.argv[1], transport=HTTPTransport, release="shop@1.4.2", environment="staging", tags={"component": "basket"})
client.user_context({"id": "42"})
def checkout(basket):
    session = "canary-of-variable"
    return 100 / len(basket)
try:
    checkout([])
except ZeroDivisionError:
    client.captureException()
client.captureMessage("order %s is lost", params=(int(sys.argv[2]),), level="warning")
"""


def test_raven_of_old_is_understood(shop: Shop, wire: Wire) -> None:
    if find_spec("raven") is None:
        pytest.skip("needs raven 6.10")
    dsn = shop.dsn(wire.port).replace(shop.key, f"{shop.key}:secret")
    for order in ("7", "8"):
        # It is older than this Python, which warns of that.
        subprocess.run([sys.executable, "-W", "ignore", "-c", RAVEN, dsn, order], check=True, timeout=60)
    for head in wire.heads():
        assert (head.path, head.headers["content-encoding"]) == (f"/api/{shop.id}/store/", "deflate")
        assert "sentry_version=6" in head.headers["x-sentry-auth"]
    crash, message = shop.issues(2)
    assert (crash["title"], crash["count"], crash["userCount"]) == ("ZeroDivisionError: division by zero", "2", 1)
    assert (message["title"], message["count"], message["level"]) == ("order 8 is lost", "2", "warning")
    event = shop.newest_event(crash)
    assert (event["release"], event["environment"], tags(event)["component"]) == ("shop@1.4.2", "staging", "basket")
    sent = [zlib.decompress(bytes(said).partition(b"\r\n\r\n")[2]) for said in wire.said]
    assert any(b"canary-of-variable" in body for body in sent)
    assert "canary-of-variable" not in shop.all_that_is_kept()
