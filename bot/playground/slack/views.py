"""The open modals of each person, at most three on top of each other, and their App Homes."""

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
"""One opened modal and two pushed on top."""


class Views:
    """The open views of all people."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stack(self, person: Person) -> list[Json]:
        """Return the person's open modals, from bottom to top."""
        return [view for view in self._store.every(VIEW, person.slack_id) if view["type"] == "modal"]

    def home(self, person: Person) -> Json | None:
        """Return the view that the bot published on the person's App Home."""
        return self._store.get(VIEW, f"VHOME{person.slack_id}")

    def get(self, view_id: str) -> Json | None:
        """Return the view, if it is open."""
        return self._store.get(VIEW, view_id)

    def owned(self, view_id: str, person: Person) -> Json | None:
        """Return the view, if this person has it open."""
        view = self._store.get(VIEW, view_id)
        return view if view and view["owner"] == person.slack_id else None

    def open(self, person: Person, content: Any) -> Json:
        """Open a modal in place of the person's open ones."""
        self._check(content, "modal")
        for view in self.stack(person):
            self._store.drop(VIEW, view["id"])
        return self._new(person, content, None)

    def push(self, person: Person, content: Any) -> Json:
        """Put a modal on top of the person's open ones."""
        stack = self.stack(person)
        if not stack:
            return self.open(person, content)
        if len(stack) >= MAX_OPEN_VIEWS:
            raise SlackError("push_limit_reached")
        self._check(content, "modal")
        return self._new(person, content, stack[-1])

    def update(self, view: Json, content: Any, if_hash: str = "") -> Json:
        """Replace a view's content; with a hash, only if the view still has that hash."""
        if if_hash and if_hash != view["hash"]:
            raise SlackError("hash_conflict")
        self._check(content, view["type"], view)
        fresh = {key: view[key] for key in ("id", "owner", "root_view_id", "previous_view_id", "typed")}
        return self._save({**_content(content), **fresh})

    def publish(self, person: Person, content: Any, if_hash: str = "") -> Json:
        """Set the person's App Home."""
        home = self.home(person)
        if if_hash and home and if_hash != home["hash"]:
            raise SlackError("hash_conflict")
        self._check(content, "home")
        return self._new(person, content, None, f"VHOME{person.slack_id}")

    def find(self, view_id: str, external_id: str) -> Json:
        """Return the open view with either id."""
        for view in self._store.every(VIEW):
            if view["id"] == view_id or (external_id and view["external_id"] == external_id):
                return view
        raise SlackError("not_found")

    def close(self, view: Json) -> None:
        """Close one view."""
        self._store.drop(VIEW, view["id"])

    def note(self, view: Json, **private: Any) -> Json:
        """Store input or errors with a view, without changing its content."""
        return self._store.put(VIEW, view["id"], {**view, **private}, view["owner"])

    def _new(self, person: Person, content: Json, below: Json | None, key: str = "") -> Json:
        key = key or "V" + secrets.token_hex(5).upper()
        place: Json = {
            "id": key,
            "owner": person.slack_id,
            "root_view_id": below["root_view_id"] if below else key,
            "previous_view_id": below["id"] if below else None,
            "typed": {},
        }
        return self._save({**_content(content), **place})

    def _save(self, view: Json) -> Json:
        view["errors"] = {}
        view["state"] = {"values": state_values(view["blocks"], {})}
        return self._store.put(VIEW, view["id"], view, view["owner"])

    def _check(self, content: Any, kind: str, itself: Json | None = None) -> None:
        if block_kit.is_too_large(content):
            raise SlackError("view_too_large")
        if errors := block_kit.view_errors(content):
            raise invalid_view(errors)
        if content["type"] != kind:
            raise invalid_view([f"[ERROR] must be a {kind} [json-pointer:/view/type]"])
        external = content.get("external_id")
        for view in self._store.every(VIEW) if external else []:
            if view["external_id"] == external and view["id"] != (itself or {}).get("id"):
                raise SlackError("duplicate_external_id")


def public(view: Json) -> Json:
    """Return the view as the Web API and payloads show it."""
    return {key: value for key, value in view.items() if key not in ("owner", "typed", "errors", "sent")}


def _content(content: Json) -> Json:
    return {
        "team_id": names.TEAM,
        "app_id": names.SLACK_APP,
        "app_installed_team_id": names.TEAM,
        "bot_id": names.BOT_ID,
        "type": content["type"],
        "title": content.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "submit": content.get("submit"),
        "close": content.get("close"),
        "blocks": with_ids(content["blocks"]),
        "callback_id": content.get("callback_id", ""),
        "private_metadata": content.get("private_metadata", ""),
        "external_id": content.get("external_id", ""),
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "hash": f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}",
        "sent": content,
    }
