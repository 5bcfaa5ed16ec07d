"""What people do in the workspace with what the bot showed them: press, choose, fill in, close."""

from bot.playground.accounts import Person
from bot.playground.acting import CannotDo, Deed
from bot.playground.rules import Rules
from bot.playground.slack import block_kit, payloads
from bot.playground.slack.delivery import Delivery
from bot.playground.slack.elements import action_value, complaints
from bot.playground.slack.errors import SlackError
from bot.playground.slack.places import Place, Places
from bot.playground.slack.tickets import ResponseUrls, Triggers
from bot.playground.slack.views import Views
from bot.playground.slack.workspace import Workspace
from bot.playground.store import Json
from bot.playground.wire import Answer

NO_ANSWER = "Quell did not respond in time. Please try again."
TROUBLE = "We had some trouble connecting. Try again?"
_GIVEN = (
    "selected_option",
    "selected_options",
    "selected_user",
    "selected_users",
    "selected_date",
    "selected_time",
    "selected_date_time",
    "value",
)
"""The fields of a deed that may say what was chosen."""


class Deeds:
    """Interactions with messages and views."""

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

    def table(self) -> dict[str, Deed]:
        """The deeds by name."""
        return {
            "press": self.press,
            "suggest": self.suggest,
            "submit_view": self.submit,
            "close_view": self.close,
        }

    async def press(self, person: Person, deed: Json) -> Json:
        """Press a button or choose in a select."""
        place = self._places.of(person, deed)
        block_id, element = place.element(deed)
        given = next((deed[key] for key in _GIVEN if key in deed), None)
        value = action_value(element, given)
        if element["type"] == "button" and "value" in deed:
            value = {"value": deed["value"]}
        action = payloads.action(block_id, element, value, self._rules.clock())
        fields = {**place.fields, "trigger_id": self._triggers.give(person)}
        if place.message:
            link = fields["container"].get("app_unfurl_url", "")
            fields["response_url"] = self._urls.give(person, place.message["channel"], place.message, link)
        answer = await self._delivery.interaction(payloads.block_actions(person, fields, action, place.values))
        return self._noticed(person, answer, place)

    async def suggest(self, person: Person, deed: Json) -> Json:
        """Type into an external select; answers the options the bot offers."""
        place = self._places.of(person, deed)
        block_id, element = place.element(deed)
        typed = str(deed.get("value") or "")
        payload = payloads.block_suggestion(person, place.fields, block_id, element["action_id"], typed)
        answer = await self._delivery.interaction(payload)
        offered = answer.json() if answer.is_ok else None
        if not isinstance(offered, dict) or not {"options", "option_groups"} & set(offered):
            return {"ok": False, "status": answer.status, "error": "no options came"}
        if errors := block_kit.options_errors(offered):
            return {"ok": False, "status": answer.status, "error": "; ".join(errors)}
        return {"ok": True, "status": answer.status, **offered}

    async def submit(self, person: Person, deed: Json) -> Json:
        """Submit a modal, with `values` by block and action id for what was typed."""
        place = self._places.of(person, deed)
        view = _modal(place)
        if errors := complaints(view["blocks"], place.values):
            self._views.note(view, errors=errors)
            return {"ok": False, "status": 0, "errors": errors}
        payload = payloads.view_submission(person, view, place.values, self._triggers.give(person))
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

    async def close(self, person: Person, deed: Json) -> Json:
        """Close a modal by its cross; `all` closes those below it too."""
        place = self._places.of(person, deed)
        view = _modal(place)
        everything = bool(deed.get("all")) or view["clear_on_close"]
        closed = self._views.stack(person)[::-1] if everything else [view]
        for one in closed:
            self._views.close(one)
        status = 0
        for one in closed:
            if one["notify_on_close"]:
                payload = payloads.view_closed(person, one, is_cleared=everything)
                status = (await self._delivery.interaction(payload)).status
        return {"ok": True, "status": status}

    def _follow(self, person: Person, view: Json, reply: Json) -> Json:
        """Do what the bot answered to a submission; an empty answer closes the modal."""
        action, current = reply.get("response_action"), self._views.get(view["id"]) or view
        if action == "errors":
            self._views.note(current, errors=reply.get("errors") or {})
            return {"ok": False, "errors": reply.get("errors") or {}}
        if action == "update":
            self._views.update(current, reply.get("view"))
        elif action == "push":
            self._views.push(person, reply.get("view"))
        elif action == "clear":
            for one in self._views.stack(person):
                self._views.close(one)
        else:
            self._views.close(current)
        return {"ok": True}

    def _refuse(self, view: Json, answer: Answer) -> Json:
        current = self._views.get(view["id"]) or view
        self._views.note(current, errors={"": TROUBLE})
        return {"ok": False, "status": answer.status, "error": TROUBLE}

    def _noticed(self, person: Person, answer: Answer, place: Place) -> Json:
        if answer.is_ok:
            return {"ok": True, "status": answer.status}
        channel = place.message["channel"] if place.message else ""
        if place.view and place.view["type"] == "modal":
            return self._refuse(place.view, answer)
        self._workspace.warn(person, NO_ANSWER, channel or self._workspace.channel(person.slack_id)["id"])
        return {"ok": False, "status": answer.status, "error": NO_ANSWER}


def _modal(place: Place) -> Json:
    if place.view is None or place.view["type"] != "modal":
        raise CannotDo("this is not a modal")
    return place.view
