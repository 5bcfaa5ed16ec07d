"""What people do with the bot's cards in Teams: run an action, submit, search in a choice set, fill in a dialog."""

from typing import Any

from bot.playground.accounts import TEAMS_CHANNEL, Person
from bot.playground.bot_client import Answer
from bot.playground.store import Json
from bot.playground.teams import activities, adaptive_cards
from bot.playground.teams.cards import data_of, pick_action
from bot.playground.teams.delivery import Delivery
from bot.playground.teams.notices import Notices
from bot.playground.teams.tenant import Tenant, card_of
from bot.playground.user_actions import ImpossibleAction, UserAction, required

DIALOG = "teams.dialog"
GENERAL_ERROR = "Something went wrong. Please try again."
_CARD = "application/vnd.microsoft.card.adaptive"
_MESSAGE = "application/vnd.microsoft.activity.message"


class Interactions:
    """Interactions with cards and dialogs in Teams."""

    def __init__(self, tenant: Tenant, delivery: Delivery, notices: Notices) -> None:
        self._tenant = tenant
        self._delivery = delivery
        self._notices = notices

    def table(self) -> dict[str, UserAction]:
        """Return the user actions by name."""
        return {
            "execute": self.execute,
            "refresh": self.refresh,
            "submit": self.submit,
            "search": self.search,
            "open_dialog": self.open_dialog,
            "submit_dialog": self.submit_dialog,
            "close_dialog": self.close_dialog,
        }

    async def execute(self, person: Person, request: Json) -> Json:
        """Press an Action.Execute. The bot responds with a card for this person, a toast or an error."""
        message = self._message(person, request)
        action = pick_action(card_of(message, person), request, ("Action.Execute",))
        return await self._run(person, message, action, request.get("inputs") or {}, "manual")

    async def refresh(self, person: Person, request: Json) -> Json:
        """Refresh a card, as Teams does when a person of its `refresh.userIds` looks at it."""
        message = self._message(person, request)
        cards = adaptive_cards.cards_of(message)
        refresh = (cards[0] if cards else {}).get("refresh") or {}
        if not isinstance(refresh.get("action"), dict):
            raise ImpossibleAction("the card has no refresh")
        return await self._run(person, message, refresh["action"], {}, "automatic")

    async def submit(self, person: Person, request: Json) -> Json:
        """Press an Action.Submit, which may open a dialog."""
        message = self._message(person, request)
        action = pick_action(card_of(message, person), request, ("Action.Submit",))
        data = data_of(action, request.get("inputs") or {})
        if _wants_dialog(data):
            return await self._fetch_dialog(person, message, data)
        activity = activities.submitted(self._activity("message", person, message), message["id"], data)
        answer = await self._delivery.send(activity)
        if not answer.is_ok:
            self._notices.show(person, GENERAL_ERROR, is_error=True)
        return {"ok": answer.is_ok, "status": answer.status}

    async def search(self, person: Person, request: Json) -> Json:
        """Type into a choice set and return the bot's choices."""
        message = self._message(person, request)
        options = {"skip": int(request.get("skip") or 0), "top": int(request.get("count") or 15)}
        query = {
            "queryText": str(request.get("text") or ""),
            "queryOptions": options,
            "dataset": required(request, "dataset"),
        }
        activity = activities.invoke(self._activity("invoke", person, message), "application/search", query, message["id"])
        answer = await self._delivery.send(activity)
        body = answer.json() if answer.is_ok else None
        results = ((body or {}).get("value") or {}).get("results")
        if not isinstance(results, list):
            return {"ok": False, "status": answer.status, "error": "no results came"}
        return {"ok": True, "status": answer.status, "results": results}

    async def open_dialog(self, person: Person, request: Json) -> Json:
        """Press a button that opens a dialog."""
        message = self._message(person, request)
        action = pick_action(card_of(message, person), request, ("Action.Submit",))
        return await self._fetch_dialog(person, message, data_of(action, request.get("inputs") or {}))

    async def submit_dialog(self, person: Person, request: Json) -> Json:
        """Press the button in the open dialog."""
        dialog = self._dialog(person)
        action = pick_action(dialog["card"], request, ("Action.Submit", "Action.Execute"))
        data = data_of(action, request.get("inputs") or {})
        return await self._invoke_task(person, dialog["message"], "task/submit", data)

    async def close_dialog(self, person: Person, _request: Json) -> Json:
        """Close the open dialog. Teams does not tell the bot."""
        self._tenant.store.drop(DIALOG, person.slack_id)
        return {"ok": True}

    async def _run(self, person: Person, message: Json, action: Json, inputs: Json, trigger: str) -> Json:
        fields: Json = {name: action[name] for name in ("id", "title", "verb") if name in action}
        shown = {"type": "Action.Execute", **fields, "data": data_of(action, inputs)}
        value = {"action": shown, "trigger": trigger}
        activity = activities.invoke(self._activity("invoke", person, message), "adaptiveCard/action", value, message["id"])
        answer = await self._delivery.send(activity)
        body = answer.json() if answer.status == 200 else None
        if not isinstance(body, dict) or body.get("statusCode") != 200:
            return self._failed(person, answer, body, trigger)
        return self._apply(person, message, answer, body)

    def _apply(self, person: Person, message: Json, answer: Answer, body: Json) -> Json:
        kind, value = body.get("type"), body.get("value")
        if kind == _MESSAGE:
            self._notices.show(person, str(value))
        elif kind == _CARD and isinstance(value, dict):
            if errors := adaptive_cards.card_errors(value):
                self._notices.show(person, GENERAL_ERROR, is_error=True)
                return {"ok": False, "status": answer.status, "error": "; ".join(errors)}
            self._tenant.show_own(message, person, value)
        return {"ok": True, "status": answer.status, "type": kind, "value": value}

    def _failed(self, person: Person, answer: Answer, body: Any, trigger: str) -> Json:
        """Show a general error. Teams does not show the error's own text to people."""
        if trigger == "manual":
            self._notices.show(person, GENERAL_ERROR, is_error=True)
        return {"ok": False, "status": answer.status, "error": GENERAL_ERROR, "body": body}

    async def _fetch_dialog(self, person: Person, message: Json, data: Any) -> Json:
        return await self._invoke_task(person, message["id"], "task/fetch", data)

    async def _invoke_task(self, person: Person, message_id: str, name: str, data: Any) -> Json:
        message = self._message(person, {"message": message_id})
        value = {"data": data, "context": {"theme": "default"}}
        activity = activities.invoke(self._activity("invoke", person, message), name, value, message_id)
        answer = await self._delivery.send(activity)
        if answer.status != 200:
            self._notices.show(person, GENERAL_ERROR, is_error=True)
            return {"ok": False, "status": answer.status, "error": GENERAL_ERROR}
        task = (answer.json() or {}).get("task") or {}
        return {"status": answer.status, **self._show_task(person, message_id, task)}

    def _show_task(self, person: Person, message_id: str, task: Json) -> Json:
        kind, value = task.get("type"), task.get("value")
        if kind == "continue" and isinstance(value, dict):
            card = (value.get("card") or {}).get("content")
            if errors := adaptive_cards.card_errors(card):
                self._notices.show(person, GENERAL_ERROR, is_error=True)
                return {"ok": False, "error": "; ".join(errors)}
            dialog = {"message": message_id, "title": value.get("title") or "", "card": card, "sent": task}
            self._tenant.store.put(DIALOG, person.slack_id, dialog)
            return {"ok": True, "dialog": dialog}
        self._tenant.store.drop(DIALOG, person.slack_id)
        if kind == "message":
            self._notices.show(person, str(value))
        return {"ok": True, "type": kind, "value": value}

    def _message(self, person: Person, request: Json) -> Json:
        message = self._tenant.get(required(request, "message"))
        if message is None or message["only_for"] not in (None, person.teams_id):
            raise ImpossibleAction("there is no such message")
        if self._tenant.conversation(message["conversation"]).get("with", person.slack_id) != person.slack_id:
            raise ImpossibleAction("this is somebody else's chat")
        return message

    def _dialog(self, person: Person) -> Json:
        dialog = self._tenant.store.get(DIALOG, person.slack_id)
        if dialog is None:
            raise ImpossibleAction("no dialog is open")
        return dialog

    def _activity(self, kind: str, person: Person, message: Json) -> Json:
        conversation = self._tenant.conversation(message["conversation"])
        if message["conversation"] == TEAMS_CHANNEL:
            conversation = {**conversation, "root": message["root"] or message["id"]}
        return activities.base(kind, self._tenant.accounts, person, conversation, self._tenant.clock())


def _wants_dialog(data: Any) -> bool:
    teams = data.get("msteams") if isinstance(data, dict) else None
    return isinstance(teams, dict) and teams.get("type") == "task/fetch"
