"""What a verb asks before it acts, and how the answers are read: one definition for Slack's modals and Teams' dialogs."""

from bot.chat.forms.archive import archive, read_archive, until
from bot.chat.forms.base import concerning, number, refilled, whole_number
from bot.chat.forms.destructive import delete, discard, merge, read_merge
from bot.chat.forms.fixes import read_commit, read_version, resolve_commit, resolve_in
from bot.chat.forms.people import assign, comment, read_comment

__all__ = [
    "archive",
    "assign",
    "comment",
    "concerning",
    "delete",
    "discard",
    "merge",
    "number",
    "read_archive",
    "read_comment",
    "read_commit",
    "read_merge",
    "read_version",
    "refilled",
    "resolve_commit",
    "resolve_in",
    "until",
    "whole_number",
]
