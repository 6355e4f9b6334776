"""Alembic's entry: runs on the connection that the store gives it, inside its transaction."""

from alembic import context

from newsletter.store import schema, tables_vectors

tables = (schema, tables_vectors)  # all files that add to the metadata
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
)
context.run_migrations()
