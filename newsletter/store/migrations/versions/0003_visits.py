"""Turns of hosts, failures in a row, what a visit's batch was, and bodies set aside."""

import sqlalchemy as sa
from alembic import op

from newsletter.store.schema import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "turns",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_turns")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_quarantine_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("feed_id", "body_hash", name=op.f("uq_quarantine_feed_id_body_hash")),
    )
    op.add_column("feeds", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    for name, empty in (("batch", ""), ("published", ""), ("skip_days", "[]")):
        column = sa.Column(name, sa.Text(), nullable=False, server_default=empty)
        op.add_column("feed_visits", column)
