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
"""Longest version that is parsed, as long as the database column. A forged version of a million digits costs nothing."""

_IDENTIFIERS = r"[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+"
_SEMVER = re.compile(
    rf"""
    \A [vV]? ([0-9]++ (?:\. [0-9]++){{0,3}}+)                # major, minor, patch, revision
    (?:- ({_IDENTIFIERS}))?+ (?:\+ ({_IDENTIFIERS}))?+      # prerelease, build
    """,
    re.VERBOSE,
)
_MIN_BARE_NUMBERS = 3
"""Number of numbers that a version without a package needs."""
_WORD = re.compile(r"[A-Za-z]++[0-9]*+")
"""Begins the prerelease of a lone number, as in ``2-beta.1``. The date ``2026-01-09`` and the commit in ``77-a86d127`` do not match."""
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
        """The sort key of semver. A prerelease comes before its release."""
        return self.major, self.minor, self.patch, self.revision, not self.prerelease, _key(self.prerelease)

    @property
    def build_number(self) -> _Key | None:
        """The build as a number, or as numbers separated by dots (as app stores use it); None if it is a word or a hash."""
        return _key(self.build) if self.build and all(map(str.isdecimal, self.build)) else None

    def __lt__(self, other: Version) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[object, ...]:
        # The texts come last: 1.0.0-01 and 1.0.0-1 are different versions with equal keys.
        return self.precedence, _key(self.build), self.prerelease, self.build, self.package or ""


@dataclass(frozen=True)
class DatedVersion:
    """A version and when its release was added (UTC); None for a deleted or still unknown release."""

    version: str
    added_at: datetime | None = None


@dataclass(frozen=True)
class ReleaseResolution:
    """A resolution in a release.

    ``release`` has the fix; for "in the next release" it is the newest release known at that time. ``current`` is the last release that surely
    lacks the fix (Sentry's current_release_version). Both keep their version when the release is deleted.
    """

    kind: ResolutionKind
    release: DatedVersion | None
    resolved_at: datetime
    current: DatedVersion | None = None


def parse(version: str) -> Version | None:
    """Parse ``[package@][v]major[.minor[.patch[.revision]]][-prerelease][+build]``; return None if it is not a semantic version.

    After a package, missing numbers are 0, as in Sentry: ``com.app@1.9+190`` is the usual name of a mobile release. Sentry requires a package
    and refuses ``v``. People use both forms, and ordering them by date would reopen fixed issues (getsentry/sentry#88976). Bare versions with
    fewer than three numbers are ordered by date: they are as often a day or a build count.
    """
    if len(version) > MAX_VERSION_CHARS:
        return None
    package, at, bare = version.rpartition("@")
    match = _SEMVER.fullmatch(bare)
    if match is None or (at and not package):
        return None
    texts, prerelease, build = match.groups()
    numbers = [int(text) for text in texts.split(".")]
    if len(numbers) < (1 if package else _MIN_BARE_NUMBERS):
        return None
    if len(numbers) == 1 and prerelease and not _WORD.fullmatch(prerelease.split(".")[0]):
        return None
    major, minor, patch, revision = (*numbers, 0, 0, 0)[:4]
    return Version(major, minor, patch, revision, _split(prerelease), _split(build), package or None)


def follows_semver(newest_first: Sequence[str], version: str | None = None) -> bool:
    """Return whether to order a project's releases by semantic version, judged by the latest ten.

    With one or two releases, the newest must be semantic; with three to nine, any of the newest three; with ten, three of the ten as well. If
    ``version`` is given, it must be semantic too.
    """
    semantic = [parse(version_text) is not None for version_text in newest_first[:_SEMVER_SAMPLE]]
    if version is not None and parse(version) is None:
        return False
    if len(semantic) < _MUST_BE_SEMVER:
        return semantic[:1] == [True]
    return any(semantic[:_MUST_BE_SEMVER]) and (len(semantic) < _SEMVER_SAMPLE or sum(semantic) >= _MUST_BE_SEMVER)


def compare_as_semver(one: str, other: str) -> bool:
    """Whether the order of two versions is that of their numbers; else only the dates of their releases can tell."""
    return parse(one) is not None and parse(other) is not None and _order(one, other) is not None


def covers(resolution: ReleaseResolution | None, event: DatedVersion | None) -> bool:
    """Return whether the resolution covers the event's release, so that the issue stays resolved.

    Without a release resolution nothing is covered; an event without a release always is.

    If both versions parse, their order decides, regardless of dates and of the project's other releases: a project that changes its version scheme
    between resolve and event must not regress (getsentry/sentry#111584). For the same reason an event that is newer than ``current`` is covered if
    it is older than the release with the fix.

    A deleted release has no date. It existed when the issue was resolved, so that moment is used instead: older releases stay covered
    (getsentry/sentry#104751), and a release added later can still regress.

    If the release after ``current`` existed at the resolve, its own date decides and not the moment of the resolve: it was added before that
    moment and has the fix.
    """
    if resolution is None:
        return False
    if event is None:
        return True
    current, release, resolved_at = resolution.current, resolution.release, resolution.resolved_at
    is_known = resolution.kind == "in_release" and release is not None and current is not None and release.version != current.version
    if current is not None and _is_up_to(current, event, None if is_known else resolved_at):
        return True
    if release is None:
        return False
    return _is_up_to(release, event, resolved_at) if resolution.kind == "in_next_release" else _is_before(release, event, resolved_at)


def _is_up_to(last: DatedVersion, event: DatedVersion, resolved_at: datetime | None) -> bool:
    """Return whether the event is from the last release without the fix, or an older one. ``resolved_at`` replaces a missing date."""
    order = _order(last.version, event.version)
    if order is not None:
        return order >= 0
    added_at = last.added_at or resolved_at
    return event.added_at is not None and added_at is not None and added_at > event.added_at


def _is_before(fixed: DatedVersion, event: DatedVersion, resolved_at: datetime) -> bool:
    """Return whether the event is from a release older than the first one with the fix."""
    order = _order(fixed.version, event.version)
    if order is not None:
        return order > 0
    return event.added_at is not None and (fixed.added_at or resolved_at) >= event.added_at


def is_later(version: str, than: str) -> bool | None:
    """Return whether the first version is later than the second; None if only the dates can tell."""
    order = _order(version, than)
    return None if order is None else order > 0


def _order(first_version: str, second_version: str) -> int | None:
    """Return 1 if the first version is later, -1 if the second is, 0 if they are equal; None if only the dates can tell.

    Versions that differ only in the build are equal in semver, but apps count their builds up, so two numeric builds are compared. Hashes have no
    order, so dates decide; else a project that always reports ``1.0.0+<commit>`` would never regress. A version without a build stands for all its
    builds.
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
    """Return the sort key of semver §11: numbers before words, numbers by value, words by characters; on a tie the longer list is later."""
    return tuple((0, int(version_text), "") if version_text.isdecimal() else (1, 0, version_text) for version_text in identifiers)


def _split(identifiers: str | None) -> tuple[str, ...]:
    return tuple(identifiers.split(".")) if identifiers else ()
