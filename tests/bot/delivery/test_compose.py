"""What goes out: each errand drawn as things are when it is sent, and handed to the platform by the right door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.chat.elements import Board, Card, Content, Notice, plain
from bot.chat.issue_lists import IssueListPage
from bot.chat.platform import OutgoingNote
from bot.delivery.channel_run import ChannelRun, SenderDeps
from bot.delivery.rate_limits import RateLimits
from bot.workers import Workers
from core.accounts.directory import ChatAccount, Newcomer
from core.db.outbox import Kind
from core.issues.actions import Assign, Comment, Delete, Resolve, To
from core.notify.outbox import OutboxItem
from core.notify.watches import ChannelName
from core.rules.watching import WatchRule
from core.search import Searcher, parse
from core.types import Origin
from tests.support.core import World
from tests.support.fake_chat import FakeChat

C1 = ChannelName("slack", "C1")


@dataclass
class Office:
    """A sender at work on a world."""

    world: World
    workers: Workers
    chat: FakeChat = field(default_factory=FakeChat)

    async def run(self) -> None:
        """Sends what is due, channel by channel."""
        deps = SenderDeps(self.world.core, {"slack": self.chat}, self.workers, "https://quell.example.com", RateLimits({}, self._seconds))
        while claims := self.world.core.outbox.claim():
            for claim in claims:
                await ChannelRun(deps, claim).run(lambda: False)
                self.world.core.outbox.release(claim)

    def _seconds(self) -> float:
        return self.world.clock().timestamp()

    @property
    def contents(self) -> list[Content | OutgoingNote]:
        """All that was sent, in order."""
        return [one.content for one in self.chat.requests]

    def last(self) -> str:
        """What was put up last, in plain words."""
        content = self.chat.requests[-1].content
        match content:
            case OutgoingNote(text=said) | (Notice() as said):
                return plain(said.text)
            case Board():
                return content.heading
            case Card():
                return content.fallback


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    workers = Workers(1)
    yield Office(world, workers)
    workers.close()


@pytest.fixture
async def shown(office: Office) -> Office:
    """One issue, with a copy in a channel."""
    office.world.core.watches.set(office.world.project, C1, WatchRule(query="level:error", every=10))
    office.world.event()
    await office.run()
    return office


async def test_a_copy_is_posted_then_redrawn_with_the_rule_that_brought_it(shown: Office) -> None:
    shown.world.core.channels.change(shown.world.organization_id, "slack", "C1", threads="off")
    shown.world.do(Resolve())
    await shown.run()
    assert [str(one) for one in shown.chat.requests] == ["post C1 message-1", "update C1 0"]
    (receipt,) = shown.world.core.outbox.receipts(shown.world.organization_id, "SHOP-1")
    assert (receipt.state, receipt.shown_version) == ("shown", 2)
    card = shown.chat.requests[-1].content
    assert isinstance(card, Card)
    assert "new: level:error" in plain(card.footer)
    assert card.version == 2


async def test_a_change_is_a_line_in_the_thread(shown: Office) -> None:
    shown.world.do(Resolve())
    await shown.run()
    assert str(shown.chat.requests[-1]) == "reply C1 0 line-1"
    assert shown.last() == "@Ada resolved this, from Slack"


async def test_a_repeated_alert_says_the_number_that_it_was_about(shown: Office) -> None:
    shown.world.core.occurrences.record(shown.world.project.id, [shown.world.occurrence("Boom") for _ in range(9)])
    shown.world.core.occurrences.record(shown.world.project.id, [shown.world.occurrence("Boom")])
    await shown.run()
    assert "Seen 10 times" in [plain(one.text.text) for one in shown.contents if isinstance(one, OutgoingNote)]


async def test_a_direct_message_says_which_issue_it_is_about_and_shows_it(office: Office) -> None:
    world = office.world
    ben = world.core.directory.join(world.organization_id, ChatAccount("slack", "T1", "UBEN"), Newcomer("Ben", None, None))
    world.event()
    world.do(Assign(To("user", ben.id)))
    await office.run()
    assert [str(one) for one in office.chat.requests] == ["post UBEN line-1"]
    assert office.last() == "SHOP-1 Boom: @Ada assigned this to @Ben, from Slack"
    notice = office.chat.requests[-1].content
    assert isinstance(notice, Notice)
    assert ([button.verb for button in notice.buttons], notice.issue and notice.issue.issue_id) == (["show"], 1)


async def test_a_mention_and_a_broadcast_reach_the_platform(shown: Office) -> None:
    world = shown.world
    world.core.channels.change(world.organization_id, "slack", "C1", mentions="mention", broadcasts=True)
    ben = world.core.directory.join(world.organization_id, ChatAccount("slack", "T1", "UBEN"), Newcomer("Ben", None, None))
    world.do(Assign(To("user", ben.id)), Resolve())
    world.clock.pass_by(seconds=1)
    world.event()
    await shown.run()
    lines = [one for one in shown.contents if isinstance(one, OutgoingNote)]
    assert [(line.mentions, line.is_broadcast) for line in lines] == [(("UBEN",), False), ((), True)]


async def test_many_changes_are_one_board_that_lists_them_all(office: Office) -> None:
    world = office.world
    world.core.watches.set(world.project, C1)
    for first in range(0, 40, 10):
        world.core.occurrences.record(world.project.id, [world.occurrence(f"Bug {first + number}") for number in range(10)])
        world.clock.pass_by(minutes=2)
    await office.run()
    world.do(Resolve(), ids=tuple(range(1, 31)))
    await office.run()
    assert office.last() == "30 issues resolved by @Ada, from Slack"
    board = office.chat.requests[-1].content
    assert isinstance(board, Board)
    page = IssueListPage.parse(board.buttons[-1].choice)
    assert (len(board.rows), board.buttons[-1].label) == (10, "List all")
    assert world.core.reads.search_ids(parse(page.query), Searcher(world.organization_id, world.clock()), 100) == list(range(1, 31))


async def test_a_storm_is_a_board_that_is_redrawn(office: Office) -> None:
    world = office.world
    world.core.watches.set(world.project, C1)
    for first in (0, 300):
        world.core.occurrences.record(world.project.id, [world.occurrence(f"Bug {first + number}") for number in range(300)])
        await office.run()
        world.clock.pass_by(seconds=2)
    assert [str(one) for one in office.chat.requests] == ["post C1 storm-1", "update C1 0"]
    assert office.last() == "600 new issues since 12:00 UTC in shop"
    board = office.chat.requests[-1].content
    assert isinstance(board, Board)
    query = IssueListPage.parse(board.buttons[-1].choice).query
    assert len(world.core.reads.search_ids(parse(query), Searcher(world.organization_id, world.clock()), 1_000)) == 600


async def test_a_digest_is_a_board(shown: Office) -> None:
    shown.world.core.channels.change(shown.world.organization_id, "slack", "C1", digest="12:01")
    shown.world.clock.pass_by(minutes=1)
    shown.world.core.digests.schedule()
    await shown.run()
    board = shown.chat.requests[-1].content
    assert isinstance(board, Board)
    assert plain(board.intro[0]) == "1 new issue, 0 came back, 0 resolved."
    assert [row.title for row in board.rows] == ["SHOP-1 Boom"]


@pytest.mark.parametrize("kind", ["alert", "redraw", "line", "direct", "storm", "digest"])
async def test_what_is_gone_is_not_sent(shown: Office, kind: Kind) -> None:
    shown.world.do(Resolve())
    (claim,) = shown.world.core.outbox.claim()
    assert shown.world.core.outbox.begin(claim, OutboxItem(kind, 99, 99, None, "gone-99", 0, None)) is None


async def test_an_issue_of_another_organization_is_not_sent(shown: Office, other_world: World) -> None:
    other_world.event("Theirs")
    other_world.core.outbox.show(other_world.organization_id, "SHOP-1", "slack", Origin("T1", "C1"))
    await shown.run()
    assert [str(one) for one in shown.chat.requests] == ["post C1 message-1"], "theirs is not among them"
    (receipt,) = other_world.core.outbox.receipts(other_world.organization_id, "SHOP-1")
    assert (receipt.state, receipt.waits_because) == ("parked", "what it tells of is gone, or belongs to another organization")


async def test_a_comment_is_drawn_where_comments_are_wanted(shown: Office) -> None:
    shown.world.core.channels.change(shown.world.organization_id, "slack", "C1", comments=True)
    shown.world.do(Comment("Cold cache."))
    shown.world.do(Delete())
    await shown.run()
    said = [plain(one.text.text) for one in shown.contents if isinstance(one, OutgoingNote)]
    assert said == ["@Ada said: “Cold cache.”, from Slack", "@Ada deleted this, from Slack"]
