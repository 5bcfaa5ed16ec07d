"""What people write in Teams, and the bot's app being put into a conversation or taken out."""

from bot.playground.accounts import TEAMS_CHANNEL, Person
from bot.playground.acting import CannotDo, Deed, required
from bot.playground.store import Json
from bot.playground.teams import activities
from bot.playground.teams.delivery import Delivery
from bot.playground.teams.notices import Notices
from bot.playground.teams.tenant import Tenant, chat_of
from bot.playground.teams.unfolding import Unfolding
from bot.playground.wire import Answer

NOT_DELIVERED = "Your message could not be delivered to Quell."


class Talking:
    """Messages and installations."""

    def __init__(self, tenant: Tenant, delivery: Delivery, notices: Notices, unfolding: Unfolding) -> None:
        self._tenant = tenant
        self._delivery = delivery
        self._notices = notices
        self._unfolding = unfolding

    def table(self) -> dict[str, Deed]:
        """The deeds by name."""
        return {
            "message": self.message,
            "delete_message": self.delete_message,
            "install": self.install,
            "uninstall": self.uninstall,
            "become_guest": self._becoming(is_guest=True),
            "become_member": self._becoming(is_guest=False),
        }

    async def message(self, person: Person, deed: Json) -> Json:
        """Write in the channel, in a thread of it (`thread`), or in the personal chat (`conversation: personal`).

        The bot hears all of it, as its app asks for the permission to read a channel's messages; in a channel only what mentions it is meant
        for it.
        """
        conversation = self._conversation(person, deed)
        text, root = required(deed, "text"), str(deed.get("thread") or "")
        if root and self._tenant.get(root) is None:
            raise CannotDo("there is no such thread")
        unfolded = await self._unfolding.attachments(person, {**conversation, "root": root}, text)
        message = self._tenant.say(conversation, person, {"text": text, "attachments": unfolded}, root)
        if not conversation["is_installed"]:
            return {"ok": True, "status": 0, "id": message["id"]}
        is_meant = conversation["kind"] != "channel" or activities.MENTION.search(text)
        place = {**conversation, "root": root or (message["id"] if conversation["kind"] == "channel" else "")}
        activity = activities.base("message", self._tenant.accounts, person, place, self._tenant.clock())
        answer = await self._delivery.send(activities.said({**activity, "id": message["id"]}, text, self._tenant.accounts))
        if is_meant and not answer.is_ok:
            self._notices.show(person, NOT_DELIVERED, is_error=True)
        return {"ok": answer.is_ok, "status": answer.status, "id": message["id"]}

    async def delete_message(self, _person: Person, deed: Json) -> Json:
        """Delete any message, as a team's owner may."""
        message = self._tenant.get(required(deed, "message"))
        if message is None:
            raise CannotDo("there is no such message")
        self._tenant.delete(message)
        return {"ok": True}

    async def install(self, person: Person, deed: Json) -> Json:
        """Put the bot's app into a conversation."""
        conversation = self._conversation(person, deed)
        self._tenant.install(conversation["id"], is_installed=True)
        answer = await self._announce(person, conversation, "add")
        return {"ok": answer.is_ok, "status": answer.status}

    async def uninstall(self, person: Person, deed: Json) -> Json:
        """Take the bot's app out of a conversation."""
        conversation = self._conversation(person, deed)
        self._tenant.install(conversation["id"], is_installed=False)
        answer = await self._announce(person, conversation, "remove")
        return {"ok": answer.is_ok, "status": answer.status}

    async def introduce(self) -> bool:
        """Announce the bot's app in the channel and in every personal chat; whether the bot heard it all."""
        people = self._tenant.accounts.people
        channel = self._tenant.conversation(TEAMS_CHANNEL)
        places = [(people[0], channel), *((one, self._tenant.conversation(chat_of(one))) for one in people)]
        heard = [await self._announce(person, place, "add") for person, place in places]
        return all(answer.is_ok for answer in heard)

    async def _announce(self, person: Person, conversation: Json, action: str) -> Answer:
        accounts, now = self._tenant.accounts, self._tenant.clock()
        update = activities.base("installationUpdate", accounts, person, conversation, now)
        answer = await self._delivery.send(activities.installed(update, action))
        if action == "add" and answer.is_ok:
            change = activities.base("conversationUpdate", accounts, person, conversation, now)
            answer = await self._delivery.send(activities.member_added(change, accounts))
        return answer

    def _becoming(self, *, is_guest: bool) -> Deed:
        async def become(person: Person, _deed: Json) -> Json:
            self._tenant.set_guest(person, is_guest=is_guest)
            return {"ok": True}

        return become

    def _conversation(self, person: Person, deed: Json) -> Json:
        key = str(deed.get("conversation") or TEAMS_CHANNEL)
        conversation = self._tenant.conversation(chat_of(person) if key == "personal" else key)
        if conversation.get("with", person.slack_id) != person.slack_id:
            raise CannotDo("this is somebody else's chat")
        return conversation
