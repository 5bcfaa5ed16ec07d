"""What people do with the bot's messages and views in Slack: press, choose, submit, close."""

from bot.playground.accounts import Person
from bot.playground.bot_client import Answer
from bot.playground.rules import Rules
from bot.playground.slack import block_kit, payloads
from bot.playground.slack.delivery import Delivery
from bot.playground.slack.elements import action_value, input_errors
from bot.playground.slack.errors import SlackError
from bot.playground.slack.places import Place, Places
from bot.playground.slack.tickets import ResponseUrls, Triggers
from bot.playground.slack.views import Views
from bot.playground.slack.workspace import Workspace
from bot.playground.store import Json
from bot.playground.user_actions import ImpossibleAction, UserAction

NO_ANSWER = "Quell did not respond in time. Please try again."
CONNECTION_ERROR = "We had some trouble connecting. Try again?"
_VALUE_FIELDS = (
    "selected_option",
    "selected_options",
    "selected_user",
    "selected_users",
    "selected_date",
    "selected_time",
    "selected_date_time",
    "value",
)
"""The fields of a request that may hold the choice."""


class Interactions:
    """Interactions with messages and views in Slack."""

    def __init__(
        self,
        workspace: Workspace,
        views: Views,
        tickets: tuple[Triggers, ResponseUrls],
        delivery: Delivery,
        rules: Rules,
    ) -> None:
        self._workspace = workspace
        self._views = views
        self._triggers, self._urls = tickets
        self._delivery = delivery
        self._rules = rules
        self._places = Places(workspace, views)

    def table(self) -> dict[str, UserAction]:
        """Return the user actions by name."""
        return {
            "press": self.press,
            "suggest": self.suggest,
            "submit_view": self.submit,
            "close_view": self.close,
        }

    async def press(self, person: Person, request: Json) -> Json:
        """Press a button or choose in a select."""
        place = self._places.of(person, request)
        block_id, element = place.element(request)
        choice = next((request[key] for key in _VALUE_FIELDS if key in request), None)
        value = action_value(element, choice)
        if element["type"] == "button" and "value" in request:
            value = {"value": request["value"]}
        action = payloads.action(block_id, element, value, self._rules.clock())
        fields = {**place.fields, "trigger_id": self._triggers.create(person)}
        if place.message:
            link = fields["container"].get("app_unfurl_url", "")
            fields["response_url"] = self._urls.create(person, place.message["channel"], place.message, link)
        answer = await self._delivery.interaction(payloads.block_actions(person, fields, action, place.values))
        return self._result(person, answer, place)

    async def suggest(self, person: Person, request: Json) -> Json:
        """Type into an external select and return the bot's options."""
        place = self._places.of(person, request)
        block_id, element = place.element(request)
        typed = str(request.get("value") or "")
        payload = payloads.block_suggestion(person, place.fields, block_id, element["action_id"], typed)
        answer = await self._delivery.interaction(payload)
        options = answer.json() if answer.is_ok else None
        if not isinstance(options, dict) or not {"options", "option_groups"} & set(options):
            return {"ok": False, "status": answer.status, "error": "no options came"}
        if errors := block_kit.options_errors(options):
            return {"ok": False, "status": answer.status, "error": "; ".join(errors)}
        return {"ok": True, "status": answer.status, **options}

    async def submit(self, person: Person, request: Json) -> Json:
        """Submit a modal. The request's `values` hold the input by block and action id."""
        place = self._places.of(person, request)
        view = _modal(place)
        if errors := input_errors(view["blocks"], place.values):
            self._views.note(view, errors=errors)
            return {"ok": False, "status": 0, "errors": errors}
        payload = payloads.view_submission(person, view, place.values, self._triggers.create(person))
        answer = await self._delivery.interaction(payload)
        if not answer.is_ok:
            return self._refuse(view, answer)
        reply = answer.json() or {}
        try:
            return {"status": answer.status, **self._follow(person, view, reply)}
        except SlackError as error:
            reason = f"{error.code}: {error.more}"
            self._views.note(view, errors={"": reason})
            return {"ok": False, "status": answer.status, "error": reason}

    async def close(self, person: Person, request: Json) -> Json:
        """Close a modal with its close button. `all` closes the modals below it too."""
        place = self._places.of(person, request)
        view = _modal(place)
        closes_all = bool(request.get("all")) or view["clear_on_close"]
        closed = self._views.stack(person)[::-1] if closes_all else [view]
        for closed_view in closed:
            self._views.close(closed_view)
        status = 0
        for closed_view in closed:
            if closed_view["notify_on_close"]:
                payload = payloads.view_closed(person, closed_view, is_cleared=closes_all)
                status = (await self._delivery.interaction(payload)).status
        return {"ok": True, "status": status}

    def _follow(self, person: Person, view: Json, reply: Json) -> Json:
        """Carry out the bot's response to a submission. An empty response closes the modal."""
        action, current = reply.get("response_action"), self._views.get(view["id"]) or view
        if action == "errors":
            self._views.note(current, errors=reply.get("errors") or {})
            return {"ok": False, "errors": reply.get("errors") or {}}
        if action == "update":
            self._views.update(current, reply.get("view"))
        elif action == "push":
            self._views.push(person, reply.get("view"))
        elif action == "clear":
            for modal in self._views.stack(person):
                self._views.close(modal)
        else:
            self._views.close(current)
        return {"ok": True}

    def _refuse(self, view: Json, answer: Answer) -> Json:
        current = self._views.get(view["id"]) or view
        self._views.note(current, errors={"": CONNECTION_ERROR})
        return {"ok": False, "status": answer.status, "error": CONNECTION_ERROR}

    def _result(self, person: Person, answer: Answer, place: Place) -> Json:
        if answer.is_ok:
            return {"ok": True, "status": answer.status}
        channel = place.message["channel"] if place.message else ""
        if place.view and place.view["type"] == "modal":
            return self._refuse(place.view, answer)
        self._workspace.warn(person, NO_ANSWER, channel or self._workspace.channel(person.slack_id)["id"])
        return {"ok": False, "status": answer.status, "error": NO_ANSWER}


def _modal(place: Place) -> Json:
    if place.view is None or place.view["type"] != "modal":
        raise ImpossibleAction("this is not a modal")
    return place.view
