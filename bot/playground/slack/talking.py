"""What people say in the workspace: commands, mentions, direct messages, links; and what is done to the channel."""

import html
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from bot.playground.accounts import BOT_USER, CHANNEL, Person
from bot.playground.acting import CannotDo, Deed, required
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
from bot.playground.wire import Answer

_MENTION = re.compile(r"@quell\b", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>|]+")


class Talking:
    """Typed words and their events."""

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

    def table(self) -> dict[str, Deed]:
        """The deeds by name."""
        return {
            "command": self.command,
            "mention": self.mention,
            "say": self.say,
            "dm": self.dm,
            "open_home": self.open_home,
            "delete_message": self.delete_message,
            "archive_channel": self._setting(None, is_archived=True),
            "unarchive_channel": self._setting(payloads.unarchived, is_archived=False),
            "remove_bot": self._setting(None, is_member=False),
            "invite_bot": self._setting(payloads.member_joined, is_member=True),
            "become_guest": self._becoming("guest"),
            "be_deactivated": self._becoming("deactivated"),
            "become_member": self._becoming("member"),
        }

    async def command(self, person: Person, deed: Json) -> Json:
        """Type a slash command; what the bot answers at once is shown to the person alone, unless it says otherwise.

        In commands Slack writes a mention with the name, as the bot's manifest asks for.
        """
        channel = self._channel(person, deed)
        name = str(deed.get("command") or "/quell")
        form = payloads.command(person, channel, name, self._marked(str(deed.get("text") or ""), is_named=True))
        form["trigger_id"] = self._triggers.give(person)
        form["response_url"] = self._urls.give(person, channel["id"])
        answer = await self._delivery.form(form)
        if not answer.is_ok:
            reason = "operation_timeout" if answer.status == 0 else "dispatch_failed"
            text = f"{name} failed because the app did not respond ({reason})."
            self._workspace.warn(person, text, channel["id"])
            return {"ok": False, "status": answer.status, "error": text}
        return {"ok": True, "status": answer.status, **self._show(person, channel, answer)}

    async def mention(self, person: Person, deed: Json) -> Json:
        """Write to the bot in the channel; `@Quell` becomes a real mention."""
        text = required(deed, "text")
        if not _MENTION.search(text):
            text = f"@Quell {text}"
        return await self.say(person, {**deed, "text": text})

    async def say(self, person: Person, deed: Json) -> Json:
        """Write in the channel, or in a thread of it (`thread_ts`), which `reply_broadcast` shows in the channel too.

        A mention makes an event of its own beside the message's, and so do links to the bot's pages.
        """
        channel = self._channel(person, deed)
        escaped = html.escape(required(deed, "text"), quote=False)  # as Slack does with what people type
        text = self._marked(_MENTION.sub(f"<@{BOT_USER}>", escaped))
        message = self._workspace.say(person, channel, _LINK.sub(r"<\g<0>>", text), self._thread(channel, deed))
        kinds = ["message"] if channel["kind"] == "im" or f"<@{BOT_USER}>" not in text else ["app_mention", "message"]
        events = [payloads.message_event(kind, message, channel) for kind in kinds]
        if links := self._own_links(text):
            events.append(payloads.link_shared(message, links))
        statuses = [(await self._event(one)).status for one in events] if channel.get("is_member", True) else []
        return {"ok": all(200 <= one < 300 for one in statuses), "statuses": statuses, "ts": message["ts"]}

    async def dm(self, person: Person, deed: Json) -> Json:
        """Write to the bot directly."""
        return await self.say(person, {**deed, "channel": self._workspace.channel(person.slack_id)["id"]})

    async def open_home(self, person: Person, _deed: Json) -> Json:
        """Open the App Home tab."""
        answer = await self._event(payloads.home_opened(person, self._views.home(person), self._rules.clock()))
        return {"ok": answer.is_ok, "status": answer.status}

    async def delete_message(self, _person: Person, deed: Json) -> Json:
        """Delete any message, as an administrator may."""
        message = self._workspace.message(str(deed.get("channel") or CHANNEL), required(deed, "message"))
        if message is None:
            raise CannotDo("there is no such message")
        self._workspace.delete(message)
        return {"ok": True}

    def _setting(self, tells: Callable[[Json, Person], Json] | None, **change: bool) -> Deed:
        """Changes the channel, and sends the event that tells the bot of it, where Slack has one that reaches it."""

        async def set_it(person: Person, _deed: Json) -> Json:
            self._workspace.set_channel(**change)
            if tells is None:
                return {"ok": True}
            answer = await self._event(tells(self._workspace.channel(CHANNEL), person))
            return {"ok": answer.is_ok, "status": answer.status}

        return set_it

    def _becoming(self, standing: str) -> Deed:
        async def become(person: Person, _deed: Json) -> Json:
            self._workspace.set_standing(person, standing)
            return {"ok": True}

        return become

    def _channel(self, person: Person, deed: Json) -> Json:
        channel = self._workspace.channel(str(deed.get("channel") or CHANNEL))
        if channel.get("user", person.slack_id) != person.slack_id:
            raise CannotDo("this is somebody else's conversation")
        return channel

    def _marked(self, text: str, *, is_named: bool = False) -> str:
        def mark(one: Person) -> str:
            return f"<@{one.slack_id}|{payloads.user(one)['name']}>" if is_named else f"<@{one.slack_id}>"

        return marked(text, self._workspace.accounts, mark)

    def _thread(self, channel: Json, deed: Json) -> Json:
        ts = str(deed.get("thread_ts") or "")
        if not ts:
            return {}
        parent = self._workspace.message(channel["id"], ts)
        if parent is None:
            raise CannotDo("there is no such thread")
        is_aloud = {"reply_broadcast": True} if deed.get("reply_broadcast") else {}
        return {"thread_ts": ts, "parent_user_id": parent["user"], **is_aloud}

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
