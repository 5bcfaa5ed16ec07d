"""Grouping rules of a project's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

REBUILDS = False


def upgrade() -> None:
    # Plain ALTER TABLE … ADD COLUMN, which rebuilds nothing on either database.
    op.add_column('projects', sa.Column('grouping_rules', sa.Text(), nullable=True))
