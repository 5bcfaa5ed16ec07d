"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.columns
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}

# Whether SQLite drops and remakes a table in it: a test compares.
REBUILDS = False


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
