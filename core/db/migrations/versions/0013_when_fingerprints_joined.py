"""When a merge brought a fingerprint to its issue: no snooze counts the events that came before then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

REBUILDS = False


def upgrade() -> None:
    # Of merges of the past nobody knows which fingerprints they brought, so those stay without a date.
    op.add_column('hashes', sa.Column('joined_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
