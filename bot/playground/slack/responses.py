"""The bot's responses: posts to a `response_url`, and the immediate response to a slash command."""

from bot.playground.slack.tickets import ResponseUrls
from bot.playground.slack.workspace import Workspace, checked_unfurls, content_of
from bot.playground.store import Json


class Responses:
    """Applies the bot's responses to the workspace."""

    def __init__(self, workspace: Workspace, urls: ResponseUrls) -> None:
        self._workspace = workspace
        self._urls = urls

    def respond(self, key: str, body: Json) -> None:
        """Apply what the bot posted to the response URL with this key."""
        ticket = self._urls.use(key)
        original = self._workspace.message(ticket["channel"], ticket["ts"]) if ticket["ts"] else None
        if body.get("delete_original") and original:
            self._workspace.delete(original)
        elif body.get("replace_original") and original:
            self._replace(original, body, ticket["link"])
        if not (body.get("delete_original") or body.get("replace_original")):
            self.post(body, ticket["channel"], ticket["user"])

    def post(self, body: Json, channel: str, user: str) -> Json:
        """Post a new message and return it. Only the person sees it unless its type is `in_channel`."""
        content = content_of(body)
        if body.get("thread_ts"):
            content["thread_ts"] = body["thread_ts"]
        if body.get("metadata"):
            content["metadata"] = body["metadata"]
        only_for = "" if body.get("response_type") == "in_channel" else user
        return self._workspace.post(self._workspace.channel(channel), content, only_for=only_for)

    def _replace(self, original: Json, body: Json, link: str) -> None:
        """Replace the message, or only the preview of a link if that was pressed: the message around it is a person's."""
        if link:
            self._workspace.save({**original, "unfurls": {**original["unfurls"], **checked_unfurls({link: body})}})
            return
        kept = {key: value for key, value in original.items() if key not in ("text", "blocks", "attachments", "sent")}
        self._workspace.save({**kept, **content_of(body)})
