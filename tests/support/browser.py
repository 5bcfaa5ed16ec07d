"""A person at the playground's page, in a real browser: everything is pressed and read there, nothing behind it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "test-artefacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 10_000
"""Milliseconds until something that should appear is missed."""


def need_a_browser() -> None:
    """Skips the test where there is no browser; in CI there must be one."""
    missing = "a Chromium" if CHROMIUM is None else "`make setup`" if not (ROOT / "node_modules" / "adaptivecards").is_dir() else ""
    if missing and os.environ.get("CI"):
        pytest.fail(f"needs {missing}")
    if missing:
        pytest.skip(f"needs {missing}")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Whoever looks at the page. A copy is the message of an issue in one half of it."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._name = name
        self._shots = 0
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        self.slack, self.teams = page.locator("#slack"), page.locator("#teams")

    def open(self, url: str) -> None:
        self.page.goto(f"{url}/playground/")
        self.become("Ana")

    def shoot(self, what: str) -> None:
        """Takes a picture for people to judge."""
        ARTEFACTS.mkdir(exist_ok=True)
        self._shots += 1
        self.page.screenshot(path=ARTEFACTS / f"{self._name}-{self._shots:02}-{what}.png", animations="disabled")

    def become(self, name: str) -> None:
        radio = self.page.get_by_role("radio", name=name)
        radio.click()
        expect(radio).to_be_checked()

    def crash(self, label: str) -> None:
        self.page.get_by_role("button", name=label).click()

    def close(self, dialog: Locator, label: str = "Close") -> None:
        button(dialog, label).click()
        expect(dialog).to_have_count(0)

    def go(self, half: str, place: str) -> None:
        """To a channel, a chat or the home page in one half."""
        self.page.get_by_role("navigation", name=re.compile(half)).get_by_role("button", name=place, exact=True).click()

    def type(self, half: str, words: str) -> None:
        box = self.page.get_by_label(f"Message in {half}")
        box.fill(words)
        box.press("Enter")

    def slack_copy(self, name: str) -> Locator:
        return self.slack.locator("article:not(.ephemeral):has(.b-section)").filter(has_text=_word(name)).first

    def teams_copy(self, name: str) -> Locator:
        return self.teams.locator("article:has(.card)").filter(has_text=_word(name)).first

    def both_say(self, name: str, *words: str) -> None:
        """Waits until both copies say all this."""
        for copy in (self.slack_copy(name), self.teams_copy(name)):
            for word in words:
                expect(copy).to_contain_text(word, timeout=PATIENCE)

    def both_offer(self, name: str, *labels: str) -> None:
        for copy in (self.slack_copy(name), self.teams_copy(name)):
            for label in labels:
                expect(button(copy, label)).to_be_visible(timeout=PATIENCE)

    def in_slack(self, name: str, label: str, option: str = "") -> None:
        """Presses a control of the Slack copy; where it is a menu, chooses from it."""
        button(self.slack_copy(name), label).click()
        if option:
            self.slack_copy(name).get_by_role("option", name=option).click()

    def in_teams(self, name: str, *labels: str) -> None:
        """Presses a control of the Teams copy; where it is in a menu, unfolds that first, unless it is unfolded."""
        for label in labels:
            control = button(self.teams_copy(name), label)
            if control.get_attribute("aria-expanded") != "true":
                control.click()

    def slack_modal(self, title: str) -> Locator:
        return _dialog(self.slack, title)

    def teams_dialog(self, title: str) -> Locator:
        return _dialog(self.teams, title)

    def choose_in_slack(self, modal: Locator, label: str, words: str, option: str) -> None:
        """Finds something by typing."""
        modal.get_by_label(label).click()
        modal.get_by_role("searchbox").press_sequentially(words)
        modal.get_by_role("option", name=option).click()

    def choose_in_teams(self, dialog: Locator, label: str, words: str, option: str) -> None:
        dialog.get_by_label(label).press_sequentially(words)
        dialog.get_by_role("option", name=option).click()

    def slack_board(self, heading: str) -> Locator:
        """The latest list of issues with tick boxes under that heading."""
        return self.slack.locator("article:has(.s-ticks), article:has(.b-header)").filter(has_text=heading).last

    def teams_board(self, heading: str) -> Locator:
        return self.teams.locator("article:has(.card)").filter(has_text=heading).last

    def archive_in_slack(self, how: str, amount: str) -> Locator:
        """Fills the archive modal, which stands open, and sends it."""
        modal = self.slack_modal("Archive")
        modal.locator('[data-block="how"]').get_by_role("button").click()
        modal.get_by_role("option", name=how).click()
        modal.get_by_label("How long, or how many").fill(amount)
        button(modal.locator("footer"), "Archive").click()
        return modal

    def archive_in_teams(self, how: str, amount: str) -> Locator:
        dialog = self.teams_dialog("Archive")
        dialog.get_by_label("Archive").and_(dialog.locator("select")).select_option(label=how)
        dialog.get_by_label("How long, or how many").fill(amount)
        button(dialog, "Archive").click()
        return dialog


def button(within: Locator, label: str) -> Locator:
    """The control whose words begin with the label."""
    return within.get_by_role("button", name=re.compile(rf"^{re.escape(label)}")).first


def tick(board: Locator, *names: str) -> None:
    for name in names:
        board.get_by_role("checkbox", name=_word(name)).check()


def submit(dialog: Locator, label: str) -> None:
    """Sends a form by the button of its own, and waits until it is gone."""
    dialog.get_by_role("button", name=re.compile(rf"^{re.escape(label)}$")).last.click()
    expect(dialog).to_have_count(0)


def _dialog(half: Locator, title: str) -> Locator:
    return half.get_by_role("dialog", name=title)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(name)}\b")
