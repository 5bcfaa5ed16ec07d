"""A sender that never fails, for tests of what there is to send, and a count of the statements that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.notify.contents import IssueMessage, ItemContent, StormSummary, ThreadNote
from core.notify.outbox import Claim, OutboxItem
from tests.support.core import World


@dataclass(frozen=True)
class Carried:
    """An errand that was carried out, with what it was about if it was a line."""

    channel: str
    errand: OutboxItem
    said: ThreadNote | None

    @property
    def kind(self) -> str:
        return self.errand.kind

    @property
    def types(self) -> list[str]:
        """What a line tells of."""
        return [activity.type.name.lower() for activity in self.said.activities] if self.said else []


@dataclass
class Mail:
    """Carries out what is due, in order, and keeps it."""

    world: World
    carried: list[Carried] = field(default_factory=list)

    def run(self) -> list[Carried]:
        """Everything that is due now."""
        before = len(self.carried)
        while claims := self.world.core.outbox.claim():
            for claim in sorted(claims, key=lambda one: one.channel_id):
                self._serve(claim)
        return self.carried[before:]

    def lines(self) -> list[Carried]:
        """The lines among what is due now, in threads and elsewhere."""
        return [one for one in self.run() if one.kind in ("line", "direct")]

    def _serve(self, claim: Claim) -> None:
        messages = self.world.core.outbox
        while errand := messages.next(claim):
            content = messages.begin(claim, errand)
            stands = errand.key if errand.is_new_post or not errand.external_id else errand.external_id
            messages.mark_shown(claim, errand, stands, version_of(content))
            self.carried.append(Carried(claim.channel, errand, content if isinstance(content, ThreadNote) else None))
        messages.release(claim)


def version_of(content: ItemContent | None) -> int:
    """The version that a message with this content shows."""
    match content:
        case StormSummary():
            return content.version
        case IssueMessage():
            return content.issue.version
        case _:
            return 0
