"""Which release is older, and which events a resolution covers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.versions import MAX_VERSION_CHARS, DatedVersion, ReleaseResolution, ResolutionKind, Version, covers, follows_semver, parse

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return DAY_0 + timedelta(days=number)


RESOLVED_AT = day(10)


def release(version: str, added: int | None = None) -> DatedVersion:
    return DatedVersion(version, None if added is None else day(added))


def fixed_in(version: str, added: int | None = None, current: DatedVersion | None = None) -> ReleaseResolution:
    return ReleaseResolution("in_release", release(version, added), RESOLVED_AT, current)


def fixed_after(version: str, added: int | None = None, current: DatedVersion | None = None) -> ReleaseResolution:
    return ReleaseResolution("in_next_release", release(version, added), RESOLVED_AT, current)


def version(text: str) -> Version:
    parsed = parse(text)
    assert parsed is not None
    return parsed


PARSED = {
    "1.2.3": Version(1, 2, 3),
    "0.0.0": Version(0, 0, 0),
    "v1.2.3": Version(1, 2, 3),
    "shop@1.2.3": Version(1, 2, 3, package="shop"),
    "umhcore@v0.44.12": Version(0, 44, 12, package="umhcore"),
    "@acme/shop@1.2.3": Version(1, 2, 3, package="@acme/shop"),
    "3.25.47.21": Version(3, 25, 47, 21),
    "2026.01.09": Version(2026, 1, 9),
    "1.2.3-rc.1": Version(1, 2, 3, prerelease=("rc", "1")),
    "1.2.3--x-": Version(1, 2, 3, prerelease=("-x-",)),
    "1.2.3+77": Version(1, 2, 3, build=("77",)),
    "com.acme.shop@1.2.3.4-beta+20.b1": Version(1, 2, 3, 4, ("beta",), ("20", "b1"), "com.acme.shop"),
    "com.app@1.9+190": Version(1, 9, 0, build=("190",), package="com.app"),
    "com.app@1.09": Version(1, 9, 0, package="com.app"),
    "com.app@v12": Version(12, 0, 0, package="com.app"),
    "com.app@12+7.1": Version(12, 0, 0, build=("7", "1"), package="com.app"),
    "com.app@1.9-rc.1+5": Version(1, 9, 0, prerelease=("rc", "1"), build=("5",), package="com.app"),
    "com.app@2-beta1": Version(2, 0, 0, prerelease=("beta1",), package="com.app"),
    "shop@1732800000": Version(1732800000, 0, 0, package="shop"),
}

NOT_PARSED = [
    "", "@", "shop@", "@1.2.3", "@1.9", "1", "1.2", "v1.9", "1.9+190", "1.2.3.4.5", "shop@1.2.3.4.5", "shop@1.", "shop@1:2.3",
    "shop@1!2.3", "shop@2026-01-09", "shop@77-a86d127", "shop@1.9-", "shop@1.9_4", "1.2.x", "1..3",
    ".1.2.3", "1.2.3.", "1.2.3-", "1.2.3+", "1.2.3-a..b", "1.2.3+a+b",
    "1.2.3 ", " 1.2.3", "1.2.3\n", "vv1.2.3", "-1.2.3", "1.2.3_4", "٣.2.1", "1.2.3-é", "a86d127c4b2f23a0a862620280427dcc01c78676", "20260109",
    "latest",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PARSED.items(), ids=PARSED.keys())
def test_a_semantic_version_is_read_with_and_without_package_and_v(text: str, expected: Version) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", NOT_PARSED, ids=repr)
def test_what_has_too_few_numbers_or_other_signs_is_no_semantic_version(text: str) -> None:
    assert parse(text) is None


ASCENDING = [
    "0.0.1", "0.9.0", "0.10.0",
    "1.0.0-01", "1.0.0-1", "1.0.0-2", "1.0.0-11",
    "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
    "1.0.0", "1.0.0+9", "1.0.0+10", "1.0.0+10.1", "1.0.0+a",
    "1.0.0.1-rc", "1.0.0.1", "1.0.1", "2.0.0", "999.9.9", f"{'9' * 200}.0.0",
]  # fmt: skip


def test_versions_are_in_the_order_of_semver() -> None:
    descending = ASCENDING[::-1]
    assert sorted(descending, key=version) == ASCENDING
    assert all(version(lower) < version(higher) for lower, higher in pairwise(ASCENDING))


def test_package_and_build_have_no_part_in_the_precedence() -> None:
    texts = ["1.2.3", "zoo@1.2.3+1", "app@1.2.3+abc", "v1.2.3", "1.2.3.0"]
    assert len({version(text).precedence for text in texts}) == 1


number = st.one_of(st.integers(0, 3), st.integers(0, 10**40))
identifiers = st.lists(st.one_of(st.from_regex(r"[0-9]{1,3}", fullmatch=True), st.from_regex(r"[0-9a-bA-B-]{1,3}", fullmatch=True)), max_size=3)


@st.composite
def semantic(draw: st.DrawFn) -> str:
    package = draw(st.sampled_from(["", "shop@", "@acme/web@"]))
    numbers = ".".join(map(str, draw(st.lists(number, min_size=2 if package else 3, max_size=4))))
    prerelease, build = ".".join(draw(identifiers)), ".".join(draw(identifiers))
    return package + draw(st.sampled_from(["", "v"])) + numbers + (f"-{prerelease}" if prerelease else "") + (f"+{build}" if build else "")


kinds = st.sampled_from(("in_release", "in_next_release"))
words = st.sampled_from(["a86d127c", "b0041aa2", "2026w01", "1.2", "shop@2026-01-09"])
dates = st.one_of(st.none(), st.integers(0, 20))


@given(semantic(), semantic())
def test_of_two_versions_exactly_one_is_lower_or_both_are_the_same(one: str, other: str) -> None:
    first, second = version(one), version(other)
    assert [first < second, first == second, first > second].count(True) == 1
    assert (first < second) == (second > first)
    assert (first <= second) == (not second < first)


@given(semantic(), semantic(), semantic())
def test_the_order_of_versions_is_transitive(one: str, other: str, third: str) -> None:
    for first, second, last in permutations(map(version, (one, other, third))):
        assert first <= last or not first <= second <= last


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    parsed = parse(text)
    assert parsed is None or parsed <= parsed  # noqa: PLR0124


FOLLOWS = {
    "no releases": ([], False),
    "one": (["1.0.0"], True),
    "one that is none": (["abc"], False),
    "two, the newest is one": (["1.0.0", "abc"], True),
    "two, only the older is one": (["abc", "1.0.0"], False),
    "three, the oldest is one": (["a", "b", "1.0.0"], True),
    "three, none": (["a", "b", "c"], False),
    "four, only the oldest is one": (["a", "b", "c", "1.0.0"], False),
    "nine, one of the newest three": (["a", "1.0.0", *"bcdefgh"], True),
    "nine, only others": ([*"abc", *["1.0.0"] * 6], False),
    "ten, two of them": (["1.0.0", "1.0.1", *"abcdefgh"], False),
    "ten, three of them": (["1.0.0", *"abcdefg", "0.9.0", "0.8.0"], True),
    "ten, seven but not of the newest": ([*"abc", *["1.0.0"] * 7], False),
    "twelve, the third one is too old to count": (["1.0.0", "1.0.1", *"abcdefgh", "0.9.0", "0.8.0"], False),
    "bare and packaged alike": (["shop@1.0.0", "1.0.1", "v1.0.2"], True),
}


@pytest.mark.parametrize(("newest_first", "expected"), FOLLOWS.values(), ids=FOLLOWS.keys())
def test_a_project_follows_semver_by_its_latest_ten_releases(newest_first: list[str], *, expected: bool) -> None:
    assert follows_semver(newest_first) is expected


def test_the_version_that_is_asked_about_must_be_semantic_itself() -> None:
    assert follows_semver(["1.0.0"], version="1.1.0")
    assert not follows_semver(["1.0.0"], version="a86d127c")
    assert not follows_semver([], version="1.1.0")


def test_nothing_is_covered_without_a_release_resolution() -> None:
    assert not covers(None, release("1.0.0", 1))
    assert not covers(None, None)
    assert not covers(ReleaseResolution("in_next_release", None, RESOLVED_AT), release("1.0.0", 1))


def test_an_event_without_a_release_reopens_nothing() -> None:
    assert covers(fixed_in("1.0.0"), None)
    assert covers(ReleaseResolution("in_next_release", None, RESOLVED_AT), None)


COVERED: dict[str, tuple[ReleaseResolution, DatedVersion, bool]] = {
    "in a release, older": (fixed_in("1.2.0", 1), release("1.1.9", 20), True),
    "in a release, the same": (fixed_in("1.2.0", 20), release("1.2.0", 20), False),
    "in a release, the same with a package": (fixed_in("1.2.0", 20), release("shop@v1.2.0", 1), False),
    "in a release, newer": (fixed_in("1.2.0", 20), release("1.2.1", 1), False),
    "in a release, its prerelease": (fixed_in("1.2.0", 1), release("1.2.0-rc.1", 20), True),
    "in a release, older by date": (fixed_in("bbb", 5), release("aaa", 4), True),
    "in a release, as old by date": (fixed_in("bbb", 5), release("aaa", 5), True),
    "in a release, newer by date": (fixed_in("bbb", 5), release("aaa", 6), False),
    "in a release, the same by date": (fixed_in("bbb", 5), release("bbb", 5), False),
    "in a release, one of the two is none": (fixed_in("1.2.0", 5), release("aaa", 6), False),
    "in the next release, older": (fixed_after("1.2.0", 1), release("1.1.9", 20), True),
    "in the next release, the same": (fixed_after("1.2.0", 1), release("1.2.0", 1), True),
    "in the next release, newer": (fixed_after("1.2.0", 20), release("1.2.1", 1), False),
    "in the next release, older by date": (fixed_after("bbb", 5), release("aaa", 4), True),
    "in the next release, as old by date": (fixed_after("bbb", 5), release("aaa", 5), False),
    "in the next release, the same by date": (fixed_after("bbb", 5), release("bbb", 5), True),
    "in the next release, newer by date": (fixed_after("bbb", 5), release("aaa", 6), False),
    "current and semantic, the same": (fixed_in("1.2.0", 1, release("1.2.0", 1)), release("1.2.0", 1), True),
    "current and semantic, newer": (fixed_in("1.2.0", 1, release("1.2.0", 1)), release("1.2.1", 0), False),
    "current by date, the same": (fixed_in("ccc", 6, release("bbb", 5)), release("bbb", 5), True),
    "current by date, older": (fixed_in("ccc", 6, release("bbb", 5)), release("aaa", 4), True),
    "current by date, the next": (fixed_in("ccc", 6, release("bbb", 5)), release("ccc", 6), False),
    "current by date, later than the next": (fixed_in("ccc", 6, release("bbb", 5)), release("ddd", 7), False),
    "a release not known yet is the newest": (fixed_in("bbb", 5), release("aaa"), False),
    "a current one without a release": (ReleaseResolution("in_next_release", None, RESOLVED_AT, release("1.0.0")), release("1.0.0", 1), True),
}


@pytest.mark.parametrize(("resolution", "event", "expected"), COVERED.values(), ids=COVERED.keys())
def test_a_resolution_covers_the_releases_without_the_fix(resolution: ReleaseResolution, event: DatedVersion, *, expected: bool) -> None:
    assert covers(resolution, event) is expected


def test_an_older_release_does_not_reopen_what_is_resolved_in_the_next_one() -> None:
    """getsentry/sentry#44881: cached clients of release A and older report long after B is out."""
    resolution = fixed_after("shop@4.1.0", 3)
    assert covers(resolution, release("shop@4.1.0", 3))
    assert covers(resolution, release("shop@3.9.7", 1))
    assert not covers(resolution, release("shop@4.2.0", 12))


def test_events_of_older_releases_do_not_reopen_what_is_fixed_in_a_version() -> None:
    """getsentry/sentry#52078 and #105041: resolved in X; X-1 and X-2 still report."""
    resolution = fixed_in("2.18.2", 3)
    assert [covers(resolution, release(one, 11)) for one in ("2.18.1", "2.18.0", "2.9.9")] == [True, True, True]
    assert not covers(resolution, release("2.18.2", 3))


def test_a_fourth_number_tells_production_from_the_release_under_test() -> None:
    """getsentry/sentry#104513: .22 is on trial at the customer's, the error comes from .21."""
    resolution = fixed_in("3.25.47.21", 3, current=release("3.25.47.21", 3))
    assert covers(resolution, release("3.25.47.21", 3))
    assert not covers(resolution, release("3.25.47.22", 11))


def test_a_hotfix_of_an_old_line_is_old_however_late_it_was_added() -> None:
    """getsentry/sentry#99093: 10.18.7 was released after 10.24.0 and lacks its fix."""
    assert covers(fixed_in("10.24.0", 3), release("10.18.7", 15))


def test_a_deleted_release_still_covers_what_is_older_by_semver() -> None:
    """getsentry/sentry#104751."""
    assert covers(fixed_in("shop@2.0.0"), release("shop@1.9.0", 20))
    assert not covers(fixed_in("shop@2.0.0"), release("shop@2.0.1", 1))
    assert covers(fixed_in("2.0.0", current=release("2.0.0")), release("2.0.0", 20))


def test_a_deleted_release_without_semver_covers_what_was_there_when_the_issue_was_resolved() -> None:
    """getsentry/sentry#104751, for projects whose releases are commits."""
    for resolution in (fixed_in("bbb"), fixed_after("bbb"), fixed_in("ccc", None, release("bbb"))):
        assert covers(resolution, release("aaa", 9))
        assert not covers(resolution, release("ddd", 11))


def test_a_project_that_takes_to_semver_after_the_resolve_does_not_regress() -> None:
    """getsentry/sentry#111309 and #111584: by date 1.9.0 was the newest on the issue and 2.1.0 the one after it; then 2.0.0 reports again."""
    resolution = fixed_in("shop@2.1.0", 6, current=release("shop@1.9.0", 5))
    assert covers(resolution, release("shop@2.0.0", 20))
    assert not covers(resolution, release("shop@2.1.0", 6))


def test_bare_versions_never_fall_to_the_order_of_dates() -> None:
    """getsentry/sentry#88976: 5.36.2 has no package, and every old client reopened the issue."""
    resolution = fixed_after("5.36.2", 1, current=release("5.36.2", 1))
    assert covers(resolution, release("5.36.1", 30))
    assert covers(resolution, release("5.4.9", 30))
    assert not covers(resolution, release("5.36.3", 0))
    assert not covers(resolution, release("5.100.0", 0))


def test_a_bare_version_and_one_with_a_package_are_compared() -> None:
    assert covers(fixed_in("5.36.2", 1), release("shop@5.36.1", 30))
    assert not covers(fixed_in("v5.36.2", 30), release("shop@5.36.3", 1))


def test_a_forged_huge_version_neither_crashes_nor_takes_long() -> None:
    """getsentry/sentry#88976, further down: a modified app says what it likes."""
    began = process_time()
    for digits in (200, 240, 5_000, 1_000_000):
        for forged in (f"{'9' * digits}.9.9", f"shop@1.0.0-{'9' * digits}", f"1.0.0+{'9.' * (digits // 2)}9", "1." * digits, "@" * digits):
            parse(forged)
            covers(fixed_in("1.0.0", 1), release(forged, 2))
            covers(fixed_after(forged, 1), release("1.0.0", 2))
            covers(fixed_in(forged, 1), release(forged + "0", 2))
            follows_semver([forged] * 10)
    assert process_time() - began < 1


def test_a_forged_huge_version_is_newer_than_any_fix_and_leaves_the_others_alone() -> None:
    forged = f"{'9' * 240}.9.9"
    assert not covers(fixed_in("1.2.0", 1), release(forged, 2))
    assert covers(fixed_in("1.2.0", 1), release("1.1.0", 2))


def test_a_version_as_long_as_the_database_keeps_is_understood_and_a_longer_one_is_not() -> None:
    longest = f"1.0.0-{'x' * (MAX_VERSION_CHARS - 6)}"
    assert len(longest) == MAX_VERSION_CHARS
    assert parse(longest) is not None
    assert parse(longest + "x") is None


def test_of_two_numbered_builds_the_lower_is_old() -> None:
    assert covers(fixed_in("1.0.0+100", 1), release("1.0.0+99", 2))
    assert not covers(fixed_in("1.0.0+99", 2), release("1.0.0+100", 1))
    assert covers(fixed_after("1.0.0+388.0.8", 1), release("1.0.0+388.0.6", 2))
    assert not covers(fixed_in("1.0.0+7", 2), release("shop@1.0.0+07", 1))


def test_of_two_builds_named_by_commits_the_dates_tell() -> None:
    assert covers(fixed_after("shop@1.0.0+aaa", 5), release("shop@1.0.0+bbb", 4))
    assert not covers(fixed_after("shop@1.0.0+aaa", 5), release("shop@1.0.0+bbb", 6))


def test_a_version_without_a_build_stands_for_all_its_builds() -> None:
    assert covers(fixed_after("1.0.0", 1), release("1.0.0+5", 9))
    assert not covers(fixed_in("1.0.0", 9), release("1.0.0+5", 1))


@given(semantic(), semantic(), kinds, dates, dates)
def test_where_semver_tells_two_versions_apart_dates_have_no_say(
    fixed: str, reported: str, kind: ResolutionKind, fixed_added: int | None, reported_added: int | None
) -> None:
    lower, higher = version(reported).precedence, version(fixed).precedence
    resolution = ReleaseResolution(kind, release(fixed, fixed_added), RESOLVED_AT)
    if lower != higher:
        assert covers(resolution, release(reported, reported_added)) is (lower < higher)


@given(st.one_of(semantic(), words), st.one_of(semantic(), words), st.integers(0, 20), st.integers(0, 20))
def test_of_two_releases_at_most_one_is_before_the_other(one: str, other: str, one_added: int, other_added: int) -> None:
    first, second = release(one, one_added), release(other, other_added)
    there = covers(ReleaseResolution("in_next_release", first, RESOLVED_AT), second)
    back = covers(ReleaseResolution("in_next_release", second, RESOLVED_AT), first)
    strictly = covers(ReleaseResolution("in_release", first, RESOLVED_AT), second)
    if one_added != other_added:
        assert there or back
        assert strictly is not back
    assert covers(ReleaseResolution("in_next_release", first, RESOLVED_AT), first)
    assert not covers(ReleaseResolution("in_release", first, RESOLVED_AT), first)


@given(semantic(), semantic(), semantic(), kinds)
def test_what_is_older_than_a_covered_release_is_covered(fixed: str, reported: str, older: str, kind: ResolutionKind) -> None:
    resolution = ReleaseResolution(kind, release(fixed, 5), RESOLVED_AT)
    if version(older).precedence < version(reported).precedence and covers(resolution, release(reported, 5)):
        assert covers(resolution, release(older, 9))
