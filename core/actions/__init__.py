"""What can be done to issues, one file for each family of verbs."""

from core.actions.archive import Archive
from core.actions.assign import Assign, To, Unassign
from core.actions.base import Action
from core.actions.comment import Comment
from core.actions.delete import Delete, Restore
from core.actions.discard import Discard
from core.actions.inbox import MarkReviewed, MoveToInbox
from core.actions.merge import Merge
from core.actions.personal import SetBookmarked, SetPublic, SetSeen, SetSubscribed
from core.actions.priority import SetPriority
from core.actions.resolve import InCommit, InNextRelease, InRelease, Now, Resolve, Unresolve
from core.actions.undo import Undo

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
