"""The sentences about an issue after a verb that does not change its state."""

from __future__ import annotations

from bot.chat import links
from bot.chat.elements import Bold, Code, Link, Text
from core.views import IssueDetails, IssueView


def named(issue: IssueView) -> Text:
    """Return the name of an issue as a prefix: ``SHOP-1F ZeroDivisionError: ``."""
    return (Bold(issue.short_id), f" {issue.title}: ")


def subscribed(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    """Return the sentence after Subscribe."""
    is_already = before.subscription is not None and before.subscription.is_active
    said = "You are told of what happens to it already" if is_already else "You will be told of what happens to it"
    return (*named(issue), said, ". To take it back, type: ", Code(f"unsubscribe {issue.short_id}"))


def unsubscribed(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    """Return the sentence after Unsubscribe."""
    was = before.subscription is not None and before.subscription.is_active
    return (*named(issue), "You will be told of it no more." if was else "You were not told of it anyway.")


def bookmarked(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    """Return the sentence after Bookmark."""
    said = "It is among your bookmarks already" if before.is_bookmarked else "It is among your bookmarks now (list bookmarks:me)"
    return (*named(issue), said, ". To take it back, type: ", Code(f"unbookmark {issue.short_id}"))


def unbookmarked(issue: IssueView, before: IssueDetails, _: IssueDetails, __: str) -> Text:
    """Return the sentence after Remove bookmark."""
    return (*named(issue), "It is no bookmark of yours any more." if before.is_bookmarked else "It was no bookmark of yours.")


def shared(issue: IssueView, before: IssueDetails, after: IssueDetails, links_begin_with: str) -> Text:
    """Return the sentence after Share, with the link."""
    url = links.to_shared(links_begin_with, issue.id, after.share_id or "")
    already = " already" if before.share_id else ""
    return (*named(issue), f"Anybody with this link can see it{already}: ", Link(url, url))


def commented(issue: IssueView, _: IssueDetails, __: IssueDetails, ___: str) -> Text:
    """Return the sentence after Comment."""
    return (*named(issue), "Your comment is there.")
