"""What the bot receives with an interaction and may use for a while: a trigger for one modal, and a URL for five responses."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.accounts import Person
from bot.playground.slack.errors import SlackError
from bot.playground.store import Json, Store

TRIGGER_SECONDS = 3
RESPONSES = 5
RESPONSE_SECONDS = 30 * 60


@dataclass
class _Trigger:
    person: Person
    until: float
    is_used: bool = False


class Triggers:
    """Creates and uses `trigger_id`s. A trigger opens one modal, within 3 s."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._triggers: dict[str, _Trigger] = {}

    def create(self, person: Person) -> str:
        """Return a new trigger for this person's interaction."""
        now = self._clock()
        self._triggers = {key: trigger for key, trigger in self._triggers.items() if trigger.until > now - 600}
        key = f"{int(now * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._triggers[key] = _Trigger(person, now + TRIGGER_SECONDS)
        return key

    def use(self, key: str) -> Person:
        """Use up a trigger and return its person."""
        trigger = self._triggers.get(key)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self._clock() > trigger.until:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger.person


class ResponseUrls:
    """Creates and uses `response_url`s: five responses within 30 minutes. The last part of the URL is a secret and the only key."""

    def __init__(self, store: Store, clock: Callable[[], float], own_url: str) -> None:
        self._store = store
        self._clock = clock
        self._base = f"{own_url}/slack/response/"

    def create(self, person: Person, channel: str, message: Json | None = None, link: str = "") -> str:
        """Return a new URL for an interaction in a channel: with a message in it, or with the preview of a link."""
        key = secrets.token_urlsafe(24)
        self._store.put(
            "slack.response",
            key,
            {
                "id": key,
                "user": person.slack_id,
                "channel": channel,
                "ts": message["ts"] if message else None,
                "link": link,
                "left": RESPONSES,
                "until": self._clock() + RESPONSE_SECONDS,
            },
        )
        return self._base + key

    def use(self, key: str) -> Json:
        """Use up one response of the URL with this key and return the URL's record."""
        ticket = self._store.get("slack.response", key)
        if ticket is None or self._clock() > ticket["until"]:
            raise SlackError("expired_url")
        if ticket["left"] < 1:
            raise SlackError("used_url")
        return self._store.put("slack.response", key, {**ticket, "left": ticket["left"] - 1})
