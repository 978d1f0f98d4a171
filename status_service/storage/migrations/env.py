"""Run by Alembic for each migration; `storage.migrate` hands over the connection."""

from __future__ import annotations

from alembic import context

from status_service.storage import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
