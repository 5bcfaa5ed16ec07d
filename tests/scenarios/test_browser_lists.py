"""Lists with tick boxes, a person's own page, pasted links and what can be taken back, on the page in either half."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser import Visitor, button, submit, tick
from tests.support.program import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def three(visitor: Visitor) -> Visitor:
    """Three issues."""
    for number, label in enumerate(("Empty basket", "Bad stock list", "No voucher"), 1):
        visitor.crash(label)
        visitor.both_say(f"SHOP-{number}", "Unresolved, new")
    return visitor


def test_ticked_issues_are_resolved_together_in_slack_and_it_is_undone(three: Visitor) -> None:
    three.type("Slack", "/quell list")
    board = three.slack_board("is:unresolved")
    tick(board, "SHOP-1", "SHOP-3")
    three.shoot("ticked")
    button(board, "Resolve").click()
    for name in ("SHOP-1", "SHOP-3"):
        expect(board).to_contain_text(f"{name} ZeroDivisionError" if name == "SHOP-1" else f"{name} AttributeError")
        three.both_say(name, "Resolved by @Ana Lima, from Slack")
    three.both_say("SHOP-2", "Unresolved, new")
    expect(board.get_by_role("checkbox")).to_have_count(1)
    three.shoot("resolved")

    tick(board, "SHOP-2")
    button(board, "Archive").click()
    modal = three.slack_modal("Archive")
    three.shoot("archive-several")
    modal.locator('[data-block="how"]').get_by_role("button").click()
    modal.get_by_role("option", name="forever").click()
    submit(modal, "Archive")
    three.both_say("SHOP-2", "Archived forever by @Ana Lima, from Slack")

    three.type("Slack", "/quell unresolve SHOP-1")
    three.both_say("SHOP-1", "Unresolved, ")
    button(three.slack.locator("article.ephemeral").last, "Undo").click()
    three.both_say("SHOP-1", "Resolved by @Ana Lima, from Slack")
    three.shoot("undone")


def test_ticked_issues_are_resolved_together_in_teams_and_it_is_undone(three: Visitor) -> None:
    three.type("Teams", "@Quell list")
    board = three.teams_board("is:unresolved")
    tick(board, "SHOP-1", "SHOP-3")
    three.shoot("ticked")
    button(board, "Resolve").click()
    for name in ("SHOP-1", "SHOP-3"):
        three.both_say(name, "Resolved by @Ana Lima, from Teams")
    expect(board.get_by_role("checkbox")).to_have_count(1)
    three.shoot("resolved")

    tick(board, "SHOP-2")
    button(board, "Archive").click()
    dialog = three.teams_dialog("Archive")
    dialog.locator("select").select_option(value="forever")
    three.shoot("archive-several")
    submit(dialog, "Archive")
    three.both_say("SHOP-2", "Archived forever by @Ana Lima, from Teams")

    three.in_teams("SHOP-1", "More", "Undo last change")
    three.both_say("SHOP-1", "Unresolved, ")
    three.shoot("undone")


def test_a_persons_own_page_shows_what_is_theirs_and_acts_on_it(three: Visitor) -> None:
    three.type("Slack", "/quell assign SHOP-1 to me")
    three.both_say("SHOP-1", "Assigned to @Ana Lima")
    three.go("Slack", "Quell home")
    home = three.slack.locator(".home-page")
    expect(home).to_contain_text("My issues")
    inbox = home.get_by_role("checkbox")
    expect(inbox).to_have_count(4)
    three.shoot("home")
    home.get_by_role("checkbox", name="SHOP-2").check()
    _last(home, "Mark reviewed").click()
    expect(inbox).to_have_count(3)

    three.go("Teams", "Quell")
    three.type("Teams", "mine")
    page = three.teams_board("My issues")
    expect(page.get_by_role("checkbox")).to_have_count(3)
    three.shoot("mine")
    page.get_by_role("checkbox", name="SHOP-3").check()
    _last(page, "Resolve").click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    three.go("Slack", "# alerts")
    three.go("Teams", "Alerts")
    three.both_say("SHOP-3", "Resolved by @Ana Lima, from Teams")


def test_a_pasted_link_unfolds_into_the_live_message(three: Visitor, sqlite_town: Town) -> None:
    three.type("Slack", f"look at {sqlite_town.url}/issues/SHOP-1/")
    three.type("Teams", f"look at {sqlite_town.url}/issues/SHOP-1/")
    slack = three.slack.locator("article").filter(has_text="look at")
    teams = three.teams.locator("article").filter(has_text="look at")
    for preview in (slack, teams):
        expect(preview).to_contain_text("Unresolved, new")
    three.shoot("unfolded")

    button(slack, "Archive").click()
    modal = three.slack_modal("Archive SHOP-1")
    modal.locator('[data-block="how"]').get_by_role("button").click()
    modal.get_by_role("option", name="forever").click()
    submit(modal, "Archive")
    expect(slack).to_contain_text("Archived forever by @Ana Lima, from Slack")
    three.both_say("SHOP-1", "Archived forever by @Ana Lima, from Slack")

    # Teams lets nobody redraw what stands below a link; the card asks for the truth when somebody comes to look.
    three.go("Teams", "Quell")
    three.go("Teams", "Alerts")
    expect(teams).to_contain_text("Archived forever by @Ana Lima, from Slack")
    button(teams, "Unarchive").click()
    expect(teams).to_contain_text("Unresolved, ")
    expect(slack).to_contain_text("from Teams")
    three.shoot("alive")


def test_what_is_said_in_a_thread_stands_below_its_message(three: Visitor) -> None:
    copy = three.slack.locator(".thread").filter(has_text="SHOP-3")
    copy.get_by_text("Reply in thread").click()
    copy.get_by_label("Reply in thread").fill("I look at it")
    copy.get_by_label("also to #alerts").check()
    copy.get_by_label("Reply in thread").press("Enter")
    expect(copy.locator(".replies")).to_contain_text("I look at it")
    expect(three.slack.locator("article").filter(has_text="replied in a thread")).to_contain_text("I look at it")
    three.shoot("thread")


def _last(within: Locator, label: str) -> Locator:
    """The button of the last board of a page."""
    return within.get_by_role("button", name=label).last
