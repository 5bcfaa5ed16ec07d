"""The main job on the page itself: what a person sees and clicks in headless Chromium, with the real program behind it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visitor, button
from tests.support.program import Town

pytestmark = pytest.mark.slow

ALERT = "ZeroDivisionError: division by zero"
OF_MY_OWN = "For a while of my own, such as 90m or 3d"
EVENTS = "Until so many more events, or so many in a time"
HOSTILE = "<script>window.hacked=1</script> <!channel> <!here> @everyone [click](https://evil.example) <https://evil.example|log in> \u202egnp.exe"


def test_an_issue_is_triaged_on_the_page_alone(visitor: Visitor) -> None:
    visitor.crash("Empty basket")
    visitor.both_say("SHOP-1", ALERT, "Unresolved, new")
    visitor.both_offer("SHOP-1", "Resolve", "Archive", "Assign", "Mark reviewed", "More")
    visitor.shoot("new")

    # Ana puts it aside for two seconds; both copies say so and both come back.
    visitor.in_slack("SHOP-1", "Archive")
    expect(visitor.slack_modal("Archive")).to_be_visible()
    visitor.shoot("archive-modal")
    modal = visitor.archive_in_slack(OF_MY_OWN, "2s")
    visitor.both_say("SHOP-1", "Archived until", "by @Ana Lima, from Slack")
    visitor.shoot("archived")
    expect(modal).to_have_count(0)
    visitor.both_say("SHOP-1", "Came back: its time was reached")
    visitor.shoot("came-back")

    # Ben resolves it in Teams, and it happens again.
    visitor.become("Ben")
    visitor.in_teams("SHOP-1", "Resolve", "Now")
    visitor.both_say("SHOP-1", "Resolved by @Ben Osei, from Teams")
    visitor.both_offer("SHOP-1", "Unresolve")
    visitor.shoot("resolved")
    visitor.crash("Empty basket")
    visitor.both_say("SHOP-1", "Unresolved, regressed")
    visitor.shoot("regressed")

    _assign_it(visitor)
    _delete_and_restore_it(visitor)
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)


def _assign_it(visitor: Visitor) -> None:
    """Somebody is to look after it: found by typing in Slack, in Teams, and named in a command."""
    visitor.become("Ana")
    copy = visitor.slack_copy("SHOP-1")
    button(copy, "Assign").click()
    copy.get_by_role("searchbox").press_sequentially("chi")
    expect(copy.get_by_role("option", name="@Chiyo Mori")).to_be_visible()
    visitor.shoot("typeahead-in-slack")
    copy.get_by_role("option", name="@Chiyo Mori").click()
    visitor.both_say("SHOP-1", "Assigned to @Chiyo Mori")
    visitor.in_teams("SHOP-1", "Assign")
    dialog = visitor.teams_dialog("Assign SHOP-1")
    dialog.get_by_label("Assign to").press_sequentially("be")
    expect(dialog.get_by_role("option", name="@Ben Osei")).to_be_visible()
    visitor.shoot("typeahead-in-teams")
    dialog.get_by_role("option", name="@Ben Osei").click()
    button(dialog, "Assign").click()
    visitor.both_say("SHOP-1", "Assigned to @Ben Osei")
    visitor.type("Slack", "/quell assign SHOP-1 to @ana@example.com")
    visitor.both_say("SHOP-1", "Assigned to @Ana Lima")
    visitor.shoot("assigned")

    visitor.in_teams("SHOP-1", "Mark reviewed")
    for one in (visitor.slack_copy("SHOP-1"), visitor.teams_copy("SHOP-1")):
        expect(button(one, "Mark reviewed")).to_have_count(0)


def _delete_and_restore_it(visitor: Visitor) -> None:
    """Deleting asks first, both copies say until when it can be restored, and restoring brings it back."""
    visitor.in_slack("SHOP-1", "More", option="Delete")
    modal = visitor.slack_modal("Delete SHOP-1")
    expect(modal).to_contain_text(re.compile(r"2 events that hit 1 user\b"))
    visitor.shoot("delete-asks-first")
    button(modal.locator("footer"), "Delete").click()
    visitor.both_say("SHOP-1", "Deleted by @Ana Lima, from Slack. It can be restored until ")
    for one in (visitor.slack_copy("SHOP-1"), visitor.teams_copy("SHOP-1")):
        expect(one).to_contain_text(re.compile(r"restored until \d\d:\d\d"))
        expect(button(one, "Resolve")).to_have_count(0)
    visitor.shoot("deleted")
    visitor.become("Ben")
    visitor.in_teams("SHOP-1", "Restore")
    visitor.both_say("SHOP-1", "Unresolved, ", "Assigned to @Ana Lima")
    visitor.shoot("restored")


def test_deleting_in_teams_asks_first_too(visitor: Visitor) -> None:
    visitor.crash("Bad stock list")
    visitor.both_say("SHOP-1", "Unresolved, new")
    visitor.in_teams("SHOP-1", "More", "Delete")
    dialog = visitor.teams_dialog("Delete SHOP-1")
    expect(dialog).to_contain_text("1 event that hit 1 user.")
    visitor.shoot("asks")
    button(dialog, "Delete").click()
    visitor.both_say("SHOP-1", "Deleted by @Ana Lima, from Teams. It can be restored until ")
    visitor.in_slack("SHOP-1", "Restore")
    visitor.both_say("SHOP-1", "Unresolved, new")


def test_a_wrong_value_is_named_at_its_field_and_what_was_typed_stays(visitor: Visitor) -> None:
    visitor.crash("Bad stock list")
    visitor.both_say("SHOP-1", "Unresolved, new")

    visitor.in_slack("SHOP-1", "Archive")
    modal = visitor.archive_in_slack(OF_MY_OWN, "a while")
    amount = modal.locator('[data-block="amount"]')
    expect(amount.get_by_role("alert")).to_contain_text("a while")
    expect(amount.get_by_role("textbox")).to_have_value("a while")
    expect(modal.locator('[data-block="how"]')).to_contain_text(OF_MY_OWN)
    visitor.shoot("slack")
    modal = visitor.archive_in_slack("Until a date and time", "a while")
    expect(modal.locator('[data-block="date"]').get_by_role("alert")).to_have_text("Choose a date and time.")
    expect(amount.get_by_role("alert")).to_have_count(0)
    visitor.close(modal, "Cancel")

    visitor.in_teams("SHOP-1", "Archive")
    dialog = visitor.archive_in_teams(EVENTS, "many")
    expect(dialog).to_contain_text("'many' is not a number of events")
    expect(dialog.get_by_label("How long, or how many")).to_have_value("many")
    expect(dialog.locator("select")).to_have_value("events")
    visitor.shoot("teams")
    visitor.close(dialog)

    visitor.in_teams("SHOP-1", "Assign")
    dialog = visitor.teams_dialog("Assign SHOP-1")
    button(dialog, "Assign").click()
    expect(dialog).to_contain_text("Choose somebody")
    visitor.shoot("teams-assign")
    visitor.close(dialog)
    visitor.both_say("SHOP-1", "Unresolved, new", "Not assigned")


def test_a_member_who_may_not_delete_is_told_so_in_both_chats(visitor: Visitor) -> None:
    visitor.crash("Missing article")
    visitor.both_say("SHOP-1", "Unresolved, new")
    visitor.become("Chiyo")
    visitor.in_slack("SHOP-1", "More", option="Delete")
    expect(visitor.slack.get_by_role("dialog")).to_contain_text("needs the role admin")
    visitor.shoot("slack")
    visitor.close(visitor.slack.get_by_role("dialog"))
    visitor.in_teams("SHOP-1", "More", "Delete")
    expect(visitor.teams).to_contain_text("needs the role admin")
    visitor.shoot("teams")
    visitor.both_say("SHOP-1", "Unresolved, new")


def test_what_was_typed_wrong_is_answered_to_that_person_alone(visitor: Visitor) -> None:
    visitor.type("Slack", "/quell reslove SHOP-1")
    expect(visitor.slack).to_contain_text("Did you mean resolve?")
    visitor.type("Teams", "@Quell reslove SHOP-1")
    expect(visitor.teams).to_contain_text("I answered you in our personal chat")
    visitor.go("Teams", "Quell")
    expect(visitor.teams).to_contain_text("Did you mean resolve?")
    visitor.shoot("told")
    visitor.become("Ben")
    for half in (visitor.slack, visitor.teams):
        expect(half).not_to_contain_text("Did you mean resolve?")


def test_a_hostile_title_is_only_text_in_both_halves(visitor: Visitor, sqlite_town: Town) -> None:
    report = (
        "import sys, sentry_sdk as s; s.init(sys.argv[1], auto_enabling_integrations=False); s.capture_message(sys.argv[2], 'error'); s.flush(10)"
    )
    dsn = next(line.split()[-1] for line in sqlite_town.log.splitlines() if line.startswith("DSN of shop"))
    subprocess.run([sys.executable, "-c", report, dsn, HOSTILE], check=True, timeout=30)
    visitor.both_say("SHOP-1", "<script>window.hacked=1</script>", "<!channel>")
    visitor.shoot("shown")
    for copy in (visitor.slack_copy("SHOP-1"), visitor.teams_copy("SHOP-1")):
        assert "\u202e" not in copy.inner_text()
        expect(copy.locator(".mention, script, img:not(.face)")).to_have_count(0)
        links = {link.inner_text(): link.get_attribute("href") or "" for link in copy.get_by_role("link").all()}
        assert any(address.startswith(sqlite_town.url) for address in links.values()), "the title leads to the issue"
        # A client may make a link of an address in plain sight; none may stand behind other words.
        assert {words for words, address in links.items() if not address.startswith(sqlite_town.url)} <= {"https://evil.example"}
    assert visitor.page.evaluate("window.hacked") is None


def test_the_page_fits_a_phone(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 400, "height": 800})
    visitor.crash("Payment timeout")
    visitor.both_say("SHOP-1", "Unresolved, new")
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 400
    visitor.shoot("top")
    visitor.in_slack("SHOP-1", "Archive")
    expect(visitor.slack_modal("Archive")).to_be_visible()
    visitor.shoot("slack-modal")
    visitor.close(visitor.slack_modal("Archive"), "Cancel")
    visitor.in_teams("SHOP-1", "Archive")
    expect(visitor.teams_dialog("Archive")).to_be_visible()
    visitor.shoot("teams-dialog")
    visitor.close(visitor.teams_dialog("Archive"))
    visitor.teams_copy("SHOP-1").scroll_into_view_if_needed()
