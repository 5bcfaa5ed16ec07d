"""Every form, opened, filled and sent on the page, in either half; both copies say what came of it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visitor, button, submit
from tests.support.program import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

RELEASE = "shop@1.4.2"
SHA = "1f3a9c2d4e5f60718293a4b5c6d7e8f901234567"
EVENTS = "Until so many more events, or so many in a time"


@pytest.fixture
def three(visitor: Visitor, sqlite_town: Town) -> Visitor:
    """Three issues of a project with a release that holds a commit."""
    for number, label in enumerate(("Empty basket", "Bad stock list", "No voucher"), 1):
        visitor.crash(label)
        visitor.both_say(f"SHOP-{number}", "Unresolved, new")
    token = json.loads(sqlite_town.quell("token", "create", "--org", "default", "--json"))["token"]
    body = {"version": "shop@1.4.1", "projects": ["shop"], "commits": [{"id": SHA, "repository": "acme/shop"}]}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    status, answer = sqlite_town.request("POST", "/api/0/organizations/default/releases/", json.dumps(body).encode(), headers)
    assert status == 201, answer
    return visitor


def test_every_form_in_slack(three: Visitor) -> None:
    visitor = three
    visitor.in_slack("SHOP-1", "Archive")
    expect(visitor.archive_in_slack(EVENTS, "50")).to_have_count(0)
    visitor.both_say("SHOP-1", "Archived until 50 more events (0 so far) by @Ana Lima, from Slack")
    visitor.in_slack("SHOP-1", "Archive otherwise")
    expect(visitor.archive_in_slack("forever", "")).to_have_count(0)
    visitor.both_say("SHOP-1", "Archived forever by @Ana Lima, from Slack")

    visitor.in_slack("SHOP-1", "More", option="Comment")
    modal = visitor.slack_modal("Comment SHOP-1")
    modal.get_by_label("Comment", exact=True).fill("Looks like the <b>basket</b> again")
    visitor.shoot("comment")
    submit(modal, "Comment")

    visitor.in_slack("SHOP-2", "Resolve", option="In a version")
    modal = visitor.slack_modal("Resolve SHOP-2")
    visitor.choose_in_slack(modal, "Fixed in", "shop@1.4.2", RELEASE)
    visitor.shoot("version")
    submit(modal, "Resolve")
    visitor.both_say("SHOP-2", f"Resolved in release {RELEASE} by @Ana Lima, from Slack")

    visitor.in_slack("SHOP-3", "Resolve", option="By a commit")
    modal = visitor.slack_modal("Resolve SHOP-3")
    modal.get_by_label("Commit", exact=True).fill("123")
    button(modal.locator("footer"), "Resolve").click()
    expect(modal.get_by_role("alert").filter(has_text="'123' is no commit")).to_be_visible()
    visitor.shoot("commit-refused")
    modal.get_by_label("Commit", exact=True).fill(SHA[:9])
    submit(modal, "Resolve")
    visitor.both_say("SHOP-3", "Resolved by a commit")

    visitor.in_slack("SHOP-2", "More", option="Merge into")
    modal = visitor.slack_modal("Merge SHOP-2")
    visitor.choose_in_slack(modal, "Merge into", "division", "SHOP-1")
    visitor.shoot("merge")
    submit(modal, "Merge")
    visitor.both_say("SHOP-2", "Merged into SHOP-1 by @Ana Lima, from Slack")

    for name, verb, past in (("SHOP-3", "Discard", "Discarded"), ("SHOP-1", "Delete", "Deleted")):
        visitor.in_slack(name, "More", option=verb)
        modal = visitor.slack_modal(f"{verb} {name}")
        visitor.shoot(verb.lower())
        submit(modal, verb)
        visitor.both_say(name, f"{past} by @Ana Lima, from Slack. It can be restored until ")
    visitor.shoot("gone")


def test_every_form_in_teams(three: Visitor) -> None:
    visitor = three
    visitor.in_teams("SHOP-1", "Archive")
    expect(visitor.archive_in_teams(EVENTS, "50")).to_have_count(0)
    visitor.both_say("SHOP-1", "Archived until 50 more events (0 so far) by @Ana Lima, from Teams")

    visitor.in_teams("SHOP-1", "More", "Comment")
    dialog = visitor.teams_dialog("Comment SHOP-1")
    dialog.get_by_label("Comment").and_(dialog.locator("textarea")).fill("Looks like the <b>basket</b> again")
    visitor.shoot("comment")
    submit(dialog, "Comment")

    visitor.in_teams("SHOP-2", "Resolve", "In a version")
    dialog = visitor.teams_dialog("Resolve SHOP-2")
    visitor.choose_in_teams(dialog, "Fixed in", "shop@1.4.2", RELEASE)
    visitor.shoot("version")
    submit(dialog, "Resolve")
    visitor.both_say("SHOP-2", f"Resolved in release {RELEASE} by @Ana Lima, from Teams")

    visitor.in_teams("SHOP-3", "Resolve", "By a commit")
    dialog = visitor.teams_dialog("Resolve SHOP-3")
    dialog.get_by_label("Commit").fill("123")
    button(dialog, "Resolve").click()
    expect(dialog).to_contain_text("'123' is no commit")
    visitor.shoot("commit-refused")
    dialog.get_by_label("Commit").fill(SHA[:9])
    submit(dialog, "Resolve")
    visitor.both_say("SHOP-3", "Resolved by a commit")

    visitor.in_teams("SHOP-2", "More", "Merge into")
    dialog = visitor.teams_dialog("Merge SHOP-2")
    visitor.choose_in_teams(dialog, "Merge into", "division", "SHOP-1")
    visitor.shoot("merge")
    submit(dialog, "Merge")
    visitor.both_say("SHOP-2", "Merged into SHOP-1 by @Ana Lima, from Teams")

    for name, verb, past in (("SHOP-3", "Discard", "Discarded"), ("SHOP-1", "Delete", "Deleted")):
        visitor.in_teams(name, "More", verb)
        dialog = visitor.teams_dialog(f"{verb} {name}")
        visitor.shoot(verb.lower())
        submit(dialog, verb)
        visitor.both_say(name, f"{past} by @Ana Lima, from Teams. It can be restored until ")
    visitor.shoot("gone")
