"""The reference model's releases: which version is later, which release is the next one, and which events a fix explains.

Written from the decisions D21, D33 and D36 in docs/engine.md.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Release:
    version: str
    added: datetime


@dataclass(frozen=True)
class Fix:
    """The release that has the fix; while it ``waits``, the last one that has it not. ``current`` was current when the next one was asked for."""

    version: str
    added: datetime
    resolved: datetime
    waits: bool = False
    current: str | None = None

    @property
    def facts(self) -> tuple[str, bool, str | None]:
        return self.version, self.waits, self.current


Numbers = tuple[list[int], bool, list[str], list[int]]
"""Four numbers, whether it is no prerelease, its parts, and the build."""


def numbers(version: str) -> Numbers | None:
    """D36. The builds of the model's versions are numbers."""
    _, at, bare = version.rpartition("@")
    bare, _, build = bare.partition("+")
    plain, _, prerelease = bare.partition("-")
    parts = plain.removeprefix("v").split(".")
    if not all(part.isdecimal() for part in parts) or not (1 if at else 3) <= len(parts) <= 4:
        return None
    if len(parts) == 1 and prerelease[:1].isdecimal():
        return None
    four = [*map(int, parts), 0, 0, 0][:4]
    return four, not prerelease, prerelease.split("."), [int(part) for part in build.split(".") if part]


def order(one: str, other: str) -> int | None:
    """Positive where the first is the later version; None where only dates tell (D21)."""
    if one == other:
        return 0
    first, second = numbers(one), numbers(other)
    if first is None or second is None:
        return None
    if first[:3] != second[:3]:
        return 1 if first[:3] > second[:3] else -1
    if not first[3] or not second[3]:
        return 0
    return (first[3] > second[3]) - (first[3] < second[3])


def is_old(fix: Fix, version: str | None, added: datetime) -> bool:
    """Whether an event of this release says nothing against the fix (14.3)."""
    if version is None:
        return True
    last = order(fix.current, version) if fix.current else None
    if last is not None and last >= 0:
        return True
    if fix.current and last is None and (fix.waits or fix.current == fix.version) and fix.resolved > added:
        return True
    known = order(fix.version, version)
    if fix.waits:
        return fix.added > added if known is None else known >= 0
    return fix.added >= added if known is None else known > 0


def next_fix(releases: Sequence[Release], seen: Collection[str], now: datetime) -> Fix:
    """D33. ``releases`` are in the order in which they were added, ``seen`` the versions that the issue was seen in."""
    newest = releases[-1]
    if counts_by_semver(releases):
        greatest = max((release for release in releases if numbers(release.version)), key=lambda release: numbers(release.version) or 0)
        return Fix(greatest.version, greatest.added, now, current=greatest.version)
    known = [place for place, release in enumerate(releases) if release.version in seen]
    if not known:
        return Fix(newest.version, newest.added, now, waits=True)
    current = releases[known[-1]].version
    for after in releases[known[-1] + 1 :]:
        if order(after.version, current) in (None, 1):
            return Fix(after.version, after.added, now, current=current)
    return Fix(newest.version, newest.added, now, waits=True, current=current)


def counts_by_semver(releases: Sequence[Release]) -> bool:
    """7.2, by the ten releases added last."""
    semantic = [numbers(release.version) is not None for release in releases[:-11:-1]]
    if len(semantic) < 3:
        return semantic[0]
    return any(semantic[:3]) and (len(semantic) < 10 or sum(semantic) >= 3)
