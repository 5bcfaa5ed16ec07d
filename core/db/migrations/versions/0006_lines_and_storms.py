"""Lines in threads, storms, and the settings of channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

REBUILDS = True


def upgrade() -> None:
    op.create_table('storms',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('began_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('issues', sa.Integer(), nullable=False),
    sa.Column('wanted_version', sa.Integer(), nullable=False),
    sa.Column('shown_version', sa.Integer(), nullable=False),
    sa.Column('shown_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('external_id', sa.String(length=300), nullable=True),
    sa.Column('not_before_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=300), nullable=True),
    sa.Column('troubled_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('parked_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('asked_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.id'], name=op.f('fk_storms_channel_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_storms')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('storms', schema=None) as batch_op:
        batch_op.create_index('ix_storms_behind', ['channel_id', 'not_before_at'], unique=False, sqlite_where=sa.text('wanted_version > shown_version AND parked_at IS NULL'), postgresql_where=sa.text('wanted_version > shown_version AND parked_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_storms_channel_id'), ['channel_id'], unique=False)
        batch_op.create_index('ix_storms_parked', ['channel_id'], unique=False, sqlite_where=sa.text('parked_at IS NOT NULL'), postgresql_where=sa.text('parked_at IS NOT NULL'))
        batch_op.create_index('ix_storms_raging', ['channel_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('issue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('activity_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('last_activity_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('alarm', sa.String(length=400), nullable=True),
    sa.Column('sent_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('external_id', sa.String(length=300), nullable=True),
    sa.Column('not_before_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=300), nullable=True),
    sa.Column('troubled_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('parked_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('asked_at', core.db.columns.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_lines_activity_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.id'], name=op.f('fk_lines_channel_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['issue_id'], ['issues.id'], name=op.f('fk_lines_issue_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_lines_message_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lines')),
    sa.UniqueConstraint('alarm', 'channel_id', name=op.f('uq_lines_alarm_channel_id')),
    sa.UniqueConstraint('message_id', 'activity_id', name=op.f('uq_lines_message_id_activity_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lines_activity_id'), ['activity_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lines_channel_id'), ['channel_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lines_issue_id'), ['issue_id'], unique=False)
        batch_op.create_index('ix_lines_of_no_issue', ['sent_at'], unique=False, sqlite_where=sa.text('issue_id IS NULL'), postgresql_where=sa.text('issue_id IS NULL'))
        batch_op.create_index('ix_lines_parked', ['channel_id'], unique=False, sqlite_where=sa.text('parked_at IS NOT NULL'), postgresql_where=sa.text('parked_at IS NOT NULL'))
        batch_op.create_index('ix_lines_unsent', ['channel_id', 'not_before_at'], unique=False, sqlite_where=sa.text('sent_at IS NULL AND parked_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND parked_at IS NULL'))

    with op.batch_alter_table('channels', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_direct', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('threads', sa.String(length=8), nullable=False, server_default='changes'))
        batch_op.add_column(sa.Column('has_comments', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('mentions', sa.String(length=8), nullable=False, server_default='dm'))
        batch_op.add_column(sa.Column('has_broadcasts', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('digest', sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column('digest_zone', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('digest_due_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_channels_digest_due_at'), ['digest_due_at'], unique=False)

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('storm_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('is_unfolded', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('troubled_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('asked_at', core.db.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_messages_created', ['channel_id', 'created_at'], unique=False)
        batch_op.create_index('ix_messages_parked', ['channel_id'], unique=False, sqlite_where=sa.text('parked_at IS NOT NULL'), postgresql_where=sa.text('parked_at IS NOT NULL'))
        batch_op.create_index('ix_messages_storm_id', ['storm_id'], unique=False, sqlite_where=sa.text('storm_id IS NOT NULL'), postgresql_where=sa.text('storm_id IS NOT NULL'))
