"""The Web API's `views.*` methods."""

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.tickets import Triggers
from bot.playground.slack.views import Views, public
from bot.playground.slack.workspace import Workspace
from bot.playground.store import Json


class ViewMethods:
    """Opens, pushes, updates and publishes views for the bot."""

    def __init__(self, workspace: Workspace, views: Views, triggers: Triggers) -> None:
        self._workspace = workspace
        self._views = views
        self._triggers = triggers

    def open(self, call: Arguments) -> Json:
        """views.open."""
        person = self._triggers.use(self._trigger(call))
        return {"view": public(self._views.open(person, call.json("view")))}

    def push(self, call: Arguments) -> Json:
        """views.push."""
        person = self._triggers.use(self._trigger(call))
        return {"view": public(self._views.push(person, call.json("view")))}

    def update(self, call: Arguments) -> Json:
        """views.update."""
        view = self._views.find(call.text("view_id"), call.text("external_id"))
        return {"view": public(self._views.update(view, call.json("view"), call.text("hash")))}

    def publish(self, call: Arguments) -> Json:
        """views.publish."""
        person = self._workspace.person(call.required("user_id"), "user_not_found")
        return {"view": public(self._views.publish(person, call.json("view"), call.text("hash")))}

    def _trigger(self, call: Arguments) -> str:
        trigger = call.text("trigger_id") or call.text("interactivity_pointer")
        if not trigger:
            raise SlackError("invalid_arguments")
        return trigger
