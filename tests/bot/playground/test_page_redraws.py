"""The page draws itself anew at every change; a person who presses, types or chooses meanwhile loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.support.playground.world import World, attached
from tests.support.program import wait_for

pytestmark = pytest.mark.slow

Json = dict[str, Any]
OPTIONS = 12
SIZES = [(1440, 900), (1000, 480), (400, 740)]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(name: str) -> Json:
    return {"text": plain(name), "value": name.lower()}


def blocks(text: str, block_id: str = "first") -> list[Json]:
    """A message with all that can be pressed; the bot gives the controls another id whenever it sends them."""
    menu = {"type": "static_select", "action_id": "menu", "placeholder": plain("More"), "options": [option(f"Option {n}") for n in range(OPTIONS)]}
    button = {"type": "button", "action_id": "resolve", "value": text, "text": plain("Resolve")}
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "actions", "block_id": block_id, "elements": [button, menu]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "the end"}]},
    ]


def card(text: str) -> Json:
    inner = {"type": "AdaptiveCard", "body": [{"type": "Input.Text", "id": "note", "label": "Note"}]}
    inner["actions"] = [{"type": "Action.Execute", "title": "Save", "verb": "save"}]
    choices = {"type": "Input.ChoiceSet", "id": "who", "label": "Who", "choices.data": {"type": "Data.Query", "dataset": "people"}}
    pick = {"type": "Input.ChoiceSet", "id": "how", "label": "How", "choices": [{"title": one, "value": one} for one in ("once", "often")]}
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [
            {"type": "TextBlock", "text": text},
            {"type": "Input.Text", "id": "why", "label": "Why"},
            {"type": "Input.Toggle", "id": "loud", "title": "Loud"},
            pick,
            choices,
        ],
        "actions": [
            {"type": "Action.Execute", "title": "Resolve", "verb": "resolve", "data": {"text": text}},
            {"type": "Action.ShowCard", "title": "More", "card": inner},
        ],
    }


class Half:
    """One half of the page with a message of the bot in it, which somebody else changes while a person is busy there."""

    def __init__(self, world: World, page: Page, name: str) -> None:
        self.world, self.page, self.name = world, page, name
        self.key = self.post("before")
        self.message = self.shown(self.key)
        expect(self.message).to_contain_text("before")

    def post(self, text: str) -> str:
        if self.name == "teams":
            return self.world.post_card(card(text))
        return str(self.world.slack.chat_postMessage(channel="CALERTS", text=text, blocks=blocks(text))["ts"])

    def shown(self, key: str) -> Locator:
        return self.page.locator(f'[data-platform="{self.name}"][data-message="{key}"]')

    def change(self, text: str = "after") -> None:
        """The bot edits the message."""
        if self.name == "slack":
            self.world.slack.chat_update(channel="CALERTS", ts=self.key, text=text, blocks=blocks(text, f"block of {text}"))
        else:
            body = {"type": "message", "attachments": [attached(card(text))]}
            assert self.world.connector("PUT", f"{self.world.channel_path()}/activities/{self.key}", body)[0] == 200

    def reply(self, text: str) -> None:
        """Somebody answers in its thread."""
        if self.name == "slack":
            self.world.act(platform="slack", do="say", thread_ts=self.key, text=text)
        else:
            self.world.act(platform="teams", do="message", thread=self.key, text=text)

    def heard(self, count: int) -> Json:
        """The press that is the latest of so many, as the bot heard of it."""
        wait_for(lambda: len(self.pressed) >= count)
        return self.pressed[count - 1]

    @property
    def pressed(self) -> list[Json]:
        """All presses that the bot heard of."""
        slack = [one["actions"][0] for one in self.world.bot.heard if one.get("type") == "block_actions"]
        return slack + [one["value"]["action"] for one in self.world.bot.heard if one.get("name") == "adaptiveCard/action"]


@pytest.fixture(params=["slack", "teams"])
def half(request: pytest.FixtureRequest, world: World, page: Page) -> Half:
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done"}
    return Half(world, page, request.param)


@pytest.fixture
def slack(world: World, page: Page) -> Half:
    return Half(world, page, "slack")


@pytest.fixture
def teams(world: World, page: Page) -> Half:
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done"}
    return Half(world, page, "teams")


def told(world: World, page: Page) -> None:
    """Waits until the page knows all that has happened, whether it has drawn it or not."""
    page.wait_for_function("version => Number(document.body.dataset.loaded) >= version", arg=world.state()["version"])


def mark(control: Locator) -> None:
    """Marks the node itself; a node that takes its place has no mark."""
    control.evaluate("node => { node.isTheSame = true; }")


def is_marked(control: Locator) -> bool:
    return bool(control.evaluate("node => node.isTheSame === true"))


def hold(page: Page, control: Locator) -> None:
    """Moves the finger there and puts it down."""
    control.scroll_into_view_if_needed()
    box = box_of(control)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


def box_of(control: Locator) -> FloatRect:
    box = control.bounding_box()
    assert box is not None
    return box


def resolve(half: Half) -> Locator:
    return half.message.get_by_role("button", name="Resolve")


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
