"""What repeated requests must be the same in, the secret keys of hooks, and by which door an issue's events came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_LOGGERS = ('alertmanager', 'webhook')
"""The hooks wrote this into their events, and it is also what they are called as a source. Their events tell of no platform."""


def upgrade() -> None:
    op.add_column('seen_requests', sa.Column('digest', sa.String(length=64), nullable=True))
    op.add_column('projects', sa.Column('hook_key_sha256', sa.String(length=64), nullable=True))
    op.create_index('ix_projects_hook_key', 'projects', ['hook_key_sha256'], unique=True)
    op.add_column('issues', sa.Column('only_source', sa.String(length=16), nullable=True))
    logger = "json_extract(payload, '$.logger')" if op.get_bind().dialect.name == 'sqlite' else "payload ->> 'logger'"
    for name in _LOGGERS:
        # The mark goes by the events that are still stored: without any, an issue stays unmarked.
        of_issue = 'SELECT 1 FROM events WHERE events.issue_id = issues.id'
        other = f"{of_issue} AND COALESCE({logger}, '') <> '{name}'"
        op.execute(f"UPDATE issues SET only_source = '{name}' WHERE platform = 'other' AND EXISTS ({of_issue}) AND NOT EXISTS ({other})")
