"""What goes out: looks up what an errand is about as it is now, draws it, and hands it to the platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.chat import cards, issue_lists
from bot.chat.elements import Board, Button, Content, Notice
from bot.chat.handlers.sentences import named
from bot.chat.issue_lists import Day, IssueListPage
from bot.chat.platform import Address, BeforeCalling, ChatPlatform, OutgoingNote, PlatformError, at_once
from bot.chat.times import many
from bot.workers import Workers
from core.bootstrap import Core
from core.issues.activity import in_words
from core.notify.contents import Digest, StormSummary, ThreadNote
from core.notify.outbox import OutboxItem

SHOW = Button("show", "Show")


@dataclass(frozen=True)
class SendResult:
    """What came of an errand: the platform's id of what stands there now, and the version it shows."""

    external_id: str
    version: int


@dataclass(frozen=True)
class ComposedItem:
    """What an errand comes to: something of its own in the channel, or a line in a thread."""

    content: Content | OutgoingNote
    version: int = 0


class Composer:
    """Carries errands out, each with what is true at that moment."""

    def __init__(self, core: Core, workers: Workers, links_begin_with: str, before_calling: BeforeCalling = at_once) -> None:
        self._core = core
        self._workers = workers
        self._links = links_begin_with
        self._before_calling = before_calling

    async def send(self, platform: ChatPlatform, address: Address, errand: OutboxItem) -> SendResult:
        """Posts it, redraws it, or says it in its thread. Raises PlatformError, a permanent one where there is nothing left to tell."""
        drawn = await self._workers.read(self._drawn, errand)
        if drawn is None:
            raise PlatformError("what it tells of is gone, or belongs to another organization", permanent=True)
        await self._before_calling()
        if isinstance(drawn.content, OutgoingNote):
            return SendResult(await self._said(platform, address, errand, drawn.content), drawn.version)
        if errand.external_id is None:
            return SendResult(await platform.post(address, drawn.content, errand.key), drawn.version)
        await platform.update(address, errand.external_id, drawn.content)
        return SendResult(errand.external_id, drawn.version)

    async def _said(self, platform: ChatPlatform, address: Address, errand: OutboxItem, line: OutgoingNote) -> str:
        if errand.external_id is None:
            return await platform.post(address, line.said, errand.key)
        return await platform.reply(address, errand.external_id, line, errand.key)

    def _drawn(self, errand: OutboxItem) -> ComposedItem | None:
        contents = self._core.contents
        match errand.kind:
            case "alert" | "redraw" | "numbers":
                copy = contents.copy(errand.row)
                return ComposedItem(cards.alert(copy.issue, self._links, copy.because), copy.issue.version) if copy else None
            case "storm":
                storm = contents.storm(errand.row)
                return ComposedItem(_storm(storm), storm.version) if storm else None
            case "digest":
                digest = contents.digest(errand.row)
                return ComposedItem(_digest(digest)) if digest else None
            case "line" | "direct":
                said = contents.said(errand.row)
                return ComposedItem(_SAYS[said.kind](said)) if said else None


def _storm(storm: StormSummary) -> Board:
    return issue_lists.storm(storm.began_at, storm.ended_at, storm.count, storm.issues)


def _digest(digest: Digest) -> Board:
    counts = digest.counts
    return issue_lists.digest(Day(counts.new, counts.regressed, counts.resolved), digest.waiting)


def _change(said: ThreadNote) -> OutgoingNote:
    return OutgoingNote(cards.line(said.activities, said.issues[0]), said.mentions, said.is_broadcast)


def _repeat(said: ThreadNote) -> OutgoingNote:
    """The events so far are those that the watch told of; more may have come since."""
    return OutgoingNote(cards.line((), replace(said.issues[0], times_seen=said.count)))


def _direct(said: ThreadNote) -> Notice:
    """A line that stands alone has to say what it is about, and leads there."""
    line, issue = cards.line(said.activities, said.issues[0]), said.issues[0]
    return replace(line, text=(*named(issue), *line.text), buttons=(SHOW,))


def _told(said: ThreadNote) -> Notice:
    return Notice((said.text,))


def _bulk(said: ThreadNote) -> Board:
    """One message for many changes: how many, by whom, and which."""
    first = said.activities[0]
    what = " and ".join(dict.fromkeys(in_words(one.type, one.data) for one in said.activities))
    who = f" by @{first.user.name}" if first.user else ""
    where = f", from {cards.source_words(first.source)}" if cards.source_words(first.source) else ""
    page = _page(f"{many(said.count, 'issue')} {what}{who}{where}", said.ids)
    found = issue_lists.board(page, said.issues)
    return replace(found, buttons=(*found.buttons, Button(issue_lists.PAGE, "List all", choice=str(page))))


def _page(heading: str, ids: Sequence[int]) -> IssueListPage:
    """A page of these issues, or of as many of them as it can name."""
    page = IssueListPage(heading, f"id:[{','.join(map(str, ids))}]")
    return page if len(str(page)) <= issue_lists.LONGEST_PAGE else _page(heading, ids[:-10])


_SAYS: dict[str, Callable[[ThreadNote], Content | OutgoingNote]] = {
    "change": _change,
    "repeat": _repeat,
    "direct": _direct,
    "told": _told,
    "bulk": _bulk,
}
