"""On SQLite, numbers of messages are never given out twice."""

from __future__ import annotations

from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

REBUILDS = True


def upgrade() -> None:
    # An earlier migration rebuilt the table and lost AUTOINCREMENT, which SQLAlchemy does not read back from a database.
    if op.get_bind().dialect.name == 'sqlite':
        with op.batch_alter_table('messages', recreate='always', table_kwargs={'sqlite_autoincrement': True}):
            pass
