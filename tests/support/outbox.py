"""A sender that never fails, for tests of what there is to send, and a count of the statements that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.notify.contents import ThreadNote
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
            said = self.world.core.contents.said(errand.row) if errand.kind in ("line", "direct") else None
            messages.asking(claim, errand)
            stands = errand.key if errand.is_posted or not errand.external_id else errand.external_id
            messages.shown(claim, errand, stands, self._version(errand))
            self.carried.append(Carried(claim.channel, errand, said))
        messages.release(claim)

    def _version(self, errand: OutboxItem) -> int:
        contents = self.world.core.contents
        if errand.kind == "storm":
            storm = contents.storm(errand.row)
            return storm.version if storm else 0
        copy = contents.copy(errand.row) if errand.kind in ("alert", "redraw", "numbers") else None
        return copy.issue.version if copy else 0
