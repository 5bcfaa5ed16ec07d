"""Which release is older: by semantic version where both versions have one, else by the dates the releases were added.

Neither well-kept library fits. ``packaging`` orders by PEP 440, where ``1.0-1`` is later than ``1.0`` and most prereleases of npm are
errors; ``semver`` knows no package, no ``v``, no fourth number, and refuses the leading zeros of ``2026.01.09``. The comparison itself is
a tuple.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import total_ordering
from typing import Literal

ResolutionKind = Literal["in_release", "in_next_release"]

MAX_VERSION_CHARS = 250
"""Characters of a version that is understood, as many as the database keeps. A forged one of a million digits costs nothing."""

_IDENTIFIERS = r"[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+"
_SEMVER = re.compile(
    rf"""
    \A [vV]? ([0-9]++) \. ([0-9]++) \. ([0-9]++) (?:\. ([0-9]++))?+    # major, minor, patch, revision
    (?:- ({_IDENTIFIERS}))?+ (?:\+ ({_IDENTIFIERS}))?+              # prerelease, build
    """,
    re.VERBOSE,
)
_SEMVER_SAMPLE = 10
_MUST_BE_SEMVER = 3

_Key = tuple[tuple[int, int, str], ...]


@total_ordering
@dataclass(frozen=True)
class Version:
    """A release's semantic version, ordered as semver.org says (2.0.0, §11), with Sentry's fourth number after the patch.

    Build and package have no part in that precedence; they only settle ties, so that a sorted list is always the same one.
    """

    major: int
    minor: int
    patch: int
    revision: int = 0
    prerelease: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    package: str | None = None

    @property
    def precedence(self) -> tuple[int, int, int, int, bool, _Key]:
        """What semver compares. A prerelease comes before its release."""
        return self.major, self.minor, self.patch, self.revision, not self.prerelease, _key(self.prerelease)

    @property
    def build_number(self) -> _Key | None:
        """The build as a number, or numbers with dots between, as app stores want it; None where it is a word or a hash."""
        return _key(self.build) if self.build and all(map(str.isdecimal, self.build)) else None

    def __lt__(self, other: Version) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[object, ...]:
        # The texts come last because 1.0.0-01 and 1.0.0-1 are different versions of equal keys.
        return self.precedence, _key(self.build), self.prerelease, self.build, self.package or ""


@dataclass(frozen=True)
class DatedVersion:
    """A version, and when its release was added (UTC): None for a release that was deleted, and for one that is not known yet."""

    version: str
    added_at: datetime | None = None


@dataclass(frozen=True)
class ReleaseResolution:
    """What is remembered of a resolve in a release.

    ``release`` is the one with the fix, or, in the next release, the newest that was known then. ``current`` is the last one that surely
    does not have the fix (the reference's current_release_version). Both keep their version when the release is deleted.
    """

    kind: ResolutionKind
    release: DatedVersion | None
    resolved_at: datetime
    current: DatedVersion | None = None


def parse(version: str) -> Version | None:
    """The semantic version in ``[package@][v]major.minor.patch[.revision][-prerelease][+build]``, None where there is none.

    Sentry reads only versions with a package, and none with ``v``. To people both are versions, and an order by date in their place reopens
    what is fixed (getsentry/sentry#88976). Fewer than three numbers, which Sentry takes after a package, are left to the dates: alone
    they are as often a day or a count of builds.
    """
    if len(version) > MAX_VERSION_CHARS:
        return None
    package, at, bare = version.rpartition("@")
    match = _SEMVER.fullmatch(bare)
    if match is None or (at and not package):
        return None
    major, minor, patch, revision, prerelease, build = match.groups()
    return Version(int(major), int(minor), int(patch), int(revision or 0), _split(prerelease), _split(build), package or None)


def follows_semver(newest_first: Sequence[str], version: str | None = None) -> bool:
    """Whether a project's releases are to be ordered by semantic version, judged by its latest ten.

    One or two: the newest must be one. Three to nine: any of the newest three. Ten: that, and three of the ten. ``version`` is the one that
    is asked about, if any; it must itself be one.
    """
    semantic = [parse(version_text) is not None for version_text in newest_first[:_SEMVER_SAMPLE]]
    if version is not None and parse(version) is None:
        return False
    if len(semantic) < _MUST_BE_SEMVER:
        return semantic[:1] == [True]
    return any(semantic[:_MUST_BE_SEMVER]) and (len(semantic) < _SEMVER_SAMPLE or sum(semantic) >= _MUST_BE_SEMVER)


def covers(resolution: ReleaseResolution | None, event: DatedVersion | None) -> bool:
    """Whether the resolution covers the event's release: True means that the event is old and the issue stays resolved.

    Without a release resolution nothing is covered; an event without a release always is.

    Where two versions both parse, their order is the answer, whenever the releases were added and whatever the rest of the project does:
    a project whose habit changes between resolve and event does not regress (getsentry/sentry#111584). For the same reason an event that
    is too new for ``current`` is still old where it is older than the release with the fix.

    A deleted release has lost its date. It was there when the issue was resolved, so that moment takes its place: whatever is as old stays
    covered (getsentry/sentry#104751), and a release added later can still regress.
    """
    if resolution is None:
        return False
    if event is None:
        return True
    current, release, resolved_at = resolution.current, resolution.release, resolution.resolved_at
    if current is not None and _is_up_to(current, event, resolved_at):
        return True
    if release is None:
        return False
    return _is_up_to(release, event, resolved_at) if resolution.kind == "in_next_release" else _is_before(release, event, resolved_at)


def _is_up_to(last: DatedVersion, event: DatedVersion, resolved_at: datetime) -> bool:
    """Whether the event is from the last release without the fix, or an older one."""
    order = _order(last.version, event.version)
    if order is not None:
        return order >= 0
    return event.added_at is not None and (last.added_at or resolved_at) > event.added_at


def _is_before(fixed: DatedVersion, event: DatedVersion, resolved_at: datetime) -> bool:
    """Whether the event is from a release older than the first one with the fix."""
    order = _order(fixed.version, event.version)
    if order is not None:
        return order > 0
    return event.added_at is not None and (fixed.added_at or resolved_at) >= event.added_at


def _order(first_version: str, second_version: str) -> int | None:
    """1 where the first is the later version, -1 where the other is, 0 for the same; None where only the dates can tell.

    Versions that differ only in the build are the same to semver, but with apps it is the build that counts up: two numbers are compared.
    Of two hashes none is the later one, so there the dates tell; else a project that always says ``1.0.0+<commit>`` would never regress.
    A version without a build stands for all its builds.
    """
    if first_version == second_version:
        return 0
    first, second = parse(first_version), parse(second_version)
    if first is None or second is None:
        return None
    if first.precedence != second.precedence:
        return 1 if first.precedence > second.precedence else -1
    if first.build == second.build or not (first.build and second.build):
        return 0
    if first.build_number is None or second.build_number is None:
        return None
    return (first.build_number > second.build_number) - (first.build_number < second.build_number)


def _key(identifiers: tuple[str, ...]) -> _Key:
    """Numbers before words, numbers by value, words by their characters; where all are equal the longer list is the later (semver §11)."""
    return tuple((0, int(version_text), "") if version_text.isdecimal() else (1, 0, version_text) for version_text in identifiers)


def _split(identifiers: str | None) -> tuple[str, ...]:
    return tuple(identifiers.split(".")) if identifiers else ()
