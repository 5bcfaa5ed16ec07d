"""Signs of life of processes, what the doors refused, chats that are away, and what a channel is called and waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

REBUILDS = False


def upgrade() -> None:
    op.create_table('heartbeats',
    sa.Column('process', sa.String(length=32), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('host', sa.String(length=64), nullable=False),
    sa.Column('started_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('beat_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('process', 'role', name=op.f('pk_heartbeats'))
    )
    op.create_table('door_outcomes',
    sa.Column('door', sa.String(length=16), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=False),
    sa.Column('last_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('door', 'outcome', name=op.f('pk_door_outcomes'))
    )
    op.create_table('outages',
    sa.Column('platform', sa.String(length=16), nullable=False),
    sa.Column('is_account', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('since_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('probe_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('platform', name=op.f('pk_outages'))
    )
    # Plain ALTER TABLE … ADD COLUMN, which rebuilds nothing on either database.
    op.add_column('channels', sa.Column('name', sa.String(length=200), nullable=True))
    op.add_column('channels', sa.Column('waits_for', sa.String(length=16), nullable=True))
    op.add_column('channels', sa.Column('trouble', sa.String(length=300), nullable=True))
    op.add_column('channels', sa.Column('added_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
