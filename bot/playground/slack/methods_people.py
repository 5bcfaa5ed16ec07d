"""The Web API's `auth.*`, `users.*` and `conversations.*` methods."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.playground import accounts as names
from bot.playground.accounts import Person
from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.workspace import Workspace, dm_of
from bot.playground.store import Json


class People:
    """Reads the people and the channels of the workspace."""

    def __init__(self, workspace: Workspace, own_url: str) -> None:
        self._workspace = workspace
        self._own_url = own_url

    def auth_test(self, _call: Arguments) -> Json:
        """auth.test."""
        return {
            "url": f"{self._own_url}/",
            "team": "Playground",
            "team_id": names.TEAM,
            "user": names.BOT_NAME.lower(),
            "user_id": names.BOT_USER,
            "bot_id": names.BOT_ID,
            "is_enterprise_install": False,
        }

    def info(self, call: Arguments) -> Json:
        """users.info."""
        if call.text("user") == names.BOT_USER:
            return {"user": _bot()}
        return {"user": self._user(self._workspace.person(call.required("user", "user_not_found")))}

    def by_email(self, call: Arguments) -> Json:
        """users.lookupByEmail."""
        email = call.required("email", "users_not_found").lower()
        for person in self._workspace.accounts.people:
            if person.email == email:
                return {"user": self._user(person)}
        raise SlackError("users_not_found")

    def list_users(self, _call: Arguments) -> Json:
        """users.list, on a single page."""
        people = [self._user(person) for person in self._workspace.accounts.people]
        return {"members": [*people, _bot()], "response_metadata": {"next_cursor": ""}}

    def channel_info(self, call: Arguments) -> Json:
        """conversations.info."""
        return {"channel": _channel(self._workspace.channel(call.required("channel", "channel_not_found")))}

    def open_dm(self, call: Arguments) -> Json:
        """conversations.open, for one person."""
        if call.text("channel"):
            return {"channel": {"id": self._workspace.channel(call.text("channel"))["id"]}}
        users = call.required("users", "users_list_not_supplied").split(",")
        if len(users) > 1:
            raise SlackError("method_not_supported_for_channel_type")
        return {"channel": {"id": dm_of(self._workspace.person(users[0]))}}

    def members(self, call: Arguments) -> Json:
        """conversations.members."""
        channel = self._workspace.channel(call.required("channel", "channel_not_found"))
        people = [person.slack_id for person in self._workspace.accounts.people]
        shown = people if channel["kind"] == "channel" else [channel["user"]]
        return {"members": [*shown, names.BOT_USER], "response_metadata": {"next_cursor": ""}}

    def _user(self, person: Person) -> Json:
        status = self._workspace.status(person)
        return {**_user(person), "deleted": status == "deactivated", "is_restricted": status == "guest"}


def _channel(channel: Json) -> Json:
    is_im = channel["kind"] == "im"
    extra = {"user": channel["user"]} if is_im else {"name": channel["name"], "name_normalized": channel["name"]}
    return {
        "id": channel["id"],
        "is_channel": not is_im,
        "is_im": is_im,
        "is_private": is_im,
        "is_archived": channel.get("is_archived", False),
        "is_member": channel.get("is_member", True),
        "is_ext_shared": False,
        "context_team_id": names.TEAM,
        **extra,
    }


def _user(person: Person) -> Json:
    handle = person.name.split()[0].lower()
    offset = datetime.now(UTC).astimezone(ZoneInfo(person.tz)).utcoffset()
    return {
        "id": person.slack_id,
        "team_id": names.TEAM,
        "name": handle,
        "real_name": person.name,
        "deleted": False,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": False,
        "is_owner": False,
        "is_bot": False,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_stranger": False,
        "is_email_confirmed": True,
        "locale": "en-GB",
        "profile": {
            "real_name": person.name,
            "display_name": handle,
            "email": person.email,
            "team": names.TEAM,
        },
    }


def _bot() -> Json:
    return {
        "id": names.BOT_USER,
        "team_id": names.TEAM,
        "name": names.BOT_NAME.lower(),
        "real_name": names.BOT_NAME,
        "deleted": False,
        "is_bot": True,
        "is_restricted": False,
        "tz": "Etc/UTC",
        "profile": {"real_name": names.BOT_NAME, "bot_id": names.BOT_ID, "api_app_id": names.SLACK_APP},
    }
