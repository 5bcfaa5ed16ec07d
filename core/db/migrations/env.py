"""Alembic's entry: runs migrations on the connection that ``core.db.migrate`` hands over."""

from alembic import context

from core.db import models as models  # so that every table is known
from core.db.columns import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
