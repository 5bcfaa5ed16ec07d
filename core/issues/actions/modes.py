"""How an issue is resolved: now, in a release, or by a commit."""

from __future__ import annotations

from dataclasses import dataclass

LATEST = "latest"


@dataclass(frozen=True)
class Now:
    """From now on."""


@dataclass(frozen=True)
class InNextRelease:
    """In the release after the current one. ``needs_release``: a project without any is refused."""

    needs_release: bool = True


@dataclass(frozen=True)
class InRelease:
    """In the release of that version, or in the ``latest``."""

    version: str


@dataclass(frozen=True)
class InCommit:
    """By a commit, and so in the release that will hold it. Without a repository it is whichever of the organization's has the commit."""

    repository: str
    sha: str


Mode = Now | InNextRelease | InRelease | InCommit
