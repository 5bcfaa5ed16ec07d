"""Handle messages that are not commands: links of ours, and replies in the threads of copies."""

from __future__ import annotations

from bot.chat import cards, links
from bot.chat.elements import Nothing, Reply, Unfolded
from bot.chat.handlers.context import RequestContext, find
from bot.chat.handlers.presses import check
from bot.chat.interactions import LinksShared, ThreadReply
from core.errors import TriageError
from core.issues.actions import Comment

MAX_UNFOLDED_LINKS = 5
"""The most links of one message that unfold."""


def unfold(context: RequestContext, links: LinksShared) -> Reply:
    """Return the issues behind the links that the person may see."""
    names = {url: name for url in links.urls if (name := _name(context, url))}
    found = {}
    for url, name in list(names.items())[:MAX_UNFOLDED_LINKS]:
        try:
            found[url] = cards.alert(context.issue(name), context.links)
        except TriageError:
            # Links to missing issues, or to issues that the person may not see, stay plain links.
            continue
    return Unfolded(found) if found else Nothing()


def _name(context: RequestContext, url: str) -> str | None:
    """Return the issue of a link; a shared issue only within its organization, because its controls work."""
    shared = context.core.shares.find(share) if (share := links.share_in(context.links, url)) else None
    return str(shared[1]) if shared else links.issue_in(context.links, url)


def listen(context: RequestContext, reply: ThreadReply) -> Reply:
    """Turn a reply in the thread of a copy into a comment, if the channel wants that. Otherwise do not identify the person."""
    person, place = context.interaction.person, context.interaction.place
    shown = context.core.reads.issue_of_message(person.platform, place.channel, place.thread or "")
    if shown is None or not reply.text.strip():
        return Nothing()
    organization_id, issue_id = shown
    is_wanted = context.core.channels.settings(organization_id, person.platform, place.channel).comments
    if not is_wanted or context.organization_id != organization_id:
        return Nothing()
    verb = find("comment")
    check(context, verb)
    context.apply(verb, (issue_id,), Comment(reply.text, place.thread))
    return Nothing()
