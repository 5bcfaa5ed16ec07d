"""The issue page: what it shows, to whom, and that foreign text on it is harmless."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core.issues.actions import Action, Archive, Assign, Comment, Delete, Merge, Resolve, SetPublic, To
from core.types import Origin
from tests.support.core import World
from tests.support.pages import Browser, Open


async def signed_in(browser: Browser, world: World) -> Browser:
    return await browser.sign_in(world.core.logins.make(world.ada.id))


def with_payload(world: World, payload: dict[str, object]) -> None:
    world.core.occurrences.record(world.project.id, [replace(world.occurrence("Boom"), payload=payload)])


async def test_the_page_tells_where_the_issue_stands_and_what_happened(world: World, open_: Open) -> None:
    world.event("Boom")
    world.do(Comment("Have a look\nin the cellar"))
    world.do(Resolve())
    world.core.outbox.show(world.organization_id, world.issue().id, "msteams", Origin("tenant", "19:alerts"))
    page = await (await signed_in(open_(), world)).get("/issues/SHOP-1/")
    assert page.status == 200
    for words in (
        "SHOP-1",
        "Boom",
        "Resolved by @Ada, from Slack",
        "@Ada: resolved from Slack",
        "Boom in the cellar",
        "19:alerts",
        "Signed in as @Ada",
    ):
        assert words in page.text
    assert "Have a look\nin the cellar</blockquote>" in page.text
    assert "12:00 WET" in page.text, "times are the reader's own"


async def test_the_page_marks_what_happened_to_a_merged_issue(world: World, open_: Open) -> None:
    world.event("Boom")
    world.clock.pass_by(minutes=1)
    world.event("Bang")
    world.do(Comment("Look here"), ids=("SHOP-2",))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    page = await (await signed_in(open_(), world)).get("/issues/SHOP-1/")
    assert "@Ada: commented from Slack <small>in SHOP-2, merged into this issue</small>" in page.text
    assert page.text.count("merged into this issue") == 2, "the comment and the first event, but not what happened to the primary"


async def test_the_page_is_found_by_number_and_by_short_id_in_any_case(world: World, open_: Open) -> None:
    number = world.event("Boom").issue_id
    browser = await signed_in(open_(), world)
    assert [(await browser.get(f"/issues/{name}/")).status for name in (number, "SHOP-1", "shop-1")] == [200] * 3


async def test_the_address_that_sentrys_clients_print_leads_to_the_page(world: World, open_: Open) -> None:
    world.event("Boom")
    browser = await signed_in(open_(), world)
    for path, target in (("acme/issues/SHOP-1", "SHOP-1"), ("nosuch/issues/1", "1"), ("acme/issues/a%0D%0Ab", "a%0D%0Ab")):
        answer = await browser.get(f"/organizations/{path}/")
        assert (answer.status, answer.headers["location"]) == (302, f"/issues/{target}/"), path
    assert (await browser.get("/organizations/acme/issues/%2F%2Fevil.example/")).status == 404


async def test_the_page_shows_the_newest_stack_with_the_last_call_first(world: World, open_: Open) -> None:
    frames = [{"filename": "a.py", "lineno": 1, "function": "outer"}, {"filename": "b.py", "lineno": 2, "function": "inner", "context_line": "1 / 0"}]
    with_payload(world, {"exception": {"values": [{"type": "ZeroDivisionError", "value": "by zero", "stacktrace": {"frames": frames}}]}})
    page = await open_(playground="acme").get("/issues/1/")
    assert page.text.index("b.py:2 in inner") < page.text.index("a.py:1 in outer")
    assert "1 / 0" in page.text


async def test_the_page_shows_the_tags_and_the_person_of_the_newest_event(world: World, open_: Open) -> None:
    with_payload(world, {"tags": {"browser": "Netscape 4"}, "user": {"email": "customer@example.com"}})
    page = await open_(playground="acme").get("/issues/1/")
    assert "Netscape 4" in page.text
    assert "customer@example.com" in page.text


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"exception": None, "tags": None, "user": None},
        {"exception": {"values": None}, "tags": [], "user": "x"},
        {"exception": {"values": ["x", {"stacktrace": None}]}, "tags": {"a": None, "b": {"c": 1}}, "user": {"id": {"x": 1}}},
        {"exception": {"values": [{"stacktrace": {"frames": [{"context_line": 7, "lineno": {}}, "x"]}}]}},
    ],
)
async def test_an_event_of_any_shape_has_a_page(world: World, open_: Open, payload: dict[str, object]) -> None:
    with_payload(world, payload)
    assert (await open_(playground="acme").get("/issues/1/")).status == 200


async def test_an_issue_whose_events_are_gone_has_a_page(world: World, open_: Open) -> None:
    world.event("Boom")
    world.do(Resolve())
    with world.core.database.write() as work:
        work.session.connection().exec_driver_sql("DELETE FROM events")
    page = await open_(playground="acme").get("/issues/1/")
    assert "Boom in the cellar" in page.text


NASTY = "<script>alert(1)</script>{{ 7 * 7 }}\"'><img src=x onerror=alert(2)>&amp;<a href=//evil.example>"


async def test_foreign_text_is_shown_and_not_obeyed(world: World, open_: Open) -> None:
    frame = {"filename": NASTY, "module": NASTY, "function": NASTY, "lineno": NASTY, "context_line": NASTY}
    raised = {"type": NASTY, "value": NASTY, "stacktrace": {"frames": [frame]}}
    nasty = {"exception": {"values": [raised]}, "tags": {NASTY: NASTY}, "user": {NASTY: NASTY}}
    hostile = replace(world.occurrence("x"), title=NASTY, culprit=NASTY, message=NASTY, release=NASTY, environment=NASTY[:64], payload=nasty)
    world.core.occurrences.record(world.project.id, [hostile])
    world.do(Comment(NASTY))
    page = await open_(playground="acme").get("/issues/1/")
    assert page.status == 200
    assert page.text.count("&lt;script&gt;alert(1)") >= 13
    assert not [tag for tag in ("<script", "<img", "evil.example>", "onerror=alert(2)>") if tag in page.text]
    assert "{{ 7 * 7 }}" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


# Who may look ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SHOP-1", "1", "SHOP-9", "nonsense"])
async def test_whoever_is_not_signed_in_is_told_how_to_and_learns_nothing(world: World, open_: Open, name: str) -> None:
    world.event("Boom")
    page = await open_().get(f"/issues/{name}/")
    assert page.status == 403
    assert "type login" in page.text
    assert "Boom" not in page.text
    assert page.text == (await open_().get("/issues/SHOP-77/")).text


async def test_an_issue_that_is_not_there_or_is_anothers_is_not_found(world: World, other_world: World, open_: Open) -> None:
    world.event()
    theirs = other_world.event("Secret").issue_id
    for browser in (await signed_in(open_(), world), open_(playground="acme")):
        for name in ("SHOP-9", "nonsense", str(theirs), str(10**30), "%00", "a" * 300):
            page = await browser.get(f"/issues/{name}/")
            assert page.status == 404, name
            assert "There is no issue" in page.text
            assert "Secret" not in page.text


async def test_a_share_link_opens_its_issue_to_anybody_but_not_what_is_said_inside(world: World, open_: Open) -> None:
    with_payload(world, {"user": {"email": "customer@example.com"}, "tags": {"browser": "Netscape 4"}})
    world.do(Comment("The customer is always right"))
    link = world.share()
    for path in (f"/issues/SHOP-1/?share={link}", f"/issues/{world.issue().id}/?share={link}", f"/share/issue/{link}/"):
        page = await open_().get(path)
        assert page.status == 200, path
        assert "Netscape 4" in page.text
        assert not [secret for secret in ("always right", "customer@example.com", "@Ada:", "Not assigned") if secret in page.text]
    assert "always right" in (await (await signed_in(open_(), world)).get(f"/share/issue/{link}/")).text


@pytest.mark.parametrize("change", [Resolve(), Archive(), None], ids=["resolved", "archived", "assigned"])
async def test_a_shared_page_names_nobody(world: World, open_: Open, change: Action | None) -> None:
    tags = {"user": "id:4711", "user.email": "customer@example.com", "customerId": "4711", "browser": "Netscape 4", "from": "customer@example.com"}
    raised = {
        "type": "Refused",
        "value": "customer@example.com at 192.0.2.7 may not",
        "stacktrace": {"frames": [{"context_line": "mail('eve@example.com')"}]},
    }
    occurrence = replace(world.occurrence("Refused customer@example.com"), culprit="for eve@example.com", payload={})
    world.core.occurrences.record(world.project.id, [replace(occurrence, payload={"tags": tags, "exception": {"values": [raised]}})])
    link = world.share()
    world.do(change or Assign(To("user", world.ada.id)))
    for pages in (open_(), open_(playground="acme")):
        page = await pages.get(f"/share/issue/{link}/")
        assert page.status == 200
        assert "Netscape 4" in page.text
        assert "Refused [e-mail]" in page.text
        assert [word for word in ("Ada", "ada@", "customer@", "eve@", "4711", "192.0.2.7", "Assigned") if word in page.text] == []
    own = await (await signed_in(open_(), world)).get("/issues/SHOP-1/")
    assert "customer@example.com" in own.text
    assert "@Ada" in own.text


async def test_a_share_link_opens_no_other_issue_and_nothing_once_it_was_taken_back(world: World, open_: Open) -> None:
    world.event("Boom")
    world.event("Other secret")
    link = world.share()
    for path in (f"/issues/SHOP-2/?share={link}", "/issues/SHOP-1/?share=1", f"/issues/SHOP-1/?share={'0' * 32}", "/share/issue/nonsense/"):
        page = await open_().get(path)
        assert (page.status, "secret" in page.text) == (404, False), path
    world.do(SetPublic(is_public=False))
    for path in (f"/issues/SHOP-1/?share={link}", f"/share/issue/{link}/"):
        assert (await open_().get(path)).status == 404


async def test_a_deleted_issue_is_shared_no_more_but_its_owners_see_it(world: World, open_: Open) -> None:
    world.event("Boom")
    link = world.share()
    world.do(Delete())
    assert (await open_().get(f"/share/issue/{link}/")).status == 404
    assert "Deleted by @Ada" in (await (await signed_in(open_(), world)).get("/issues/SHOP-1/")).text


async def test_anothers_share_link_shows_the_fault_alone_to_people_of_other_organizations(world: World, other_world: World, open_: Open) -> None:
    world.event("Boom")
    link = world.share()
    page = await (await signed_in(open_(), other_world)).get(f"/share/issue/{link}/")
    assert page.status == 200
    assert "History" not in page.text


async def test_without_a_database_it_says_so(open_: Open, world: World) -> None:
    browser = await signed_in(open_(), world)
    with world.core.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE login_sessions RENAME TO elsewhere")
    for path in ("/issues/SHOP-1/", "/login/"):
        assert (await browser.get(path)).status == 503


# The way in -----------------------------------------------------------------------------------------------------------


async def test_looking_at_a_login_link_does_not_use_it_and_pressing_the_button_does_once(world: World, open_: Open) -> None:
    world.event("Boom")
    token = world.core.logins.make(world.ada.id)
    for _ in range(3):
        preview = await open_().get(f"/login/{token}")
        assert preview.status == 200
        assert "set-cookie" not in preview.headers
    browser = await open_().sign_in(token)
    assert "You are signed in" in (await browser.get("/login/")).text
    assert (await browser.get("/issues/SHOP-1/")).status == 200
    for method in ("GET", "POST"):
        again = await open_().ask(method, f"/login/{token}")
        assert again.status == 410
        assert "type login" in again.text
        assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    ("public_url", "is_secure", "path"),
    [("http://127.0.0.1:8080", False, "/"), ("https://quell.example.com", True, "/"), ("https://example.com/quell", True, "/quell/")],
)
async def test_the_cookie_is_for_us_alone(world: World, open_: Open, public_url: str, *, is_secure: bool, path: str) -> None:
    token = world.core.logins.make(world.ada.id)
    answer = await open_(public_url=public_url).ask("POST", f"/login/{token}")
    assert (answer.status, answer.headers["location"]) == (303, f"{path}login/")
    parts = answer.headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=lax", "max-age=43200", f"path={path}"} <= set(parts)
    assert ("secure" in parts) is is_secure
    assert token not in answer.headers["set-cookie"]


async def test_a_session_ends_by_itself_and_by_signing_out(world: World, open_: Open) -> None:
    world.event("Boom")
    browser = await signed_in(open_(), world)
    copied = dict(browser.cookies)
    left = await browser.ask("POST", "/logout/")
    assert (left.status, browser.cookies) == (303, {})
    browser.cookies = copied
    assert (await browser.get("/issues/SHOP-1/")).status == 403, "the session is gone, not only its cookie"
    browser = await signed_in(open_(), world)
    world.clock.pass_by(hours=12)
    assert (await browser.get("/issues/SHOP-1/")).status == 403
    assert (await browser.get("/login/")).status == 403


async def test_a_cookie_that_we_did_not_sign_is_none(world: World, open_: Open) -> None:
    world.event("Boom")
    browser = await signed_in(open_(), world)
    (good,) = browser.cookies.values()
    session, _, signature = good.partition(".")
    for forged in (session, f"{session}.", f"{session}.{'0' * 64}", f".{signature}", "", ".", "é.é"):
        browser.cookies = {"quell_session": forged}
        assert (await browser.get("/issues/SHOP-1/")).status == 403
    other = open_(secret_key="another key of at least 32 characters")
    other.cookies = {"quell_session": good}
    assert (await other.get("/issues/SHOP-1/")).status == 403, "who changes the key ends all sessions"


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)])
async def test_no_other_site_can_sign_a_browser_in(world: World, open_: Open, site: str, status: int) -> None:
    token = world.core.logins.make(world.ada.id)
    assert (await open_().ask("POST", f"/login/{token}", {"sec-fetch-site": site})).status == status


@pytest.mark.parametrize("path", ["/issues/SHOP-1/", "/share/issue/x/", "/login/", "/login/x", "/logout/"])
async def test_no_page_is_kept_framed_or_named_to_others(world: World, open_: Open, path: str) -> None:
    method = "POST" if path == "/logout/" else "GET"
    headers = (await open_().ask(method, path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_pages_of_a_house_with_logins_may_stand_behind_a_proxy(world: World, open_: Open) -> None:
    world.event("Boom")
    browser = await signed_in(open_(), world)
    headers = {"host": "quell.example.com", "x-forwarded-for": "203.0.113.7"}
    assert (await browser.ask("GET", "/issues/SHOP-1/", headers)).status == 200


async def test_every_page_forbids_scripts_frames_and_whatever_is_elsewhere(world: World, open_: Open) -> None:
    world.event("Boom")
    browser = await signed_in(open_(), world)
    for path in (
        "/issues/SHOP-1/",
        "/issues/SHOP-99/",
        f"/share/issue/{world.share()}/",
        "/share/issue/x/",
        "/login/",
        "/login/x",
        f"/login/{'0' * 64}",
    ):
        page = await browser.get(path)
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; "), path
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert "http" not in policy
        headers = ("x-content-type-options", "referrer-policy", "cache-control", "x-frame-options")
        assert [page.headers[name] for name in headers] == ["nosniff", "no-referrer", "no-store", "DENY"]
        assert not re.search(r"(?i)<(script|link|img|iframe|object|embed|base)\b|@import|url\(", page.text)
