"""Finds the message or view that a person acts on, its elements and their values."""

from dataclasses import dataclass

from bot.playground.accounts import CHANNEL, Person
from bot.playground.slack import payloads
from bot.playground.slack.elements import find, state_values
from bot.playground.slack.views import Views
from bot.playground.slack.workspace import Workspace, all_blocks
from bot.playground.store import Json
from bot.playground.user_actions import ImpossibleAction, required


@dataclass(frozen=True)
class Place:
    """A message or a view on the person's screen, with the values of its elements."""

    blocks: list[Json]
    values: Json
    fields: Json
    message: Json | None = None
    view: Json | None = None

    def element(self, request: Json) -> tuple[str, Json]:
        """Return the id of the block and the element that a request names.

        The request's `element` may hold the whole element instead: a button as it was before the message changed, which a
        slow person presses.
        """
        block_id, action_id = str(request.get("block_id") or ""), str(request.get("action_id") or "")
        if isinstance(request.get("element"), dict):
            return block_id, {"action_id": action_id, **request["element"]}
        match = find(self.blocks, block_id, required(request, "action_id"))
        if match is None:
            raise ImpossibleAction(f"nothing here has the action_id {action_id!r}")
        return match[0]["block_id"], match[1]


class Places:
    """Finds the place of a request."""

    def __init__(self, workspace: Workspace, views: Views) -> None:
        self._workspace = workspace
        self._views = views

    def of(self, person: Person, request: Json) -> Place:
        """Return the place that a request names by `view`, or by `message` and `channel`."""
        return self._view(person, request) if request.get("view") else self._message(person, request)

    def _message(self, person: Person, request: Json) -> Place:
        channel = self._workspace.channel(str(request.get("channel") or CHANNEL))
        message = self._workspace.message(channel["id"], required(request, "message"))
        if message is None or message.get("only_for", person.slack_id) != person.slack_id:
            raise ImpossibleAction("there is no such message")
        blocks = all_blocks(message)
        values = state_values(blocks, request.get("state") or {})
        link = next((url for url, preview in (message.get("unfurls") or {}).items() if _holds(preview, request)), "")
        return Place(blocks, values, payloads.in_message(message, channel, link), message=message)

    def _view(self, person: Person, request: Json) -> Place:
        view = self._views.owned(required(request, "view"), person)
        if view is None:
            raise ImpossibleAction("there is no such view")
        typed = _merge(view["typed"], request.get("state") or request.get("values") or {})
        if typed != view["typed"]:
            view = self._views.note(view, typed=typed)
        values = state_values(view["blocks"], typed)
        return Place(view["blocks"], values, payloads.in_view(view, values), view=view)


def _holds(part: Json, request: Json) -> bool:
    ids = str(request.get("block_id") or ""), str(request.get("action_id") or "")
    return find(part.get("blocks") or [], *ids) is not None


def _merge(old: Json, new: Json) -> Json:
    return {**old, **{block: {**old.get(block, {}), **cells} for block, cells in new.items()}}
