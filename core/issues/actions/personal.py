"""Change what each user keeps on issues (seen, bookmarks, subscriptions), and share links. None of it is triage state."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.activity_data import PlainData
from core.db.accounts import Subscriber
from core.db.models import Share
from core.issues.actions.base import Context
from core.issues.actions.outcomes import BookmarkOutcome, SeenOutcome, ShareOutcome, SubscriptionOutcome
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, ActivityType, Role, Status, SubscriptionReason


@dataclass(frozen=True)
class SetSeen:
    """Mark the issues as seen or unseen by the acting user."""

    is_seen: bool
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Store the mark if the user belongs to the project; without a user, do nothing."""
        context.outcomes.append(SeenOutcome(self.is_seen))
        if context.actor_id is None:
            return
        if not self.is_seen:
            context.work.personal.mark_unseen(context.issue_ids, context.actor_id)
            return
        projects = {issue.project_id for issue in context.issues}
        is_admin = context.actor is not None and context.actor.role is Role.ADMIN
        mine = projects if is_admin else context.work.accounts.projects_open_to(context.actor_id, projects)
        seen = [issue.id for issue in context.issues if issue.project_id in mine]
        context.work.personal.mark_seen(seen, context.actor_id, context.now)


@dataclass(frozen=True)
class SetBookmarked:
    """Add or remove the acting user's bookmarks."""

    is_bookmarked: bool
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Change the bookmarks. A new bookmark subscribes; removing it ends only the subscription that came with it."""
        context.outcomes.append(BookmarkOutcome(self.is_bookmarked))
        user_id, personal = context.actor_id, context.work.personal
        if user_id is None:
            return
        if self.is_bookmarked:
            personal.bookmark(context.issue_ids, user_id, context.now)
            context.work.subscriptions.add([Subscriber(issue_id, user_id, SubscriptionReason.BOOKMARK) for issue_id in context.issue_ids])
        else:
            personal.unbookmark(context.issue_ids, user_id)
            context.work.subscriptions.remove_for_reason({issue_id: {user_id} for issue_id in context.issue_ids}, SubscriptionReason.BOOKMARK)


@dataclass(frozen=True)
class SetSubscribed:
    """Subscribe or unsubscribe the acting user."""

    is_subscribed: bool
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Store the explicit choice; it replaces every earlier reason."""
        context.outcomes.append(SubscriptionOutcome(self.is_subscribed))
        if context.actor_id is not None:
            context.work.subscriptions.set_explicit(context.issue_ids, context.actor_id, is_active=self.is_subscribed)


@dataclass(frozen=True)
class SetPublic:
    """Share the issues with anyone who has the link, or stop sharing them."""

    is_public: bool
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Share or unshare. A public issue keeps its link; a removed link never works again."""
        if self.is_public:
            hidden = [issue for issue in context.issues if context.shares.get(issue) is None]
            context.shares.put(
                [Share(issue_id=issue.id, uuid=secrets.token_hex(16), user_id=context.actor_id, added_at=context.now) for issue in hidden]
            )
            changing, data = hidden, PlainData(ActivityType.SET_PUBLIC)
        else:
            changing, data = [issue for issue in context.issues if context.shares.get(issue)], PlainData(ActivityType.SET_PRIVATE)
            context.shares.remove(changing)
        for issue in changing:
            context.record(issue, Change(data))
        last = context.shares.get(context.issues[-1]) if context.issues else None
        context.outcomes.append(ShareOutcome(self.is_public, last.uuid if last else None))
