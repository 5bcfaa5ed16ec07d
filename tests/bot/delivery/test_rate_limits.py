"""Token buckets: what fits, how long the rest waits, and whose turn it is."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

import pytest

from bot.delivery.rate_limits import LIMITS, TURN_LOST_AFTER_SECONDS, Ask, Call, Limit, Rate, RateLimits, Table

ONE_A_SECOND: Table = {"slack": (Limit("channel", ("post",), Rate(1, 3)),)}
SCARCE: Table = {"slack": (Limit("tenant", ("update",), Rate(1, 4)),)}


@dataclass
class Chat:
    """Somebody who asks as often as they may, at a time of their own."""

    table: Table
    platform: str = "slack"
    now: float = 1000.0
    made: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = RateLimits(self.table, lambda: self.now)

    def ask(self, call: Call = "post", channel: str = "C1", tenant: str = "T1", *, is_patient: bool = False) -> float:
        wait = self.limits.wait(Ask(self.platform, tenant, channel, call, is_patient))
        if not wait:
            self.made.append(self.now)
        return wait

    def run(self, seconds: float, call: Call = "post") -> None:
        """Calls as soon as it may, for so long."""
        end = self.now + seconds
        while self.now < end:
            self.now += self.ask(call)

    def most_within(self, seconds: float) -> int:
        """The most calls of any time of this length."""
        return max(bisect_left(self.made, one + seconds) - bisect_left(self.made, one) for one in self.made)


def test_a_burst_goes_through_at_once_and_the_rest_one_by_one() -> None:
    chat = Chat(ONE_A_SECOND)
    assert [chat.ask() for _ in range(4)] == [0, 0, 0, 1]
    chat.now += 0.25
    assert chat.ask() == 0.75
    chat.now += 0.75
    assert [chat.ask(), chat.ask()] == [0, 1]


def test_a_bucket_fills_up_again_and_never_overflows() -> None:
    chat = Chat(ONE_A_SECOND)
    assert [chat.ask() for _ in range(3)] == [0, 0, 0]
    chat.now += 3600
    assert [chat.ask() for _ in range(4)] == [0, 0, 0, 1]


def test_channels_do_not_use_up_each_others_tokens_nor_do_kinds_of_calls() -> None:
    chat = Chat(ONE_A_SECOND)
    assert [chat.ask(channel=one) for one in ("C1", "C1", "C1", "C2", "C2", "C2")] == [0] * 6
    assert chat.ask("update") == 0
    assert Chat(ONE_A_SECOND, platform="another").ask() == 0


def test_what_is_refused_uses_up_nothing() -> None:
    chat = Chat(ONE_A_SECOND)
    for _ in range(3):
        chat.ask()
    for _ in range(100):
        assert chat.ask() == 1


@pytest.mark.parametrize(("seconds", "most"), [(1, 7), (2, 8), (30, 60), (3600, 1800)])
def test_teams_conversations_stay_within_every_window_of_microsofts(seconds: float, most: int) -> None:
    chat = Chat(LIMITS, "msteams")
    chat.run(2 * 3600)
    assert 0.4 * most <= chat.most_within(seconds) <= most


def test_slack_takes_a_minutes_worth_of_redraws_at_once_and_fifty_in_each_minute_after_that() -> None:
    chat = Chat(LIMITS)
    chat.run(600, "update")
    assert chat.most_within(1) == 50
    assert 545 <= len(chat.made) <= 551


def test_channels_take_turns_however_much_one_of_them_has_to_say() -> None:
    chat = Chat(SCARCE)
    asked_at, waits = chat.now, []
    for second in range(60):
        for _ in range(5):
            chat.ask("update", "busy")
        if second >= asked_at - 1000 and not chat.ask("update", "quiet"):
            waits.append(chat.now - asked_at)
            asked_at = chat.now + 5
        chat.now += 1
    assert len(waits) >= 8
    assert max(waits) <= 2
    assert len(chat.made) == 63


def test_a_channel_that_does_not_come_back_loses_its_turn() -> None:
    chat = Chat(SCARCE)
    for _ in range(4):
        chat.ask("update", "C1")
    assert chat.ask("update", "gone") == 1
    assert chat.ask("update", "C2") == 2
    chat.now += 1
    assert chat.ask("update", "C2") == 1
    chat.now += TURN_LOST_AFTER_SECONDS
    assert chat.ask("update", "C2") == 0


def test_mere_numbers_leave_half_of_what_is_scarce_to_the_others() -> None:
    chat = Chat(SCARCE)
    assert [chat.ask("update", is_patient=True) for _ in range(2)] == [0, 0]
    assert chat.ask("update", is_patient=True) == 1
    assert chat.ask("update", "C2", is_patient=True) == 1
    assert [chat.ask("update", "C3") for _ in range(2)] == [0, 0]


def test_mere_numbers_stand_behind_everybody_who_waits_and_in_nobodys_way() -> None:
    chat = Chat(SCARCE)
    for _ in range(4):
        chat.ask("update")
    assert chat.ask("update", "C9", is_patient=True) == 3
    assert chat.ask("update", "C2") == 1
    assert chat.ask("update", "C9", is_patient=True) == 4
