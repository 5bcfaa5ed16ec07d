"""What people write in Teams, and installations of the bot's app."""

from bot.playground.accounts import TEAMS_CHANNEL, Person
from bot.playground.bot_client import Answer
from bot.playground.store import Json
from bot.playground.teams import activities
from bot.playground.teams.delivery import Delivery
from bot.playground.teams.link_unfurling import LinkUnfurling
from bot.playground.teams.notices import Notices
from bot.playground.teams.tenant import Tenant, chat_of
from bot.playground.user_actions import ImpossibleAction, UserAction, required

NOT_DELIVERED = "Your message could not be delivered to Quell."


class Messaging:
    """Messages of people, installations of the app, and changes of people."""

    def __init__(self, tenant: Tenant, delivery: Delivery, notices: Notices, unfurling: LinkUnfurling) -> None:
        self._tenant = tenant
        self._delivery = delivery
        self._notices = notices
        self._unfurling = unfurling

    def table(self) -> dict[str, UserAction]:
        """Return the user actions by name."""
        return {
            "message": self.message,
            "delete_message": self.delete_message,
            "install": self.install,
            "uninstall": self.uninstall,
            "become_guest": self._set_status(is_guest=True),
            "become_member": self._set_status(is_guest=False),
        }

    async def message(self, person: Person, request: Json) -> Json:
        """Write in the channel, in a thread of it (`thread`), or in the personal chat (`conversation: personal`).

        The bot receives every message, because its app has the permission to read a channel's messages. In a channel, only messages that
        mention the bot are meant for it.
        """
        conversation = self._conversation(person, request)
        text, root = required(request, "text"), str(request.get("thread") or "")
        if root and self._tenant.get(root) is None:
            raise ImpossibleAction("there is no such thread")
        previews = await self._unfurling.attachments(person, {**conversation, "root": root}, text)
        message = self._tenant.say(conversation, person, {"text": text, "attachments": previews}, root)
        if not conversation["is_installed"]:
            return {"ok": True, "status": 0, "id": message["id"]}
        is_meant = conversation["kind"] != "channel" or activities.MENTION.search(text)
        place = {**conversation, "root": root or (message["id"] if conversation["kind"] == "channel" else "")}
        activity = activities.base("message", self._tenant.accounts, person, place, self._tenant.clock())
        answer = await self._delivery.send(activities.typed_message({**activity, "id": message["id"]}, text, self._tenant.accounts))
        if is_meant and not answer.is_ok:
            self._notices.show(person, NOT_DELIVERED, is_error=True)
        return {"ok": answer.is_ok, "status": answer.status, "id": message["id"]}

    async def delete_message(self, _person: Person, request: Json) -> Json:
        """Delete any message, as a team's owner may."""
        message = self._tenant.get(required(request, "message"))
        if message is None:
            raise ImpossibleAction("there is no such message")
        self._tenant.delete(message)
        return {"ok": True}

    async def install(self, person: Person, request: Json) -> Json:
        """Install the bot's app in a conversation."""
        conversation = self._conversation(person, request)
        self._tenant.install(conversation["id"], is_installed=True)
        answer = await self._announce(person, conversation, "add")
        return {"ok": answer.is_ok, "status": answer.status}

    async def uninstall(self, person: Person, request: Json) -> Json:
        """Remove the bot's app from a conversation."""
        conversation = self._conversation(person, request)
        self._tenant.install(conversation["id"], is_installed=False)
        answer = await self._announce(person, conversation, "remove")
        return {"ok": answer.is_ok, "status": answer.status}

    async def introduce(self) -> bool:
        """Announce the bot's app in the channel and in every personal chat. Return whether the bot accepted all of it."""
        people = self._tenant.accounts.people
        channel = self._tenant.conversation(TEAMS_CHANNEL)
        places = [(people[0], channel), *((person, self._tenant.conversation(chat_of(person))) for person in people)]
        answers = [await self._announce(person, place, "add") for person, place in places]
        return all(answer.is_ok for answer in answers)

    async def _announce(self, person: Person, conversation: Json, action: str) -> Answer:
        accounts, now = self._tenant.accounts, self._tenant.clock()
        installation = activities.base("installationUpdate", accounts, person, conversation, now)
        answer = await self._delivery.send(activities.installed(installation, action))
        if action == "add" and answer.is_ok:
            membership = activities.base("conversationUpdate", accounts, person, conversation, now)
            answer = await self._delivery.send(activities.member_added(membership, accounts))
        return answer

    def _set_status(self, *, is_guest: bool) -> UserAction:
        async def set_status(person: Person, _request: Json) -> Json:
            self._tenant.set_guest(person, is_guest=is_guest)
            return {"ok": True}

        return set_status

    def _conversation(self, person: Person, request: Json) -> Json:
        key = str(request.get("conversation") or TEAMS_CHANNEL)
        conversation = self._tenant.conversation(chat_of(person) if key == "personal" else key)
        if conversation.get("with", person.slack_id) != person.slack_id:
            raise ImpossibleAction("this is somebody else's chat")
        return conversation
