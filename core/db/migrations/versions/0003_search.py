"""Indexes for searches."""

from __future__ import annotations

from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('issues', schema=None) as batch_op:
        batch_op.drop_index('ix_issues_listed')
        batch_op.create_index(
            'ix_issues_listed',
            ['project_id', 'status', 'last_seen_at', 'id', 'substatus', 'level', 'priority', 'times_seen', 'users_seen', 'first_seen_at'],
            unique=False,
        )

    with op.batch_alter_table('issue_tags', schema=None) as batch_op:
        batch_op.create_index('ix_issue_tags_searched', ['key', 'value', 'issue_id'], unique=False)

    with op.batch_alter_table('issue_releases', schema=None) as batch_op:
        batch_op.create_index('ix_issue_releases_searched', ['version', 'issue_id'], unique=False)
