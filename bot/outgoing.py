"""What goes out: looks up what an errand is about as it is now, draws it, and hands it to the platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot import boards, cards
from bot.answers.sentences import named
from bot.boards import Day, Page
from bot.platform import Address, BeforeCalling, ChatPlatform, Line, PlatformError, at_once
from bot.surface import Board, Button, Content, Notice
from bot.words import many
from bot.workers import Workers
from core.activity import in_words
from core.bootstrap import Core
from core.contents import Digest, Said, Storm
from core.errands import Errand

SHOW = Button("show", "Show")


@dataclass(frozen=True)
class Sent:
    """What came of an errand: the platform's id of what stands there now, and the version it shows."""

    external_id: str
    version: int


@dataclass(frozen=True)
class Drawn:
    """What an errand comes to: something of its own in the channel, or a line in a thread."""

    content: Content | Line
    version: int = 0


class Outgoing:
    """Carries errands out, each with what is true at that moment."""

    def __init__(self, core: Core, workers: Workers, links_begin_with: str, before_calling: BeforeCalling = at_once) -> None:
        self._core = core
        self._workers = workers
        self._links = links_begin_with
        self._before_calling = before_calling

    async def send(self, platform: ChatPlatform, address: Address, errand: Errand) -> Sent:
        """Posts it, redraws it, or says it in its thread. Raises PlatformError, a permanent one where there is nothing left to tell."""
        drawn = await self._workers.read(self._drawn, errand)
        if drawn is None:
            raise PlatformError("what it tells of is gone, or belongs to another organisation", permanent=True)
        await self._before_calling()
        if isinstance(drawn.content, Line):
            return Sent(await self._said(platform, address, errand, drawn.content), drawn.version)
        if errand.external_id is None:
            return Sent(await platform.post(address, drawn.content, errand.key), drawn.version)
        await platform.update(address, errand.external_id, drawn.content)
        return Sent(errand.external_id, drawn.version)

    async def _said(self, platform: ChatPlatform, address: Address, errand: Errand, line: Line) -> str:
        if errand.external_id is None:
            return await platform.post(address, line.said, errand.key)
        return await platform.reply(address, errand.external_id, line, errand.key)

    def _drawn(self, errand: Errand) -> Drawn | None:
        contents = self._core.contents
        match errand.kind:
            case "alert" | "redraw" | "numbers":
                copy = contents.copy(errand.row)
                return Drawn(cards.alert(copy.issue, self._links, copy.because), copy.issue.version) if copy else None
            case "storm":
                storm = contents.storm(errand.row)
                return Drawn(_storm(storm), storm.version) if storm else None
            case "digest":
                digest = contents.digest(errand.row)
                return Drawn(_digest(digest)) if digest else None
            case "line" | "direct":
                said = contents.said(errand.row)
                return Drawn(_SAYS[said.kind](said)) if said else None


def _storm(storm: Storm) -> Board:
    return boards.storm(storm.began_at, storm.ended_at, storm.count, storm.issues)


def _digest(digest: Digest) -> Board:
    counts = digest.counts
    return boards.digest(Day(counts.new, counts.regressed, counts.resolved), digest.waiting)


def _change(said: Said) -> Line:
    return Line(cards.line(said.activities, said.issues[0]), said.mentions, said.is_broadcast)


def _repeat(said: Said) -> Line:
    """The events so far are those that the watch told of; more may have come since."""
    return Line(cards.line((), replace(said.issues[0], times_seen=said.count)))


def _direct(said: Said) -> Notice:
    """A line that stands alone has to say what it is about, and leads there."""
    line, issue = cards.line(said.activities, said.issues[0]), said.issues[0]
    return replace(line, text=(*named(issue), *line.text), buttons=(SHOW,))


def _told(said: Said) -> Notice:
    return Notice((said.text,))


def _bulk(said: Said) -> Board:
    """One message for many changes: how many, by whom, and which (D26)."""
    first = said.activities[0]
    what = " and ".join(dict.fromkeys(in_words(one.type, one.data) for one in said.activities))
    who = f" by @{first.user.name}" if first.user else ""
    where = f", from {cards.source_words(first.source)}" if cards.source_words(first.source) else ""
    page = _page(f"{many(said.count, 'issue')} {what}{who}{where}", said.ids)
    found = boards.board(page, said.issues)
    return replace(found, buttons=(*found.buttons, Button(boards.PAGE, "List all", choice=str(page))))


def _page(heading: str, ids: Sequence[int]) -> Page:
    """A page of these issues, or of as many of them as it can name."""
    page = Page(heading, f"id:[{','.join(map(str, ids))}]")
    return page if len(str(page)) <= boards.LONGEST_PAGE else _page(heading, ids[:-10])


_SAYS: dict[str, Callable[[Said], Content | Line]] = {"change": _change, "repeat": _repeat, "direct": _direct, "told": _told, "bulk": _bulk}
