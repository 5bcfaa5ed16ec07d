"""Puts the Slack workspace together: routes for the bot, actions for people, and a person's screen."""

from collections.abc import Mapping

from starlette.routing import BaseRoute, Route

from bot.playground import accounts as names
from bot.playground.accounts import Accounts, Person
from bot.playground.bot_client import BotClient
from bot.playground.buckets import Buckets
from bot.playground.faults import Faults
from bot.playground.rules import Rules
from bot.playground.slack.arguments import Arguments
from bot.playground.slack.delivery import Delivery
from bot.playground.slack.interactions import Interactions
from bot.playground.slack.messaging import Messaging
from bot.playground.slack.methods_chat import Chat
from bot.playground.slack.methods_people import People
from bot.playground.slack.methods_reading import Reading
from bot.playground.slack.methods_views import ViewMethods
from bot.playground.slack.responses import Responses
from bot.playground.slack.tickets import ResponseUrls, Triggers
from bot.playground.slack.views import VIEW, Views
from bot.playground.slack.web_api import Method, WebApi
from bot.playground.slack.workspace import MESSAGE, Workspace, dm_of
from bot.playground.store import Json, Store
from bot.playground.user_actions import UserAction


class SlackService:
    """A workspace with one app installed."""

    def __init__(self, store: Store, accounts: Accounts, faults: Faults, client: BotClient, urls: tuple[str, str], rules: Rules) -> None:
        own_url, bot_url = urls
        self._store = store
        self._workspace = Workspace(store, accounts, rules.clock)
        self._views = Views(store)
        triggers, responses = Triggers(rules.clock), ResponseUrls(store, rules.clock, own_url)
        methods = _methods(self._workspace, self._views, triggers, own_url)
        buckets = Buckets(rules.clock) if rules.is_rate_limited else None
        response_handler = Responses(self._workspace, responses)
        self._api = WebApi(accounts.slack_bot_token, methods, response_handler, faults, buckets)
        delivery = Delivery(client, bot_url, accounts.slack_signing_secret, rules)
        tickets = (triggers, responses)
        messaging = Messaging(self._workspace, self._views, tickets, delivery, rules, bot_url)
        self.user_actions: dict[str, UserAction] = {
            **Interactions(self._workspace, self._views, tickets, delivery, rules).table(),
            **messaging.table(),
        }

    def routes(self) -> list[BaseRoute]:
        """Return the routes that the bot calls."""
        return [
            Route("/slack/api/{method}", self._api.call, methods=["GET", "POST"]),
            Route("/slack/response/{secret}", self._api.respond, methods=["POST"]),
        ]

    def screen_of(self, person: Person, last: int) -> Json:
        """Return what a person has on the screen, with at most `last` messages of each conversation."""
        channels = [self._workspace.channel(key) for key in (names.CHANNEL, dm_of(person))]
        return {
            "team": names.TEAM,
            "bot": names.BOT_USER,
            "channels": channels,
            "messages": {channel["id"]: self._messages(channel["id"], person, last) for channel in channels},
            "views": self._views.stack(person),
            "home": self._views.home(person),
        }

    def clear(self) -> None:
        """Delete all messages, views and settings."""
        self._store.clear(MESSAGE, VIEW, "slack.response", "slack.channel", "slack.person")

    def _messages(self, channel: str, person: Person, last: int) -> list[Json]:
        messages = self._workspace.messages(channel, last)
        return [message for message in messages if message.get("only_for", person.slack_id) == person.slack_id]


def _methods(workspace: Workspace, views: Views, triggers: Triggers, own_url: str) -> Mapping[str, Method]:
    chat, people, reading = Chat(workspace, own_url), People(workspace, own_url), Reading(workspace)
    modal = ViewMethods(workspace, views, triggers)
    return {
        "api.test": _api_test,
        "auth.test": people.auth_test,
        "chat.postMessage": chat.post,
        "chat.update": chat.update,
        "chat.delete": chat.delete,
        "chat.postEphemeral": chat.post_ephemeral,
        "chat.getPermalink": chat.permalink,
        "chat.unfurl": chat.unfurl,
        "views.open": modal.open,
        "views.update": modal.update,
        "views.push": modal.push,
        "views.publish": modal.publish,
        "users.info": people.info,
        "users.lookupByEmail": people.by_email,
        "users.list": people.list_users,
        "conversations.info": people.channel_info,
        "conversations.open": people.open_dm,
        "conversations.members": people.members,
        "conversations.replies": reading.replies,
        "conversations.history": reading.history,
    }


def _api_test(call: Arguments) -> Json:
    return {"args": {"foo": call.text("foo")}} if call.has("foo") else {}
