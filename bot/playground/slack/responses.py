"""What the bot posts to a `response_url`, or answers to a slash command at once."""

from bot.playground.slack.tickets import ResponseUrls
from bot.playground.slack.workspace import Workspace, checked_unfurls, content_of
from bot.playground.store import Json


class Responses:
    """Carries out such answers."""

    def __init__(self, workspace: Workspace, urls: ResponseUrls) -> None:
        self._workspace = workspace
        self._urls = urls

    def respond(self, key: str, body: Json) -> None:
        """The bot posted this to the URL with this key."""
        ticket = self._urls.use(key)
        original = self._workspace.message(ticket["channel"], ticket["ts"]) if ticket["ts"] else None
        if body.get("delete_original") and original:
            self._workspace.delete(original)
        elif body.get("replace_original") and original:
            self._replace(original, body, ticket["link"])
        if not (body.get("delete_original") or body.get("replace_original")):
            self.post(body, ticket["channel"], ticket["user"])

    def post(self, body: Json, channel: str, user: str) -> Json:
        """A new message: for the person alone unless it says `in_channel`; in a thread only if it names one."""
        content = content_of(body)
        if body.get("thread_ts"):
            content["thread_ts"] = body["thread_ts"]
        if body.get("metadata"):
            content["metadata"] = body["metadata"]
        only_for = "" if body.get("response_type") == "in_channel" else user
        return self._workspace.post(self._workspace.channel(channel), content, only_for=only_for)

    def _replace(self, original: Json, body: Json, link: str) -> None:
        """Where the preview of a link was pressed, it is the preview that is replaced: the message is somebody else's."""
        if link:
            self._workspace.save({**original, "unfurls": {**original["unfurls"], **checked_unfurls({link: body})}})
            return
        kept = {key: value for key, value in original.items() if key not in ("text", "blocks", "attachments", "sent")}
        self._workspace.save({**kept, **content_of(body)})
