"""What people write without asking us anything: links of ours, and replies in the threads of copies."""

from __future__ import annotations

from bot.chat import cards, links
from bot.chat.elements import Nothing, Reply, Unfolded
from bot.chat.handlers.context import RequestContext, find
from bot.chat.handlers.presses import check
from bot.chat.interactions import LinksShared, ThreadReply
from core.errors import TriageError
from core.issues.actions import Comment

MAX_UNFOLDED_LINKS = 5
"""Links of one message that unfold."""


def unfold(context: RequestContext, links: LinksShared) -> Reply:
    """The issues behind the links, as far as the person may see them."""
    names = {url: name for url in links.urls if (name := _name(context, url))}
    found = {}
    for url, name in list(names.items())[:MAX_UNFOLDED_LINKS]:
        try:
            found[url] = cards.alert(context.issue(name), context.links)
        except TriageError:
            # What is not there or not theirs to see stays a link like any other.
            continue
    return Unfolded(found) if found else Nothing()


def _name(context: RequestContext, url: str) -> str | None:
    """The issue that a link leads to; a shared one only within the organization, where its controls may be used."""
    shared = context.core.shares.find(share) if (share := links.share_in(context.links, url)) else None
    return str(shared[1]) if shared else links.issue_in(context.links, url)


def listen(context: RequestContext, reply: ThreadReply) -> Reply:
    """A reply in the thread of a copy becomes a comment, where the channel wants that. Nobody is asked who they are otherwise."""
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
