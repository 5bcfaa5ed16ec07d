"""Find shared issues by their public links."""

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
        """Return the ids of the organization and the issue that a share link leads to, or None if the link does not work (any more)."""
        if not _SHARE_ID.fullmatch(share_id):
            return None
        with self.database.read() as work:
            return work.personal.shared_as(share_id)
