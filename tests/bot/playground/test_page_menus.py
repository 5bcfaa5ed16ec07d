"""Menus and rows on the page stay open, in sight and under the finger while the page draws itself anew."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.playground.page import OPTIONS, Half, box_of, hold, resolve
from tests.support.playground.world import World

pytestmark = pytest.mark.slow


SIZES = [(1440, 900), (1000, 480), (400, 740)]


def test_an_unfolded_menu_of_a_card_stays_unfolded(page: Page, teams: Half) -> None:
    teams.message.get_by_role("button", name="More").click()
    teams.message.get_by_label("Note").fill("for later")
    teams.change()
    expect(teams.message).to_contain_text("after")
    expect(teams.message.get_by_label("Note")).to_have_value("for later")
    teams.message.get_by_role("button", name="Save").click()
    assert teams.heard(1)["data"]["note"] == "for later"


def test_an_open_menu_stays_open_and_chooses_what_it_showed(page: Page, slack: Half) -> None:
    slack.message.get_by_role("button", name="More").click()
    slack.message.get_by_role("searchbox").fill("option 1")
    slack.change()
    expect(slack.message).to_contain_text("after")
    expect(slack.message.get_by_role("searchbox")).to_have_value("option 1")
    expect(slack.message.get_by_role("searchbox")).to_be_focused()
    slack.message.get_by_role("option", name="Option 11").click()
    assert (slack.heard(1)["block_id"], slack.heard(1)["selected_option"]["value"]) == ("first", "option 11")

    # Once closed it is what the message says now.
    slack.message.get_by_role("button", name="More").click()
    slack.message.get_by_role("option", name="Option 2").click()
    assert slack.heard(2)["block_id"] == "block of after"


def test_a_menu_closes_when_something_else_is_pressed_in_either_half(page: Page, world: World, slack: Half) -> None:
    teams = Half(world, page, "teams")
    for elsewhere in (resolve(slack), teams.message.get_by_role("button", name="More"), page.get_by_label("Message in Teams")):
        slack.message.get_by_role("button", name="More").click()
        expect(slack.message.get_by_role("listbox")).to_be_visible()
        elsewhere.click()
        expect(slack.message.get_by_role("listbox")).to_have_count(0)


def test_an_open_menu_stays_under_the_finger_when_messages_arrive(page: Page, slack: Half) -> None:
    for number in range(8):
        slack.post(f"filler {number}")
    last = slack.shown(slack.post("last"))
    last.get_by_role("button", name="More").click()
    choice = last.get_by_role("option", name="Option 3")
    before = box_of(choice)
    slack.post("one more")
    expect(page.locator("#slack")).to_contain_text("one more")
    assert box_of(choice) == before
    choice.click()
    slack.heard(1)
    latest = slack.shown(slack.post("yet another"))
    expect(latest).to_be_in_viewport()


@pytest.fixture
def found_by_typing(world: World) -> None:
    """Two people whom the bot knows."""
    found = [{"value": f"user:{n}", "title": name} for n, name in enumerate(("Ben Osei", "Benita Cruz"))]
    world.bot.answers["application/search"] = {"statusCode": 200, "type": "x", "value": {"results": found}}


@pytest.mark.usefixtures("found_by_typing")
def test_a_row_found_by_typing_can_be_pressed_while_the_rows_are_drawn_anew(page: Page, teams: Half) -> None:
    field = teams.message.get_by_role("combobox", name="Who")
    field.press_sequentially("be")
    row = teams.message.get_by_role("option", name="Benita Cruz")
    expect(row).to_be_visible()
    old = row.element_handle()
    hold(page, row)
    field.dispatch_event("input")
    page.wait_for_function("node => !node.isConnected", arg=old)
    page.mouse.up()
    expect(field).to_have_value("Benita Cruz")
    resolve(teams).click()
    assert teams.heard(1)["data"]["who"] == "user:1"


@pytest.mark.usefixtures("found_by_typing")
def test_rows_are_rows_however_slowly_their_words_are_typed(teams: Half) -> None:
    field = teams.message.get_by_role("combobox", name="Who")
    field.press_sequentially("be")
    row = teams.message.get_by_role("option", name="Ben Osei")
    expect(row).to_be_visible()
    field.fill("Ben Osei")
    expect(teams.message.get_by_role("option").filter(has_text="Ben")).to_have_count(1)
    row.click()
    resolve(teams).click()
    assert teams.heard(1)["data"]["who"] == "user:0"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("which", ["lowest", "highest"])
def test_every_row_of_a_menu_is_seen_and_can_be_pressed(page: Page, slack: Half, size: tuple[int, int], which: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    keys = [slack.key, *(slack.post(f"message {number}") for number in range(6))]
    message = slack.shown(keys[-1] if which == "lowest" else keys[0])
    message.get_by_role("button", name="More").click()
    composer = box_of(page.get_by_label("Message in Slack"))
    popup = box_of(message.locator(".s-popup"))
    assert popup["y"] >= 0
    assert popup["x"] >= 0
    assert popup["x"] + popup["width"] <= size[0]
    assert popup["y"] + popup["height"] <= min(size[1], composer["y"])
    for name in ("Option 0", f"Option {OPTIONS - 1}"):
        row = message.get_by_role("option", name=name, exact=True)
        row.scroll_into_view_if_needed()
        assert row.evaluate(
            """node => {
                const { left, top, width, height } = node.getBoundingClientRect();
                return node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }"""
        )
    message.get_by_role("option", name=f"Option {OPTIONS - 1}", exact=True).click()
    assert slack.heard(1)["selected_option"]["value"] == f"option {OPTIONS - 1}"


def test_what_a_card_unfolds_comes_into_sight(page: Page, teams: Half) -> None:
    for number in range(4):
        teams.post(f"message {number}")
    message = teams.shown(teams.post("last"))
    message.get_by_role("button", name="More").click()
    expect(message.get_by_role("button", name="Save")).to_be_in_viewport(ratio=1)
