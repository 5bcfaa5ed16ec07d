"""What anybody with the link may see."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.db.database import Database

_SHARE_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Shares:
    """Finds shared issues by their links."""

    database: Database

    def find(self, share_id: str) -> tuple[int, int] | None:
        """The numbers of the organization and of the issue that a share link leads to; None where nothing is shared by it (any more)."""
        if not _SHARE_ID.fullmatch(share_id):
            return None
        with self.database.read() as work:
            return work.personal.shared_as(share_id)
