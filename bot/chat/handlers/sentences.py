"""What is said of an issue after something was done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat import cards, links
from bot.chat.elements import Bold, Code, Link, Text
from core.views import IssueDetails, IssueView

Sentence = Callable[[IssueView, IssueDetails, IssueDetails, str], Text]
"""Of an issue, with what somebody kept on it before and after, for links that begin so."""


def named(issue: IssueView) -> Text:
    """``SHOP-1F ZeroDivisionError: ``."""
    return (Bold(issue.short_id), f" {issue.title}: ")


def state(issue: IssueView, *, is_new: bool) -> Text:
    """Where the issue stands now, and whether it stood there before."""
    assigned = (f" Assigned to {cards.assignee_name(issue)}.",) if issue.assignee else ()
    return (*named(issue), "" if is_new else "Nothing to do: ", *cards.state_sentence(issue), ".", *assigned)


def _subscribed(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    is_already = before.subscription is not None and before.subscription.is_active
    said = "You are told of what happens to it already" if is_already else "You will be told of what happens to it"
    return (*named(issue), said, ". To take it back, type: ", Code(f"unsubscribe {issue.short_id}"))


def _unsubscribed(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    was = before.subscription is not None and before.subscription.is_active
    return (*named(issue), "You will be told of it no more." if was else "You were not told of it anyway.")


def _bookmarked(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    said = "It is among your bookmarks already" if before.is_bookmarked else "It is among your bookmarks now (list bookmarks:me)"
    return (*named(issue), said, ". To take it back, type: ", Code(f"unbookmark {issue.short_id}"))


def _unbookmarked(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    return (*named(issue), "It is no bookmark of yours any more." if before.is_bookmarked else "It was no bookmark of yours.")


def _shared(issue: IssueView, before: IssueDetails, after: IssueDetails, links_begin_with: str) -> Text:
    url = links.to_shared(links_begin_with, issue.id, after.share_id or "")
    already = " already" if before.share_id else ""
    return (*named(issue), f"Anybody with this link can see it{already}: ", Link(url, url))


def _commented(issue: IssueView, _: IssueDetails, __: IssueDetails, ___: str) -> Text:
    return (*named(issue), "Your comment is there.")


SENTENCES: Mapping[str, Sentence] = {
    "subscribe": _subscribed,
    "unsubscribe": _unsubscribed,
    "bookmark": _bookmarked,
    "unbookmark": _unbookmarked,
    "share": _shared,
    "comment": _commented,
}
"""The verbs that leave the state of an issue alone, and so have something else to say."""
PERSONAL = ("subscribe", "unsubscribe", "bookmark", "unbookmark")
"""The verbs that are about whoever asks."""
