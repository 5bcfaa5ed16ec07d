"""The actions on issues, one module for each family of verbs."""

from core.issues.actions.archive import Archive
from core.issues.actions.assign import Assign, To, Unassign
from core.issues.actions.base import Action
from core.issues.actions.comment import Comment
from core.issues.actions.delete import Delete, Restore
from core.issues.actions.discard import Discard
from core.issues.actions.inbox import MarkReviewed, MoveToInbox
from core.issues.actions.merge import Merge
from core.issues.actions.modes import InCommit, InNextRelease, InRelease, Now
from core.issues.actions.personal import SetBookmarked, SetPublic, SetSeen, SetSubscribed
from core.issues.actions.priority import SetPriority
from core.issues.actions.resolve import Resolve, Unresolve
from core.issues.actions.undo import Undo

__all__ = [
    "Action",
    "Archive",
    "Assign",
    "Comment",
    "Delete",
    "Discard",
    "InCommit",
    "InNextRelease",
    "InRelease",
    "MarkReviewed",
    "Merge",
    "MoveToInbox",
    "Now",
    "Resolve",
    "Restore",
    "SetBookmarked",
    "SetPriority",
    "SetPublic",
    "SetSeen",
    "SetSubscribed",
    "To",
    "Unassign",
    "Undo",
    "Unresolve",
]
