"""Alembic's entry: runs migrations on the connection that ``core.db.maintenance.upgrade`` hands over."""

from alembic import context

from core.db import models as models  # so that every table is known
from core.db.columns import Base

connection = context.config.attributes["connection"]
applied = context.config.attributes.get("applied", [])


def _remember(*, step, **_):
    applied.append(step.up_revision_id)


context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True, on_version_apply=_remember)
with context.begin_transaction():
    context.run_migrations()
