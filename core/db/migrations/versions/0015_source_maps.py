"""Source maps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

REBUILDS = False

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _organization(table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return sa.Column('organisation_id', _ID, nullable=False), _owner(table, 'organisation_id', 'organisations')


def _owner(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f'{owner}.id'], name=op.f(f'fk_{table}_{column}_{owner}'), ondelete='CASCADE')


def upgrade() -> None:
    moment = core.db.columns.UtcDateTime(timezone=True)
    op.create_table('artifact_chunks',
    sa.Column('id', _ID, nullable=False),
    *_organization('artifact_chunks'),
    sa.Column('sha1', sa.String(length=40), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', moment, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_artifact_chunks')),
    sa.UniqueConstraint('organisation_id', 'sha1', name=op.f('uq_artifact_chunks_organisation_id_sha1'))
    )
    op.create_index(op.f('ix_artifact_chunks_expires_at'), 'artifact_chunks', ['expires_at'])
    op.create_table('artifact_bundles',
    sa.Column('id', _ID, nullable=False),
    *_organization('artifact_bundles'),
    sa.Column('upload_key', sa.String(length=64), nullable=False),
    sa.Column('release', sa.String(length=250), nullable=True),
    sa.Column('dist', sa.String(length=64), nullable=True),
    sa.Column('files', sa.Integer(), nullable=False),
    sa.Column('size', _ID, nullable=False),
    sa.Column('uploaded_at', moment, nullable=False),
    sa.Column('last_used_at', moment, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_artifact_bundles')),
    sa.UniqueConstraint('organisation_id', 'upload_key', name=op.f('uq_artifact_bundles_organisation_id_upload_key'))
    )
    op.create_index('ix_artifact_bundles_release', 'artifact_bundles', ['organisation_id', 'release'])
    op.create_table('artifact_bundle_projects',
    sa.Column('bundle_id', _ID, nullable=False),
    sa.Column('project_id', _ID, nullable=False),
    _owner('artifact_bundle_projects', 'bundle_id', 'artifact_bundles'),
    _owner('artifact_bundle_projects', 'project_id', 'projects'),
    sa.PrimaryKeyConstraint('bundle_id', 'project_id', name=op.f('pk_artifact_bundle_projects'))
    )
    op.create_index(op.f('ix_artifact_bundle_projects_project_id'), 'artifact_bundle_projects', ['project_id'])
    op.create_table('artifact_contents',
    sa.Column('id', _ID, nullable=False),
    *_organization('artifact_contents'),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('sha1', sa.String(length=40), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.Column('packed_size', sa.Integer(), nullable=False),
    sa.Column('stored_at', moment, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_artifact_contents')),
    sa.UniqueConstraint('organisation_id', 'sha256', name=op.f('uq_artifact_contents_organisation_id_sha256')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_artifact_contents_stored_at'), 'artifact_contents', ['stored_at'])
    op.create_table('artifact_files',
    sa.Column('id', _ID, nullable=False),
    *_organization('artifact_files'),
    sa.Column('bundle_id', _ID, nullable=False),
    sa.Column('content_id', _ID, nullable=False),
    sa.Column('is_map', sa.Boolean(), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('debug_id', sa.String(length=36), nullable=True),
    sa.Column('map_url', sa.String(length=500), nullable=True),
    _owner('artifact_files', 'bundle_id', 'artifact_bundles'),
    _owner('artifact_files', 'content_id', 'artifact_contents'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_artifact_files'))
    )
    op.create_index('ix_artifact_files_named', 'artifact_files', ['bundle_id', 'url'])
    op.create_index('ix_artifact_files_debug_id', 'artifact_files', ['organisation_id', 'debug_id', 'id'])
    op.create_index(op.f('ix_artifact_files_content_id'), 'artifact_files', ['content_id'])
