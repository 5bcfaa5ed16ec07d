"""When a chat last called the person behind an account a member."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

REBUILDS = False


def upgrade() -> None:
    op.add_column('identities', sa.Column('vouched_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
    # They were let in as members then; whether they still are is asked when they do something.
    op.execute('UPDATE identities SET vouched_at = created_at')
