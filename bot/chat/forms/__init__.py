"""The forms of verbs, and how their answers are read: one definition for Slack's modals and Teams' dialogs."""

from bot.chat.forms.archive import archive, archive_by_words, read_archive
from bot.chat.forms.base import refilled
from bot.chat.forms.choices import read_priority, read_undo
from bot.chat.forms.destructive import delete, discard, merge, read_merge
from bot.chat.forms.fixes import read_commit, read_version, resolve_commit, resolve_in
from bot.chat.forms.people import UNASSIGN, assign, comment, read_assign, read_comment

__all__ = [
    "UNASSIGN",
    "archive",
    "archive_by_words",
    "assign",
    "comment",
    "delete",
    "discard",
    "merge",
    "read_archive",
    "read_assign",
    "read_comment",
    "read_commit",
    "read_merge",
    "read_priority",
    "read_undo",
    "read_version",
    "refilled",
    "resolve_commit",
    "resolve_in",
]
