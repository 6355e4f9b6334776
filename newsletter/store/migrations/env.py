"""Alembic's entry: runs on the connection that the store gives it, inside its transaction."""

from alembic import context

from newsletter.store import schema
from newsletter.store import tables_bounces as tables_bounces  # they join the others

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
)
context.run_migrations()
