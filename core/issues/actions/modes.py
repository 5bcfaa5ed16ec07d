"""The ways to resolve an issue: now, in a release, or by a commit."""

from __future__ import annotations

from dataclasses import dataclass

LATEST = "latest"


@dataclass(frozen=True)
class Now:
    """Resolve at once."""


@dataclass(frozen=True)
class InNextRelease:
    """Resolve in the release after the current one. With ``needs_release``, a project without releases is refused."""

    needs_release: bool = True


@dataclass(frozen=True)
class InRelease:
    """Resolve in the release with that version, or in the ``latest``."""

    version: str


@dataclass(frozen=True)
class InCommit:
    """Resolve by a commit, and so in the release that will contain it. Without a repository, any repository of the organization that has the commit
    counts.
    """

    repository: str
    sha: str


Mode = Now | InNextRelease | InRelease | InCommit
