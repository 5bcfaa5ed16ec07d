"""The tables. Rows never leave ``core``: what others get are the frozen values of ``core.requests`` and ``core.views``."""

from core.db.models.chats import Channel, ChatHome, Message, SeenRequest, Watch
from core.db.models.events import Event, IssueDay, IssueHour, IssueUser
from core.db.models.issues import Activity, Assignee, Deletion, ForecastRow, Hash, InboxEntry, Issue, IssueTag, Purged, Redirect, Snooze, Subscription
from core.db.models.people import Identity, Organisation, Project, Team, TeamMember, TeamProject, Token, User
from core.db.models.personal import Bookmark, Seen, Share
from core.db.models.releases import (
    Commit,
    CommitLink,
    Deploy,
    IssueRelease,
    Release,
    ReleaseCommit,
    ReleaseProject,
    Repository,
    Resolution,
    Tombstone,
)

__all__ = [
    "Activity",
    "Assignee",
    "Bookmark",
    "Channel",
    "ChatHome",
    "Commit",
    "CommitLink",
    "Deletion",
    "Deploy",
    "Event",
    "ForecastRow",
    "Hash",
    "Identity",
    "InboxEntry",
    "Issue",
    "IssueDay",
    "IssueHour",
    "IssueRelease",
    "IssueTag",
    "IssueUser",
    "Message",
    "Organisation",
    "Project",
    "Purged",
    "Redirect",
    "Release",
    "ReleaseCommit",
    "ReleaseProject",
    "Repository",
    "Resolution",
    "Seen",
    "SeenRequest",
    "Share",
    "Snooze",
    "Subscription",
    "Team",
    "TeamMember",
    "TeamProject",
    "Token",
    "Tombstone",
    "User",
    "Watch",
]
