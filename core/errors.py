"""All refusals. The docstring of each class is the sentence that people read; ``{…}`` is filled in from the arguments."""

from __future__ import annotations

from datetime import datetime


class TriageError(Exception):
    """That could not be done; nothing was changed."""

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__((type(self).__doc__ or "").format(**details))


class DatabaseAway(Exception):
    """The database does not answer, or is not migrated yet (quell db upgrade). Nothing was changed; try again in a moment."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class Invalid(TriageError):
    """{problem}"""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(problem=problem)


class NotAllowed(TriageError):
    """This needs the role {needed}; yours is {role}. Ask an admin of Quell. Nothing was changed."""


class TooSlow(TriageError):
    """The search took longer than {seconds} s and was stopped. Add a project, a status or a time. Example: is:unresolved lastSeen:-24h timeout"""


class UnknownIssue(TriageError):
    """There is no issue {name} here."""


class UnknownUser(TriageError):
    """Nobody here is called {name}. Try an e-mail address, @name, #team or me."""


class AmbiguousName(TriageError):
    """{name} could be {candidates}. Say which."""


class UnknownName(TriageError):
    """There is no {kind} {name}."""


class AlreadyThere(TriageError):
    """The {kind} {name} is there already."""


class SeveralProjects(TriageError):
    """{verb} needs issues of one project; these are of several. Nothing was changed."""


class RequestKeyReused(TriageError):
    """This key was used for another request: another person, method, address or body. Nothing was changed; use a new key."""


class NotUndoable(TriageError):
    """That cannot be undone: {reason}."""


class TooLate(TriageError):
    """{issue} has been deleted for good and cannot be restored."""


class LeavingIssue(TriageError):
    """{issue} is deleted; restore it first."""


class NotDeleted(TriageError):
    """{issue} is not deleted, so there is nothing to restore."""


class Conflict(TriageError):
    """{issue} was changed meanwhile: {change} by {by} at {clock}. Nothing was changed; look again and decide."""

    def __init__(self, *, issue: str, facet: str, change: str, by: str, at: datetime, version: int) -> None:
        self.facet, self.by, self.at, self.version, self.issue = facet, by, at, version, issue
        super().__init__(issue=issue, change=change, by=by, clock=f"{at:%H:%M} UTC")


class DatabaseTooNew(TriageError):
    """The database has migrations that this Quell does not know: a newer one made them, or another program. Nothing was changed."""


class DatabaseBehind(TriageError):
    """The database is at migration {at}; this Quell needs {needed}. Nothing was changed. Run: quell db upgrade"""


class BackupFailed(TriageError):
    """{file} could not be copied beside itself before the upgrade: {reason}. Nothing was upgraded. Make room, or look at the folder's rights."""


class ForeignFile(TriageError):
    """{file} holds the tables of another program ({tables}). Nothing was changed. Look at QUELL_DATABASE_URL."""


class UpgradeFailed(TriageError):
    """The upgrade failed at migration {revision}: {reason}. Nothing was changed. When that is mended, run it again: quell db upgrade"""


class UpgradeBroken(TriageError):
    """The upgrade would leave {rows} rows of {table} that refer to rows of {parent} that are gone. All of it was taken back; report this, please."""


class SourceUnready(TriageError):
    """{source} is not there or lacks migrations. Nothing was copied. Look at QUELL_DATABASE_URL, and run: quell db upgrade"""


class SameDatabase(TriageError):
    """{target} is the very database that was to be copied. Nothing was copied. Name another one, such as sqlite:///copy.db"""


class TargetUnusable(TriageError):
    """{target} cannot be used: {reason}. Nothing was copied. Look at the address, whether the server runs, and at the rights of its user."""


class TargetTaken(TriageError):
    """{target} is not empty: it has {what}. Nothing was copied. Name an empty database; the one of a server is emptied by dropdb and createdb."""


class CopyFailed(TriageError):
    """The copy failed at {table}: {reason}. All of it was taken back: {target} is empty."""


class CountsDiffer(TriageError):
    """{table} has {there} rows in {source} but {here} in {target}. The copy was taken back; see to it that nothing else writes to {target}."""
