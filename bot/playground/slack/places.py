"""Where a person acts: finds the message or view, the element in it, and what it holds."""

from dataclasses import dataclass

from bot.playground.accounts import CHANNEL, Person
from bot.playground.acting import CannotDo, required
from bot.playground.slack import payloads
from bot.playground.slack.elements import find, state_values
from bot.playground.slack.views import Views
from bot.playground.slack.workspace import Workspace, all_blocks
from bot.playground.store import Json


@dataclass(frozen=True)
class Place:
    """A message or a view on the person's screen, with what its elements hold."""

    blocks: list[Json]
    values: Json
    fields: Json
    message: Json | None = None
    view: Json | None = None

    def element(self, deed: Json) -> tuple[str, Json]:
        """The element the deed names, and its block's id.

        `element` in the deed gives it whole instead: a button as it was drawn before the message changed, which is
        what a slow person presses.
        """
        block_id, action_id = str(deed.get("block_id") or ""), str(deed.get("action_id") or "")
        if isinstance(deed.get("element"), dict):
            return block_id, {"action_id": action_id, **deed["element"]}
        found = find(self.blocks, block_id, required(deed, "action_id"))
        if found is None:
            raise CannotDo(f"nothing here has the action_id {action_id!r}")
        return found[0]["block_id"], found[1]


class Places:
    """Finds places."""

    def __init__(self, workspace: Workspace, views: Views) -> None:
        self._workspace = workspace
        self._views = views

    def of(self, person: Person, deed: Json) -> Place:
        """The place a deed names by `view`, or by `message` and `channel`."""
        return self._view(person, deed) if deed.get("view") else self._message(person, deed)

    def _message(self, person: Person, deed: Json) -> Place:
        channel = self._workspace.channel(str(deed.get("channel") or CHANNEL))
        message = self._workspace.message(channel["id"], required(deed, "message"))
        if message is None or message.get("only_for", person.slack_id) != person.slack_id:
            raise CannotDo("there is no such message")
        blocks = all_blocks(message)
        values = state_values(blocks, deed.get("state") or {})
        link = next((url for url, one in (message.get("unfurls") or {}).items() if _holds(one, deed)), "")
        return Place(blocks, values, payloads.in_message(message, channel, link), message=message)

    def _view(self, person: Person, deed: Json) -> Place:
        view = self._views.owned(required(deed, "view"), person)
        if view is None:
            raise CannotDo("there is no such view")
        typed = _merge(view["typed"], deed.get("state") or deed.get("values") or {})
        if typed != view["typed"]:
            view = self._views.note(view, typed=typed)
        values = state_values(view["blocks"], typed)
        return Place(view["blocks"], values, payloads.in_view(view, values), view=view)


def _holds(part: Json, deed: Json) -> bool:
    wanted = str(deed.get("block_id") or ""), str(deed.get("action_id") or "")
    return find(part.get("blocks") or [], *wanted) is not None


def _merge(old: Json, new: Json) -> Json:
    return {**old, **{block: {**old.get(block, {}), **cells} for block, cells in new.items()}}
