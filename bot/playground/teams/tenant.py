"""The tenant's channel, personal chats, people and messages."""

import secrets
from collections.abc import Callable
from typing import Any

from bot.playground import accounts as names
from bot.playground.accounts import Accounts, Person
from bot.playground.store import Json, Store
from bot.playground.teams import adaptive_cards
from bot.playground.teams.errors import ConnectorError

ACTIVITY = "teams.activity"
THREAD = ";messageid="


class Tenant:
    """Conversations and the messages in them."""

    def __init__(self, store: Store, accounts: Accounts, clock: Callable[[], float]) -> None:
        self.store = store
        self.accounts = accounts
        self.clock = clock
        self._last_id = 0

    # conversations

    def conversation(self, key: str) -> Json:
        """Return the conversation with this id; the id of a thread ends in the id of its root after `;messageid=`."""
        bare, _, root = key.partition(THREAD)
        if bare == names.TEAMS_CHANNEL:
            return {"id": bare, "kind": "channel", "name": "Alerts", "root": root, **self._state(bare)}
        for person in self.accounts.people:
            if bare == chat_of(person):
                return {
                    "id": bare,
                    "kind": "personal",
                    "name": person.name,
                    "root": "",
                    "with": person.slack_id,
                    **self._state(bare),
                }
        raise ConnectorError(404, "ConversationNotFound", "Conversation not found.")

    def writable(self, key: str) -> Json:
        """Return the conversation, if the bot's app is installed there."""
        conversation = self.conversation(key)
        if not conversation["is_installed"]:
            raise ConnectorError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        return conversation

    def install(self, key: str, *, is_installed: bool) -> None:
        """Install or remove the bot's app in a conversation."""
        self.store.put("teams.conversation", key, {"is_installed": is_installed})

    def _state(self, key: str) -> Json:
        return self.store.get("teams.conversation", key) or {"is_installed": True}

    def is_guest(self, person: Person) -> bool:
        """Return whether the person is a guest of the tenant."""
        return bool((self.store.get("teams.person", person.slack_id) or {}).get("is_guest"))

    def set_guest(self, person: Person, *, is_guest: bool) -> None:
        """Make a person a guest or a member of the tenant."""
        self.store.put("teams.person", person.slack_id, {"is_guest": is_guest})

    # messages

    def get(self, activity_id: str) -> Json | None:
        """Return the message with this id."""
        return self.store.get(ACTIVITY, activity_id)

    def bot_message(self, conversation: Json, activity_id: str) -> Json:
        """Return a message of the bot in a conversation. Raises ConnectorError if it does not exist or another author wrote it."""
        message = self.get(activity_id)
        if message is None or message["conversation"] != conversation["id"]:
            raise ConnectorError(404, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")
        if not message["is_bot"]:
            raise ConnectorError(403, "Forbidden", "The bot did not write this activity.")
        return message

    def post(self, conversation: Json, activity: Json, root: str = "") -> Json:
        """Post a message of the bot and return it."""
        content = content_of(activity)
        only_for = activity.get("recipient", {}).get("id") if activity.pop("isTargeted", False) else None
        return self._new(conversation, {**content, "is_bot": True, "from": names.BOT_NAME, "only_for": only_for}, root)

    def say(self, conversation: Json, person: Person, content: Json, root: str = "") -> Json:
        """Post a person's message and return it. `content` has its `text` and the `attachments` of an unfurled link."""
        return self._new(conversation, {**content, "is_bot": False, "from": person.slack_id}, root)

    def replace(self, message: Json, activity: Json) -> Json:
        """Replace the content of a message, and drop the cards that single people see in its place."""
        kept = {key: message[key] for key in ("id", "conversation", "root", "at", "is_bot", "from", "only_for")}
        return self._save({**kept, **content_of(activity), "own": {}, "edited": True})

    def show_own(self, message: Json, person: Person, card: Json) -> Json:
        """Show one person a card in place of the shared one."""
        current = self.get(message["id"]) or message
        return self._save({**current, "own": {**current["own"], person.slack_id: card}})

    def delete(self, message: Json) -> None:
        """Delete a message."""
        self.store.drop(ACTIVITY, message["id"])

    def _new(self, conversation: Json, content: Json, root: str) -> Json:
        self._last_id = max(int(self.clock() * 1000), self._last_id + 1)
        place = {"id": str(self._last_id), "conversation": conversation["id"], "root": root or conversation["root"]}
        return self._save({**place, "at": self._last_id / 1000, "own": {}, "only_for": None, **content})

    def _save(self, message: Json) -> Json:
        return self.store.put(ACTIVITY, message["id"], message, message["conversation"])


def chat_of(person: Person) -> str:
    """Return the id of the personal chat between the bot and this person."""
    return f"a:1playground-{person.slack_id.lower()}"


def content_of(activity: Json) -> Json:
    """Check what the bot sends and return the content of its message."""
    for card in adaptive_cards.cards_of(activity):
        if errors := adaptive_cards.card_errors(card):
            raise ConnectorError(400, "BadSyntax", "The card is refused: " + "; ".join(errors))
    if not (activity.get("text") or activity.get("attachments")):
        raise ConnectorError(400, "BadSyntax", "Activity must have a text or an attachment.")
    return {
        "text": activity.get("text") or "",
        "textFormat": activity.get("textFormat") or "markdown",
        "attachments": activity.get("attachments") or [],
        "entities": activity.get("entities") or [],
        "sent": activity,
    }


def card_of(message: Json, person: Person) -> Any:
    """Return the card that a person sees in a message."""
    own = message["own"].get(person.slack_id)
    shared = adaptive_cards.cards_of(message)
    return own or (shared[0] if shared else None)


def new_id() -> str:
    """Return a new id for an invoke."""
    return f"f:{secrets.token_hex(8)}"
