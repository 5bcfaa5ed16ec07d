"""Modals and App Homes: who has which open, at most three deep, each change guarded by a hash."""

import secrets
from typing import Any

from bot.playground import accounts as names
from bot.playground.accounts import Person
from bot.playground.slack import block_kit
from bot.playground.slack.elements import state_values, with_ids
from bot.playground.slack.errors import SlackError, invalid_view
from bot.playground.store import Json, Store

VIEW = "slack.view"
MAX_OPEN_VIEWS = 3
"""One modal opened and two pushed on it."""


class Views:
    """The open views of everybody."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stack(self, person: Person) -> list[Json]:
        """The person's open modals, the lowest first."""
        return [view for view in self._store.every(VIEW, person.slack_id) if view["type"] == "modal"]

    def home(self, person: Person) -> Json | None:
        """What the bot published on the person's App Home."""
        return self._store.get(VIEW, f"VHOME{person.slack_id}")

    def get(self, view_id: str) -> Json | None:
        """The view, if it is open."""
        return self._store.get(VIEW, view_id)

    def owned(self, view_id: str, person: Person) -> Json | None:
        """The view, if this person has it open."""
        view = self._store.get(VIEW, view_id)
        return view if view and view["owner"] == person.slack_id else None

    def open(self, person: Person, given: Any) -> Json:
        """Open a modal; it takes the place of any that the person had open."""
        self._check(given, "modal")
        for view in self.stack(person):
            self._store.drop(VIEW, view["id"])
        return self._new(person, given, None)

    def push(self, person: Person, given: Any) -> Json:
        """Put a modal on top of the person's open ones."""
        stack = self.stack(person)
        if not stack:
            return self.open(person, given)
        if len(stack) >= MAX_OPEN_VIEWS:
            raise SlackError("push_limit_reached")
        self._check(given, "modal")
        return self._new(person, given, stack[-1])

    def update(self, view: Json, given: Any, if_hash: str = "") -> Json:
        """Replace a view's content; with a hash only if nobody else did so before."""
        if if_hash and if_hash != view["hash"]:
            raise SlackError("hash_conflict")
        self._check(given, view["type"], view)
        fresh = {key: view[key] for key in ("id", "owner", "root_view_id", "previous_view_id", "typed")}
        return self._save({**_content(given), **fresh})

    def publish(self, person: Person, given: Any, if_hash: str = "") -> Json:
        """Set the person's App Home."""
        home = self.home(person)
        if if_hash and home and if_hash != home["hash"]:
            raise SlackError("hash_conflict")
        self._check(given, "home")
        return self._new(person, given, None, f"VHOME{person.slack_id}")

    def find(self, view_id: str, external_id: str) -> Json:
        """The open view of either id."""
        for view in self._store.every(VIEW):
            if view["id"] == view_id or (external_id and view["external_id"] == external_id):
                return view
        raise SlackError("not_found")

    def close(self, view: Json) -> None:
        """Close one view."""
        self._store.drop(VIEW, view["id"])

    def note(self, view: Json, **private: Any) -> Json:
        """Remember what was typed or refused, which is no change of the view's content."""
        return self._store.put(VIEW, view["id"], {**view, **private}, view["owner"])

    def _new(self, person: Person, given: Json, below: Json | None, key: str = "") -> Json:
        key = key or "V" + secrets.token_hex(5).upper()
        place: Json = {
            "id": key,
            "owner": person.slack_id,
            "root_view_id": below["root_view_id"] if below else key,
            "previous_view_id": below["id"] if below else None,
            "typed": {},
        }
        return self._save({**_content(given), **place})

    def _save(self, view: Json) -> Json:
        view["errors"] = {}
        view["state"] = {"values": state_values(view["blocks"], {})}
        return self._store.put(VIEW, view["id"], view, view["owner"])

    def _check(self, given: Any, kind: str, itself: Json | None = None) -> None:
        if block_kit.is_too_large(given):
            raise SlackError("view_too_large")
        if errors := block_kit.view_errors(given):
            raise invalid_view(errors)
        if given["type"] != kind:
            raise invalid_view([f"[ERROR] must be a {kind} [json-pointer:/view/type]"])
        external = given.get("external_id")
        for view in self._store.every(VIEW) if external else []:
            if view["external_id"] == external and view["id"] != (itself or {}).get("id"):
                raise SlackError("duplicate_external_id")


def public(view: Json) -> Json:
    """The view as the Web API and payloads show it."""
    return {key: value for key, value in view.items() if key not in ("owner", "typed", "errors", "sent")}


def _content(given: Json) -> Json:
    return {
        "team_id": names.TEAM,
        "app_id": names.SLACK_APP,
        "app_installed_team_id": names.TEAM,
        "bot_id": names.BOT_ID,
        "type": given["type"],
        "title": given.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "submit": given.get("submit"),
        "close": given.get("close"),
        "blocks": with_ids(given["blocks"]),
        "callback_id": given.get("callback_id", ""),
        "private_metadata": given.get("private_metadata", ""),
        "external_id": given.get("external_id", ""),
        "clear_on_close": given.get("clear_on_close", False),
        "notify_on_close": given.get("notify_on_close", False),
        "hash": f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}",
        "sent": given,
    }
