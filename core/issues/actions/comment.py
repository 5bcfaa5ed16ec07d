"""Comment on issues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.activity_data import CommentData
from core.db.accounts import Subscriber
from core.errors import Invalid
from core.issues.actions.base import Context
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, Status, SubscriptionReason

MAX_COMMENT_CHARS = 10_000
"""The maximum length of a comment, in characters."""


@dataclass(frozen=True)
class Comment:
    """Add a comment to the issues. A comment is not triage state: no version, no facet, no undo.

    ``thread`` is the message in whose thread the comment was written, so that it is not repeated there.
    """

    text: str
    thread: str | None = None
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Raise Invalid if the text is empty, too long, or cannot be stored."""
        if not self.text.strip():
            raise Invalid("text", "A comment needs a text.")
        if len(self.text) > MAX_COMMENT_CHARS:
            raise Invalid("text", f"A comment has at most {MAX_COMMENT_CHARS:,} characters; this one has {len(self.text):,}.")
        if "\0" in self.text:
            raise Invalid("text", "A comment cannot hold the character NUL.")

    def apply(self, context: Context) -> None:
        """Add the comment and subscribe its author. The same text a second time is another comment."""
        for issue in context.issues:
            issue.comments += 1
            context.record(issue, Change(CommentData(self.text, self.thread or None)))
        if context.actor_id is not None:
            subscribers = [Subscriber(issue.id, context.actor_id, SubscriptionReason.COMMENT) for issue in context.issues]
            context.work.subscriptions.add(subscribers)
