"""Everything that the bot can show, as Slack and Teams get it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.chat.elements import Board, Card, Form, Home, Listing, Notice
from bot.chat.platform import OutgoingNote
from bot.msteams import notices as teams_notices
from bot.msteams import render as teams
from bot.slack import render as slack
from tests.support.playground.contents import Shown, everything

Json = dict[str, Any]

VIEWER = "29:1viewer"
NAMED = (teams_notices.MentionedPerson("29:1ana", "Ana [x](y)"),)


@dataclass
class SlackPayloads:
    """What Slack is sent, by where it goes."""

    messages: list[Json] = field(default_factory=list)
    modals: list[Json] = field(default_factory=list)
    homes: list[Json] = field(default_factory=list)

    def add(self, shown: Shown) -> None:
        match shown:
            case Card() | Board() | Notice():
                self.messages.append(slack.content(shown, "c0ffee"))
                if isinstance(shown, Notice):
                    self.messages.append(slack.thread_note(OutgoingNote(shown, ("UANA",)), "c0ffee"))
                    self.modals.append(slack.notice_modal(shown, "Quell", "", "c0ffee"))
                    self.homes.append(slack.home_notice(shown))
            case Listing():
                self.messages.append(slack.listing(shown))
            case Form():
                self.modals.append(slack.modal(shown, "{}"))
                self.messages.append(slack.opener(shown.intro, shown, "c0ffee"))
            case Home():
                self.homes.append(slack.home(shown, "c0ffee"))


def for_slack() -> SlackPayloads:
    payloads = SlackPayloads(modals=[slack.placeholder_modal("Quell")])
    for shown in everything():
        payloads.add(shown)
    return payloads


def for_teams() -> list[Json]:
    """Every Adaptive Card."""
    return [attachment["content"] for shown in everything() for message in _messages(shown) for attachment in message.get("attachments", ())]


def _messages(shown: Shown) -> Iterator[Json]:
    match shown:
        case Card():
            yield teams.activity_with(shown)
            yield teams.unfolded_result([shown], VIEWER)["composeExtension"]
        case Board() | Notice():
            yield teams.activity_with(shown)
            if isinstance(shown, Notice):
                yield teams_notices.notice(shown, NAMED)
                yield _dialog(teams_notices.notice_dialog(shown))
        case Listing():
            yield teams_notices.listing(shown)
        case Form():
            yield teams.form_message(shown, "Asia/Tokyo")
            yield _dialog(teams.dialog(shown))
        case Home():
            yield teams.home_message(shown)


def _dialog(answer: Json) -> Json:
    return {"attachments": [answer["task"]["value"]["card"]]}
