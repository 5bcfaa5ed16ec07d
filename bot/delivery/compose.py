"""Compose the content of an outbox item into a message or a thread note, independent of the platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.chat import cards, issue_lists
from bot.chat.elements import SHOW, Board, Button, Content, Notice
from bot.chat.issue_lists import Day, IssueListPage
from bot.chat.platform import OutgoingNote
from bot.chat.times import many
from bot.chat.verbs import named
from core.issues.activity import in_words
from core.note_data import NoteKind
from core.notify.contents import Digest, IssueMessage, ItemContent, StormSummary, ThreadNote


@dataclass(frozen=True)
class ComposedItem:
    """A composed item: a message in the channel, or a note in a thread. ``version`` is the version that it shows."""

    content: Content | OutgoingNote
    version: int = 0


def compose(content: ItemContent, links_begin_with: str) -> ComposedItem:
    """Compose the content of an outbox item. ``links_begin_with`` is the base URL of links to issues."""
    match content:
        case IssueMessage(issue, because):
            return ComposedItem(cards.alert(issue, links_begin_with, because), issue.version)
        case StormSummary():
            return ComposedItem(_storm(content), content.version)
        case Digest():
            return ComposedItem(_digest(content))
        case ThreadNote():
            return ComposedItem(_SAYS[content.kind](content))


def _storm(storm: StormSummary) -> Board:
    return issue_lists.storm(storm.began_at, storm.ended_at, storm.count, storm.issues)


def _digest(digest: Digest) -> Board:
    counts = digest.counts
    return issue_lists.digest(Day(counts.new, counts.regressed, counts.resolved), digest.waiting)


def _change(note: ThreadNote) -> OutgoingNote:
    return OutgoingNote(cards.line(note.activities, note.issues[0]), note.mentions, note.is_broadcast)


def _repeat(note: ThreadNote) -> OutgoingNote:
    """Return the note of a repeated alert. Its count is that of the alert; more events may have come since."""
    return OutgoingNote(cards.line((), replace(note.issues[0], times_seen=note.count)))


def _direct(note: ThreadNote) -> Notice:
    """Return a direct message. It stands outside of any thread, so it names and links the issue."""
    line, issue = cards.line(note.activities, note.issues[0]), note.issues[0]
    return replace(line, text=(*named(issue), *line.text), buttons=(SHOW,))


def _admin_note(note: ThreadNote) -> Notice:
    return Notice((note.text,))


def _bulk(note: ThreadNote) -> Board:
    """Return one message for many changes: how many, by whom, and the issues."""
    first = note.activities[0]
    what = " and ".join(dict.fromkeys(in_words(activity.data) for activity in note.activities))
    who = f" by @{first.user.name}" if first.user else ""
    where = f", from {cards.source_words(first.source)}" if cards.source_words(first.source) else ""
    page = _page(f"{many(note.count, 'issue')} {what}{who}{where}", note.ids)
    found = issue_lists.board(page, note.issues)
    return replace(found, buttons=(*found.buttons, Button(issue_lists.PAGE, "List all", choice=str(page))))


def _page(heading: str, ids: Sequence[int]) -> IssueListPage:
    """Return a page of these issues, or of as many as it can show."""
    page = IssueListPage(heading, f"id:[{','.join(map(str, ids))}]")
    return page if len(str(page)) <= issue_lists.MAX_PAGE_CHARS else _page(heading, ids[:-10])


_SAYS: dict[NoteKind, Callable[[ThreadNote], Content | OutgoingNote]] = {
    NoteKind.CHANGE: _change,
    NoteKind.REPEAT: _repeat,
    NoteKind.DIRECT: _direct,
    NoteKind.ADMIN_ALERT: _admin_note,
    NoteKind.BULK: _bulk,
}
