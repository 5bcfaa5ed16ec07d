"""Reply to an interaction that was carried out before a restart and got no reply then."""

from __future__ import annotations

from bot.chat.elements import Changed, Listing, Nothing, Notice, Reply
from bot.chat.handlers.context import RequestContext, state
from bot.chat.interactions import FormSubmitted, Press, ThreadReply

DONE = Notice(("Done. Quell was restarted before it could answer you.",))


def earlier(context: RequestContext) -> Reply | None:
    """Return the state of the issues that the interaction changed, or None if it was not carried out. Raises UnknownAccount."""
    matched = context.core.reads.matched_by(context.interaction.request_id)
    if matched is None:
        return None
    if isinstance(context.interaction.payload, ThreadReply):
        return Nothing()
    issues = [issue for issue in context.core.reads.issues(matched) if issue.project.organization_id == context.organization_id]
    if not issues:
        return DONE
    if isinstance(context.interaction.payload, Press | FormSubmitted) and len(issues) == 1:
        return Changed(issues[0].id)
    lines = tuple(state(issue, is_new=True) for issue in issues)
    return Notice(lines[0]) if len(lines) == 1 else Listing("Done", lines)
