"""Interactions that were acknowledged and are not carried out yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

REBUILDS = False


def upgrade() -> None:
    op.create_table('pending_interactions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('platform', sa.String(length=16), nullable=False),
    sa.Column('request_id', sa.String(length=300), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('received_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('owner', sa.String(length=32), nullable=False),
    sa.Column('lease_until_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pending_interactions')),
    sa.UniqueConstraint('platform', 'request_id', name=op.f('uq_pending_interactions_platform_request_id')),
    sqlite_autoincrement=True
    )


