"""The page draws itself anew at every change; a person who presses, types or chooses meanwhile loses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.playground.page import Half, Json, blocks, box_of, hold, option, plain, resolve
from tests.support.playground.world import World
from tests.support.program import wait_for

pytestmark = pytest.mark.slow


def told(world: World, page: Page) -> None:
    """Waits until the page knows all that has happened, whether it has drawn it or not."""
    page.wait_for_function("version => Number(document.body.dataset.loaded) >= version", arg=world.state()["version"])


def mark(control: Locator) -> None:
    """Marks the node itself; a node that takes its place has no mark."""
    control.evaluate("node => { node.isTheSame = true; }")


def is_marked(control: Locator) -> bool:
    return bool(control.evaluate("node => node.isTheSame === true"))


def test_a_press_reaches_the_bot_though_its_message_changes_meanwhile(world: World, page: Page, half: Half) -> None:
    hold(page, resolve(half))
    half.change()
    half.reply("me too")
    told(world, page)
    page.mouse.up()
    assert "before" in str(half.heard(1)), "what was seen is what is pressed"
    expect(half.message).to_contain_text("after")
    assert len(half.pressed) == 1


def test_a_press_by_the_space_bar_does_too(world: World, page: Page, half: Half) -> None:
    resolve(half).focus()
    page.keyboard.down(" ")
    half.change()
    told(world, page)
    page.keyboard.up(" ")
    half.heard(1)
    expect(half.message).to_contain_text("after")
    assert len(half.pressed) == 1


@pytest.mark.parametrize("leave", ["outside", "as a drag"])
def test_a_press_that_is_given_up_lets_the_page_go_on(world: World, page: Page, half: Half, leave: str) -> None:
    hold(page, resolve(half))
    half.change()
    told(world, page)
    if leave == "outside":
        page.mouse.move(1, 1)
        page.mouse.up()
    else:
        resolve(half).dispatch_event("pointercancel")
    expect(half.message).to_contain_text("after")
    assert half.pressed == []


STANDING: list[Callable[[Page], Locator]] = [
    lambda page: page.get_by_role("radio", name="Ben"),
    lambda page: page.get_by_role("navigation", name="Slack").get_by_role("button", name="Quell", exact=True),
    lambda page: page.get_by_role("navigation", name="Teams").get_by_role("button", name="Quell", exact=True),
    lambda page: page.get_by_label("Fault in Slack"),
    lambda page: page.get_by_label("How often"),
    lambda page: page.get_by_role("button", name="Empty basket"),
    lambda page: page.get_by_label("Message in Slack"),
    lambda page: page.get_by_label("Message in Teams"),
]


def test_only_what_changed_is_drawn_anew(world: World, page: Page, half: Half) -> None:
    other = half.shown(half.post("another"))
    expect(other).to_contain_text("another")
    thread = half.message.locator("xpath=..")
    kept = [find(page) for find in STANDING]
    kept += [half.message, half.message.get_by_role("button", name="JSON"), other, other.get_by_role("button", name="Resolve")]
    kept.append(thread.get_by_label("Reply in"))
    for control in kept:
        mark(control)
    half.reply("me too")
    half.change()
    world.slack.chat_postMessage(channel="UPLAY1", text="This marks the chat as unread")
    half.post("a third")
    expect(half.message).to_contain_text("after")
    expect(page.locator(f"#{half.name}")).to_contain_text("a third")
    assert [str(control) for control in kept if not is_marked(control)] == []


def test_a_button_that_stays_is_the_same_one_and_does_what_the_message_says_now(page: Page, slack: Half) -> None:
    mark(resolve(slack))
    slack.change()
    expect(slack.message).to_contain_text("after")
    assert is_marked(resolve(slack))
    resolve(slack).click()
    assert (slack.heard(1)["value"], slack.heard(1)["block_id"]) == ("after", "block of after")


def test_a_reply_that_is_being_typed_stays_when_others_reply(page: Page, half: Half) -> None:
    thread = half.message.locator("xpath=..")
    if half.name == "slack":
        thread.get_by_text("Reply in thread").click()
    field = thread.get_by_label("Reply in")
    field.press_sequentially("I look")
    half.reply("me too")
    half.change()
    expect(thread).to_contain_text("me too")
    expect(half.message).to_contain_text("after")
    page.keyboard.type(" at it")
    expect(field).to_have_value("I look at it")
    expect(field).to_be_focused()


def test_what_was_put_into_a_card_stays_when_it_is_drawn_anew(page: Page, teams: Half) -> None:
    teams.message.get_by_role("checkbox", name="Loud").check()
    teams.message.locator("select").select_option("often")
    why = teams.message.get_by_label("Why")
    why.press_sequentially("because")
    why.press("ArrowLeft")
    teams.change()
    expect(teams.message).to_contain_text("after")
    page.keyboard.type("X")
    expect(why).to_have_value("becausXe")
    expect(teams.message.get_by_role("checkbox", name="Loud")).to_be_checked()
    teams.change("later")
    expect(teams.message).to_contain_text("later")
    resolve(teams).click()
    given = teams.heard(1)["data"]
    assert (given["why"], given["loud"], given["how"]) == ("becausXe", "true", "often")

    # What was sent is done with.
    teams.change("last")
    expect(teams.message).to_contain_text("last")
    expect(why).to_have_value("")


def test_who_reads_further_up_stays_there(page: Page, half: Half) -> None:
    for number in range(9):
        half.post(f"filler {number}")
    expect(page.locator(f"#{half.name}")).to_contain_text("filler 8")
    half.message.scroll_into_view_if_needed()
    before = box_of(half.message)
    half.post("one more")
    half.change()
    expect(page.locator(f"#{half.name}")).to_contain_text("one more")
    expect(half.message).to_contain_text("after")
    assert box_of(half.message)["y"] == before["y"]


def test_what_is_ticked_and_still_offered_stays_ticked(world: World, page: Page) -> None:
    def ticks(*names: str) -> list[Json]:
        boxes = {"type": "checkboxes", "action_id": "tick", "options": [option(name) for name in names]}
        return [{"type": "actions", "block_id": "same", "elements": [boxes]}, *blocks("list")]

    ts = world.slack.chat_postMessage(channel="CALERTS", text="list", blocks=ticks("One", "Two"))["ts"]
    message = page.locator(f'[data-message="{ts}"]')
    for name in ("One", "Two"):
        message.get_by_role("checkbox", name=name).check()
    world.slack.chat_update(channel="CALERTS", ts=ts, text="list", blocks=ticks("Two", "Three"))
    expect(message.get_by_role("checkbox", name="Three")).not_to_be_checked()
    expect(message.get_by_role("checkbox", name="Two")).to_be_checked()
    message.get_by_role("button", name="Resolve").click()
    heard = wait_for(lambda: next((one for one in world.bot.heard if one["actions"][0]["action_id"] == "resolve"), None))
    assert [one["value"] for one in heard["state"]["values"]["same"]["tick"]["selected_options"]] == ["two"]


def test_what_is_being_typed_into_a_modal_stays_when_the_bot_updates_it(world: World, page: Page, slack: Half) -> None:
    def modal(title: str) -> Json:
        field = {"type": "plain_text_input", "action_id": "v", "placeholder": plain(title)}
        block = {"type": "input", "block_id": "n", "label": plain("Events"), "element": field}
        return {"type": "modal", "title": plain(title), "submit": plain("Save"), "blocks": [block, *blocks("inside", title)]}

    world.act(platform="slack", do="press", message=slack.key, action_id="resolve")
    view = world.slack.views_open(trigger_id=world.bot.heard[-1]["trigger_id"], view=modal("Archive"))["view"]
    field = page.get_by_role("dialog").get_by_label("Events")
    field.press_sequentially("fif")
    world.slack.views_update(view_id=view["id"], view=modal("Archive two"))
    expect(page.get_by_role("dialog", name="Archive two")).to_be_visible()
    page.keyboard.type("ty")
    expect(field).to_have_value("fifty")
    world.bot.answers["view_submission"] = ""
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert world.bot.heard[-1]["view"]["state"]["values"]["n"]["v"]["value"] == "fifty"
