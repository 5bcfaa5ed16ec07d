"""Days of events, ages and velocities of projects, and what watches ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

REBUILDS = True


def upgrade() -> None:
    op.create_table('issue_days',
    sa.Column('issue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('day_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('events', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['issue_id'], ['issues.id'], name=op.f('fk_issue_days_issue_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('issue_id', 'day_at', name=op.f('pk_issue_days'))
    )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('told_because', sa.String(length=120), nullable=True))

    with op.batch_alter_table('projects', schema=None) as batch_op:
        batch_op.add_column(sa.Column('resolve_age', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('resolve_age_checked_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('velocity', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('velocity_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table('watches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('query', sa.String(length=500), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('on_new', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('on_regression', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('on_escalation', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('every', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('min_interval', sa.Integer(), nullable=True))
