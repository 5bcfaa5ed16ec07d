"""What is said of an interaction that was carried out before a restart, when nobody was left to answer it."""

from __future__ import annotations

from bot import cards
from bot.answers.desk import Desk
from bot.answers.sentences import state
from bot.interactions import Press, Said, Submission
from bot.surface import Listing, Nothing, Notice, Reply

DONE = Notice(("Done. Quell was restarted before it could answer you.",))


def earlier(desk: Desk) -> Reply | None:
    """Where the issues stand that it changed; None where it was not carried out. Raises Stranger."""
    matched = desk.core.reads.matched_by(desk.interaction.request_id)
    if matched is None:
        return None
    if isinstance(desk.interaction.deed, Said):
        return Nothing()
    issues = [issue for issue in desk.core.reads.issues(matched) if issue.project.organisation_id == desk.organisation_id]
    if not issues:
        return DONE
    if isinstance(desk.interaction.deed, Press | Submission) and len(issues) == 1:
        return cards.alert(issues[0], desk.links)
    lines = tuple(state(issue, is_new=True) for issue in issues)
    return Notice(lines[0]) if len(lines) == 1 else Listing("Done", lines)
