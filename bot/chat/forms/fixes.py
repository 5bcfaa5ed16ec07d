"""The forms to resolve issues in a release or by a commit."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.elements import Form, LookupField, TextField
from bot.chat.forms.base import Asker, titled
from bot.chat.targets import targets_of
from core.errors import Invalid
from core.issues.actions import InCommit, InRelease, Resolve
from core.views import IssueView

MIN_SHA_CHARS = 7
"""The minimum length of a shortened commit id, in characters."""


def resolve_in(*issues: IssueView) -> Form:
    """Return the form that asks for the version."""
    intro = ("A new event from that version, or from a later one, brings it back; events from earlier ones do not.",)
    fields = (LookupField("release", "Fixed in", "release"),)
    return Form("resolve_in", targets_of(issues), titled("Resolve", issues), intro, fields, "Resolve")


def read_version(answers: Mapping[str, str], _: Asker) -> Resolve:
    """Return the action that the form requests. Raises Invalid."""
    version = answers.get("release", "").strip()
    if not version:
        raise Invalid("release", "Choose a version.")
    return Resolve(InRelease(version))


def resolve_commit(*issues: IssueView) -> Form:
    """Return the form that asks for the commit."""
    intro = ("Once a release holds that commit, a new event from it, or from a later one, brings it back.",)
    fields = (
        TextField("commit", "Commit", hint=f"Its SHA, or at least the first {MIN_SHA_CHARS} letters", is_optional=False),
        TextField("repository", "Repository", hint="Its name, such as acme/shop; may be left out where only one has the commit"),
    )
    return Form("resolve_commit", targets_of(issues), titled("Resolve", issues), intro, fields, "Resolve")


def read_commit(answers: Mapping[str, str], _: Asker) -> Resolve:
    """Return the action that the form requests. Raises Invalid."""
    sha = answers.get("commit", "").strip()
    if len(sha) < MIN_SHA_CHARS:
        raise Invalid("commit", f"{sha or 'Nothing'!r} is no commit; give at least {MIN_SHA_CHARS} letters of its SHA. Example: 1f3a9c2")
    return Resolve(InCommit(answers.get("repository", "").strip(), sha))
