"""Hooks of one's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

REBUILDS = False


def upgrade() -> None:
    op.create_table('hook_mappings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('texts', sa.JSON(), nullable=False),
    sa.Column('created_at', core.db.columns.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_hook_mappings_organisation_id_organisations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hook_mappings')),
    sa.UniqueConstraint('organisation_id', 'name', name=op.f('uq_hook_mappings_organisation_id_name'))
    )
