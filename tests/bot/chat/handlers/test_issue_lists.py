"""Lists, the inbox and a person's own page: turned, ticked, acted on; look-ups, pasted links and replies in threads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.chat import cards, issue_lists
from bot.chat.elements import Board, Home, Nothing, Notice, Options, Reply, Unfolded, plain
from bot.chat.interactions import FormSubmitted, HomeOpened, Interaction, LinksShared, Lookup, Place, Press, ThreadReply
from bot.chat.issue_lists import IssueListPage
from bot.chat.targets import OneIssue, SeveralIssues
from core.activity_data import CommentData
from core.errors import Invalid
from core.issues.actions import Archive, SetPublic
from core.releases.views import Announced
from core.search import parse
from core.types import ActivityType, Origin, Source, Status
from core.views import IssueView
from tests.support.chat import Scene, boarded, carded, formed, pressed, refused
from tests.support.core import NOON, World
from tests.support.issues import ADA, ARCHIVED, CHANGED, NEW, RESOLVED, move
from tests.support.people import ADA as ADA_IN_SLACK
from tests.support.people import BEN, GUEST

LINKS = "https://quell.example.com"


def rows(board: Board) -> list[str]:
    return [row.title for row in board.rows]


async def ticks(scene: Scene, board: Board, verb: str, *names: str) -> Reply:
    """Ticks these issues on a board and presses a button of it."""
    ids = tuple(scene.world.issue(name).id for name in names)
    return await scene.does(Press(verb, SeveralIssues(ids, pressed(board.buttons, verb).choice)))


@pytest.fixture
def many(scene: Scene) -> Scene:
    """Twelve issues, the last one seen last."""
    for number in range(2, 13):
        scene.world.clock.pass_by(minutes=1)
        scene.world.event(f"Boom {number}")
    return scene


async def test_a_list_is_turned_page_by_page(many: Scene) -> None:
    first = boarded(await many.types("list"))
    assert rows(first)[0] == "SHOP-C Boom 12"
    assert len(first.rows) == 10
    (turn,) = (button for button in first.buttons if button.verb == "page")
    assert turn.label == "Next page"
    second = boarded(await many.does(Press("page", SeveralIssues((), turn.choice))))
    assert rows(second) == ["SHOP-2 Boom 2", "SHOP-1 Boom"]
    (back,) = (button for button in second.buttons if button.verb == "page")
    assert rows(boarded(await many.does(Press("page", SeveralIssues((), back.choice))))) == rows(first)


async def test_the_ticked_ones_are_done_and_the_page_is_drawn_again(many: Scene) -> None:
    board = boarded(await many.types("list is:unresolved"))
    many.world.do(Archive(), ids=("SHOP-B",))
    form = formed(await ticks(many, board, "archive", "SHOP-B", "SHOP-C"))
    assert form.title == "Archive 2 issues"
    assert isinstance(form.targets, SeveralIssues)
    assert len(form.targets.ids) == 2
    archived = boarded(await many.does(FormSubmitted("archive", form.targets, {"how": "forever"})))
    assert [plain(line) for line in archived.intro] == [
        "SHOP-B Boom 11: Nothing to do: Archived forever by @Ada, from Slack.",
        "SHOP-C Boom 12: Archived forever by @Ada, from Slack.",
    ]
    assert rows(archived)[0] == "SHOP-A Boom 10"
    resolved = boarded(await ticks(many, board, "resolve", "SHOP-9", "SHOP-A"))
    assert [plain(line) for line in resolved.intro] == [
        "SHOP-9 Boom 9: Resolved by @Ada, from Slack, 12:11 UTC.",
        "SHOP-A Boom 10: Resolved by @Ada, from Slack, 12:11 UTC.",
    ]
    assert rows(resolved)[0] == "SHOP-8 Boom 8"


async def test_a_form_about_several_keeps_what_was_typed_and_whom_it_concerns(many: Scene) -> None:
    values = {"how": "events", "amount": "many"}
    form = formed(await many.does(FormSubmitted("archive", SeveralIssues((1, 2)), values)))
    assert list(form.errors) == ["amount"]
    assert form.targets == SeveralIssues((1, 2))
    assert [getattr(field, "initial", None) for field in form.fields][:2] == ["events", "many"]


async def test_one_ticked_issue_that_cannot_be_done_stops_all_of_them(many: Scene) -> None:
    board = boarded(await many.types("list"))
    await many.types("resolve SHOP-2")
    await many.does(FormSubmitted("delete", OneIssue(many.world.issue("SHOP-C").id, many.world.issue("SHOP-C").version)))
    assert "is deleted; restore it first" in refused(await ticks(many, board, "resolve", "SHOP-B", "SHOP-C"))
    assert many.world.issue("SHOP-B").status is Status.UNRESOLVED


async def test_nothing_ticked_is_said(scene: Scene) -> None:
    board = boarded(await scene.types("inbox"))
    for verb in ("resolve", "archive"):
        assert refused(await ticks(scene, board, verb)) == "Tick at least one issue first. Nothing was changed."


async def test_what_another_organization_has_cannot_be_ticked(scene: Scene, other_world: World) -> None:
    theirs = other_world.event("Theirs").issue_id
    page = str(issue_lists.INBOX)
    for deed in (
        Press("resolve", SeveralIssues((theirs,), page)),
        Press("archive", SeveralIssues((theirs,), page)),
        FormSubmitted("archive", SeveralIssues((theirs,)), {"how": "forever"}),
        FormSubmitted("archive", SeveralIssues((theirs,)), {"how": "x"}),
    ):
        assert refused(await scene.does(deed)) == f"There is no issue {theirs} here."
    assert other_world.issue(theirs).version == 1


async def test_a_forged_page_is_refused(scene: Scene) -> None:
    for choice in ("", "x", "[]", "[1,2,3]", '["a","is:lost",""]', '["a","is:unresolved","zzz"]', "x" * 5000, "\x00"):
        assert "Something went wrong" not in refused(await scene.does(Press("page", SeveralIssues((), choice))))
    refused(await scene.does(Press("page", SeveralIssues())))


async def test_statements_do_not_grow_with_the_issues_that_are_ticked(many: Scene) -> None:
    counted = []
    engine, costs = many.world.core.database.engine, []
    event.listen(engine, "before_cursor_execute", lambda *_: counted.append(1))
    for ids in ((1,), tuple(range(2, 12))):
        counted.clear()
        boarded(await many.does(Press("resolve", SeveralIssues(ids, str(issue_lists.MINE)))))
        costs.append(len(counted))
    assert costs[1] <= costs[0] + 1, costs


# One's own page -------------------------------------------------------------------------------------------------------


async def test_home_shows_my_issues_my_snoozes_with_what_ends_them_and_the_inbox(many: Scene) -> None:
    await many.types("assign SHOP-1 to me")
    await many.types("archive SHOP-2 until 5 events")
    await many.types("archive SHOP-3 for 2h")
    await many.types("archive SHOP-4 for 2h", BEN)
    for reply in (await many.does(HomeOpened()), await many.types("mine")):
        assert isinstance(reply, Home)
        mine, snoozed, inbox = reply.boards
        assert rows(mine) == ["SHOP-1 Boom"]
        assert [row.title for row in snoozed.rows] == ["SHOP-3 Boom 3", "SHOP-2 Boom 2"]
        assert "Archived until 5 more events (0 so far)" in snoozed.rows[1].details
        assert {button.verb for button in snoozed.buttons} == {"resolve", "unarchive", "rearchive"}
        assert rows(inbox) == rows(boarded(await many.types("inbox")))
    board = boarded(await ticks(many, snoozed, "unarchive", "SHOP-3"))
    assert (board.heading, rows(board)) == ("My snoozes", ["SHOP-2 Boom 2"])


async def test_an_empty_page_says_so(scene: Scene) -> None:
    reply = await scene.does(HomeOpened())
    assert isinstance(reply, Home)
    mine = reply.boards[0]
    assert (mine.rows, mine.buttons, plain(mine.footer)) == ((), (), "There is nothing here.")


# Look-ups -------------------------------------------------------------------------------------------------------------


async def offered(scene: Scene, source: str, text: str, issue: str = "SHOP-1") -> list[str]:
    reply = await scene.does(Lookup(source, scene.world.issue(issue).id, text))
    assert isinstance(reply, Options)
    return [option.label for option in reply.options]


async def test_releases_are_offered_newest_first(scene: Scene) -> None:
    assert await offered(scene, "release", "") == []
    for version in ("1.0", "1.1", "2.0"):
        scene.world.clock.pass_by(minutes=1)
        scene.world.core.releases.announce(scene.world.organization_id, version, Announced(project_ids=(scene.world.project.id,)))
    assert await offered(scene, "release", "") == ["2.0", "1.1", "1.0"]
    assert await offered(scene, "release", " 1.") == ["1.1", "1.0"]
    assert await offered(scene, "release", "%\x00") == []


async def test_merge_targets_are_others_of_the_project_by_number_name_or_words(many: Scene, other_world: World) -> None:
    other_world.event("Boom elsewhere")
    everything = await offered(many, "issue", "")
    assert everything[0] == "SHOP-C Boom 12"
    assert "SHOP-1 Boom" not in everything
    assert len(everything) == 11
    assert await offered(many, "issue", "shop-3") == ["SHOP-3 Boom 3"]
    assert await offered(many, "issue", "12 boom") == ["SHOP-C Boom 12"]
    assert await offered(many, "issue", "elsewhere") == []
    assert await offered(many, "issue", "%_\x00'") == []
    refused(await many.does(Lookup("issue", other_world.issue().id, "")))
    refused(await many.does(Lookup("secrets", 1, "")))


# Links and replies ----------------------------------------------------------------------------------------------------


async def test_a_pasted_link_unfolds_for_those_who_may_see_the_issue(scene: Scene, other_world: World) -> None:
    issue, theirs = scene.world.issue(), other_world.event("Theirs").issue_id
    scene.world.do(SetPublic(is_public=True))
    share = scene.world.core.reads.details([issue.id], None)[issue.id].share_id
    ours = (
        *(f"{LINKS}/issues/{issue.id}/", f"{LINKS}/issues/shop-1", f"{LINKS}/issues/SHOP-1/?share=abc#top"),
        f"{LINKS}/share/issue/{share}/",
    )
    nobodys = f"{LINKS}/share/issue/{'0' * 32}/"
    others = (nobodys, f"{LINKS}/issues/{theirs}/", f"{LINKS}/login", "https://elsewhere.example/issues/1/", f"{LINKS}.evil/issues/1/")
    reply = await scene.does(LinksShared((*ours, *others)))
    assert isinstance(reply, Unfolded)
    assert set(reply.cards) == set(ours)
    assert reply.cards[ours[0]] == cards.alert(scene.world.issue(), LINKS)
    assert await scene.does(LinksShared((f"{LINKS}/issues/{theirs}/",))) == Nothing()
    assert await scene.does(LinksShared(ours), GUEST) == Nothing()


async def test_a_reply_in_a_thread_becomes_a_comment_where_the_channel_wants_that(scene: Scene) -> None:
    core = scene.world.core
    core.outbox.show(scene.world.organization_id, "SHOP-1", "slack", Origin("TACME", "CALERTS"))
    (claim,) = core.outbox.claim()
    found = core.outbox.next(claim)
    assert found
    core.outbox.mark_shown(claim, found, "17.1", 1)
    in_thread = Place("CALERTS", "17.9", thread="17.1")
    assert await scene.does(ThreadReply("hello"), GUEST, place=in_thread) == Nothing()
    core.channels.change(scene.world.organization_id, "slack", "CALERTS", comments=True)
    assert await scene.does(ThreadReply("hello"), place=replace(in_thread, thread="99.9")) == Nothing()
    assert scene.world.issue().comments == 0
    assert await scene.does(ThreadReply("The cache was cold."), BEN, place=in_thread) == Nothing()
    note = core.reads.activities(scene.world.organization_id, "SHOP-1")[0]
    assert (note.data, note.source) == (CommentData("The cache was cold.", "17.1"), "slack")
    assert core.outbox.next(claim) is None, "it stands in the thread already"
    assert isinstance(await scene.does(ThreadReply("hello"), GUEST, place=in_thread), Notice)


async def test_what_a_link_unfolded_into_is_kept_true_like_any_other_copy(scene: Scene) -> None:
    card = cards.alert(scene.world.issue(), LINKS)
    did = Interaction(ADA_IN_SLACK, Place("CELSE", "17.5"), LinksShared((card.url,)), "slack:1")
    for _ in range(2):
        await scene.dispatch.unfolded(did, {"unfurl:17.5:url": card})
    assert [receipt.state for receipt in scene.world.core.outbox.receipts(scene.world.organization_id, "SHOP-1")] == ["shown"]
    await scene.types("resolve SHOP-1")
    (claim,) = scene.world.core.outbox.claim()
    found = scene.world.core.outbox.next(claim)
    assert found
    assert (claim.channel, found.external_id) == ("CELSE", "unfurl:17.5:url")


async def test_a_card_can_ask_how_the_issue_is_now(scene: Scene, other_world: World) -> None:
    await scene.types("resolve SHOP-1")
    for verb in ("refresh", "show"):
        assert carded(await scene.presses(verb, version=1)).startswith("Resolved by @Ada")
        refused(await scene.does(Press(verb, OneIssue(other_world.event("Theirs").issue_id, 1))))


# Storms, digests, lines -----------------------------------------------------------------------------------------------


def test_a_storm_says_how_many_came_and_lists_those_with_most_events() -> None:
    issues = [replace(NEW, id=number, number=number, times_seen=number) for number in range(1, 15)]
    board = issue_lists.storm(NOON, None, 437, issues)
    assert board.heading == "437 new issues since 12:00 UTC in shop"
    assert [row.issue_id for row in board.rows] == list(range(14, 4, -1))
    assert [button.label for button in board.buttons] == ["Resolve", "Archive…", "Mark reviewed", "List all"]
    over = issue_lists.storm(NOON, NOON + timedelta(minutes=3), 437, issues)
    assert over.heading == "437 new issues from 12:00 to 12:03 UTC in shop"
    for one in (board, over):
        parse(IssueListPage.parse(one.buttons[-1].choice).query)


async def test_all_that_a_storm_brought_can_be_listed(many: Scene) -> None:
    found = [many.world.issue(name) for name in ("SHOP-2", "SHOP-3")]
    storm = issue_lists.storm(NOON + timedelta(minutes=1), NOON + timedelta(minutes=3), 3, found)
    board = boarded(await many.does(Press("page", SeveralIssues((), storm.buttons[-1].choice))))
    assert sorted(rows(board)) == ["SHOP-2 Boom 2", "SHOP-3 Boom 3", "SHOP-4 Boom 4"]
    assert board.heading == storm.heading


def test_a_digest_counts_the_day_and_lists_what_waits() -> None:
    board = issue_lists.digest(issue_lists.Day(new=3, regressed=1, resolved=2), [NEW, RESOLVED])
    assert board.heading == "The last day in shop"
    assert [plain(line) for line in board.intro] == ["3 new issues, 1 came back, 2 resolved."]
    assert len(board.rows) == 2
    assert issue_lists.digest(issue_lists.Day(0, 0, 0), []).rows == ()


def test_a_page_comes_back_as_it_was_written() -> None:
    page = IssueListPage('Issues by "x, y" ü', 'is:unresolved "x, y"', "17:3:0")
    assert IssueListPage.parse(str(page)) == page
    with pytest.raises(Invalid):
        IssueListPage.parse(None)


NEXT_RELEASE = replace(RESOLVED, last_move=move(ActivityType.SET_RESOLVED_IN_RELEASE))
LINES: list[tuple[list[tuple[ActivityType, dict[str, Any]]], IssueView, str]] = [
    ([], replace(NEW, times_seen=100), "Seen 100 times"),
    (
        [(ActivityType.SET_RESOLVED_IN_RELEASE, {})],
        replace(RESOLVED, last_move=move(ActivityType.SET_RESOLVED_IN_RELEASE)),
        "resolved this in the next release",
    ),
    ([(ActivityType.SET_IGNORED, {})], ARCHIVED, "archived this forever"),
    ([(ActivityType.SET_IGNORED, {})], CHANGED, "archived this"),
    ([(ActivityType.ASSIGNED, {"assigneeType": "team", "assigneeName": "checkout"})], NEW, "assigned this to #checkout"),
    ([(ActivityType.MARK_REVIEWED, {}), (ActivityType.AUTO_SET_ONGOING, {"manually": True})], NEW, "marked this reviewed"),
    ([(ActivityType.SET_PRIORITY, {"priority": "low"}), (ActivityType.UNASSIGNED, {})], NEW, "gave this low priority and unassigned this"),
    ([(ActivityType.NOTE, {"text": "The cache was cold."})], NEW, "said: “The cache was cold.”"),
    ([(ActivityType.MERGE, {"issues": [{"id": 2}]})], NEW, "merged 1 issue into this"),
    ([(ActivityType.UNDO, {"of": 1, "what": "resolved"})], NEW, "undid that this was resolved"),
]


@pytest.mark.parametrize(("told", "issue", "sentence"), LINES)
def test_a_line_in_a_thread_says_who_did_what_from_where(told: list[tuple[ActivityType, dict[str, Any]]], issue: IssueView, sentence: str) -> None:
    notice = cards.line([move(type_, Source.SLACK, ADA, **data) for type_, data in told], issue)
    assert plain(notice.text) == (f"@Ada {sentence}, from Slack" if told else sentence)
    assert notice.issue == OneIssue(issue.id, issue.version)


@pytest.mark.parametrize("type_", ActivityType)
def test_everything_that_can_happen_has_a_line(type_: ActivityType) -> None:
    data: dict[str, Any] = {"priority": "low", "assigneeName": "Ada", "expired_snooze": {"count": 5}}
    for source in ("slack", "scheduler", "api"):
        one = replace(move(type_, Source.API, None, **data), source=source)
        assert plain(cards.line([one], NEW).text).strip()
