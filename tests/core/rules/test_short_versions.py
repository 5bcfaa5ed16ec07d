"""Versions of one or two numbers: semantic after a package, as mobile SDKs make them, and left to the dates without one."""

from __future__ import annotations

from core.rules.versions import covers, follows_semver
from tests.core.rules.test_versions import fixed_in, release, version


def test_an_old_build_does_not_reopen_what_is_fixed_in_a_later_short_version() -> None:
    """The names that mobile SDKs make: package, version, and the build in the store."""
    resolution = fixed_in("com.app@1.9+190", 1)
    for old in ("com.app@1.8+180", "com.app@1.9+189", "com.app@1.9.0+99", "com.app@1.8.7", "com.app@1.9-rc.2+190", "com.app@1"):
        assert covers(resolution, release(old, 30)), old
    for new in ("com.app@1.9+190", "com.app@1.9.0+190", "com.app@1.9", "com.app@1.9+0191", "com.app@1.10+1", "com.app@v2", "com.app@1.9.0.1"):
        assert not covers(resolution, release(new, 0)), new


def test_missing_numbers_of_a_packaged_version_are_zero() -> None:
    texts = ["com.app@1", "com.app@1.0", "com.app@1.0.0", "com.app@1.0.0.0", "1.0.0", "com.app@v1", "com.app@01.0+7"]
    assert len({version(text).precedence for text in texts}) == 1


def test_of_a_short_bare_version_the_dates_tell() -> None:
    assert not covers(fixed_in("1.9", 1), release("1.8", 2))
    assert covers(fixed_in("1.9", 2), release("com.app@1.10", 1))


def test_a_project_of_short_packaged_versions_follows_semver() -> None:
    assert follows_semver(["com.app@1.9+190", "com.app@1.8+180", "com.app@1.8+179"])
    assert not follows_semver(["1.9", "1.8", "1.7"])
