"""What people write in Slack: commands, mentions, direct messages and links; and changes of the channel and its members."""

import html
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from bot.playground.accounts import BOT_USER, CHANNEL, Person
from bot.playground.bot_client import Answer
from bot.playground.links import links_to
from bot.playground.mentions import marked
from bot.playground.rules import Rules
from bot.playground.slack import payloads
from bot.playground.slack.delivery import Delivery
from bot.playground.slack.errors import SlackError
from bot.playground.slack.responses import Responses
from bot.playground.slack.tickets import ResponseUrls, Triggers
from bot.playground.slack.views import Views
from bot.playground.slack.workspace import Workspace
from bot.playground.store import Json
from bot.playground.user_actions import ImpossibleAction, UserAction, required

_MENTION = re.compile(r"@quell\b", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>|]+")


class Messaging:
    """Commands and messages of people, the events of both, and changes of the channel."""

    def __init__(
        self,
        workspace: Workspace,
        views: Views,
        tickets: tuple[Triggers, ResponseUrls],
        delivery: Delivery,
        rules: Rules,
        bot_url: str,
    ) -> None:
        self._workspace = workspace
        self._views = views
        self._triggers, self._urls = tickets
        self._responses = Responses(workspace, self._urls)
        self._delivery = delivery
        self._rules = rules
        self._domain = urlsplit(bot_url).netloc

    def table(self) -> dict[str, UserAction]:
        """Return the user actions by name."""
        return {
            "command": self.command,
            "mention": self.mention,
            "say": self.say,
            "dm": self.dm,
            "open_home": self.open_home,
            "delete_message": self.delete_message,
            "archive_channel": self._channel_change(None, is_archived=True),
            "unarchive_channel": self._channel_change(payloads.unarchived, is_archived=False),
            "remove_bot": self._channel_change(None, is_member=False),
            "invite_bot": self._channel_change(payloads.member_joined, is_member=True),
            "become_guest": self._set_status("guest"),
            "be_deactivated": self._set_status("deactivated"),
            "become_member": self._set_status("member"),
        }

    async def command(self, person: Person, request: Json) -> Json:
        """Type a slash command. Only the person sees the bot's immediate response, unless it is meant for the channel.

        In commands Slack writes a mention with the name, as the bot's manifest asks for.
        """
        channel = self._channel(person, request)
        name = str(request.get("command") or "/quell")
        form = payloads.command(person, channel, name, self._marked(str(request.get("text") or ""), is_named=True))
        form["trigger_id"] = self._triggers.create(person)
        form["response_url"] = self._urls.create(person, channel["id"])
        answer = await self._delivery.form(form)
        if not answer.is_ok:
            reason = "operation_timeout" if answer.status == 0 else "dispatch_failed"
            text = f"{name} failed because the app did not respond ({reason})."
            self._workspace.warn(person, text, channel["id"])
            return {"ok": False, "status": answer.status, "error": text}
        return {"ok": True, "status": answer.status, **self._show(person, channel, answer)}

    async def mention(self, person: Person, request: Json) -> Json:
        """Mention the bot in the channel. `@Quell` is added if the text lacks it."""
        text = required(request, "text")
        if not _MENTION.search(text):
            text = f"@Quell {text}"
        return await self.say(person, {**request, "text": text})

    async def say(self, person: Person, request: Json) -> Json:
        """Write in the channel, or in a thread (`thread_ts`). `reply_broadcast` shows a reply in the channel too.

        Besides the event of the message, a mention causes an event, and so do links to the bot's pages.
        """
        channel = self._channel(person, request)
        escaped = html.escape(required(request, "text"), quote=False)  # as Slack does with what people type
        text = self._marked(_MENTION.sub(f"<@{BOT_USER}>", escaped))
        message = self._workspace.say(person, channel, _LINK.sub(r"<\g<0>>", text), self._thread(channel, request))
        kinds = ["message"] if channel["kind"] == "im" or f"<@{BOT_USER}>" not in text else ["app_mention", "message"]
        events = [payloads.message_event(kind, message, channel) for kind in kinds]
        if links := self._own_links(text):
            events.append(payloads.link_shared(message, links))
        statuses = [(await self._event(event)).status for event in events] if channel.get("is_member", True) else []
        return {"ok": all(200 <= status < 300 for status in statuses), "statuses": statuses, "ts": message["ts"]}

    async def dm(self, person: Person, request: Json) -> Json:
        """Write to the bot directly."""
        return await self.say(person, {**request, "channel": self._workspace.channel(person.slack_id)["id"]})

    async def open_home(self, person: Person, _request: Json) -> Json:
        """Open the App Home tab."""
        answer = await self._event(payloads.home_opened(person, self._views.home(person), self._rules.clock()))
        return {"ok": answer.is_ok, "status": answer.status}

    async def delete_message(self, _person: Person, request: Json) -> Json:
        """Delete any message, as an administrator may."""
        message = self._workspace.message(str(request.get("channel") or CHANNEL), required(request, "message"))
        if message is None:
            raise ImpossibleAction("there is no such message")
        self._workspace.delete(message)
        return {"ok": True}

    def _channel_change(self, event_of: Callable[[Json, Person], Json] | None, **change: bool) -> UserAction:
        """Return the action that changes the channel and sends the bot the event of that change, if Slack sends one."""

        async def change_channel(person: Person, _request: Json) -> Json:
            self._workspace.set_channel(**change)
            if event_of is None:
                return {"ok": True}
            answer = await self._event(event_of(self._workspace.channel(CHANNEL), person))
            return {"ok": answer.is_ok, "status": answer.status}

        return change_channel

    def _set_status(self, status: str) -> UserAction:
        async def set_status(person: Person, _request: Json) -> Json:
            self._workspace.set_status(person, status)
            return {"ok": True}

        return set_status

    def _channel(self, person: Person, request: Json) -> Json:
        channel = self._workspace.channel(str(request.get("channel") or CHANNEL))
        if channel.get("user", person.slack_id) != person.slack_id:
            raise ImpossibleAction("this is somebody else's conversation")
        return channel

    def _marked(self, text: str, *, is_named: bool = False) -> str:
        def mark(person: Person) -> str:
            return f"<@{person.slack_id}|{payloads.user(person)['name']}>" if is_named else f"<@{person.slack_id}>"

        return marked(text, self._workspace.accounts, mark)

    def _thread(self, channel: Json, request: Json) -> Json:
        ts = str(request.get("thread_ts") or "")
        if not ts:
            return {}
        parent = self._workspace.message(channel["id"], ts)
        if parent is None:
            raise ImpossibleAction("there is no such thread")
        broadcast = {"reply_broadcast": True} if request.get("reply_broadcast") else {}
        return {"thread_ts": ts, "parent_user_id": parent["user"], **broadcast}

    def _show(self, person: Person, channel: Json, answer: Answer) -> Json:
        if not answer.text.strip():
            return {}
        body = answer.json()
        if not isinstance(body, dict):
            body = {"text": answer.text}
        try:
            return {"ts": self._responses.post(body, channel["id"], person.slack_id)["ts"]}
        except SlackError as error:
            return {"error": f"{error.code}: {error.more}"}

    def _own_links(self, text: str) -> list[Json]:
        return [{"domain": urlsplit(link).hostname, "url": link} for link in links_to(self._domain, text)]

    async def _event(self, inner: Json) -> Answer:
        return await self._delivery.event(payloads.event(inner, self._rules.clock()))
