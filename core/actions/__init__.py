"""What can be done to issues, one file for each family of verbs."""

from core.actions.archive import Archive
from core.actions.assign import Assign, To, Unassign
from core.actions.base import Action
from core.actions.delete import Delete, Restore
from core.actions.inbox import MarkReviewed
from core.actions.resolve import Resolve, Unresolve

__all__ = ["Action", "Archive", "Assign", "Delete", "MarkReviewed", "Resolve", "Restore", "To", "Unassign", "Unresolve"]
