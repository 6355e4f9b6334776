"""Why sending was stopped, and which attempts got as far as the dot."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the change."""
    op.add_column("ledger", sa.Column("stopped", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "attempts", sa.Column("past_dot", sa.Integer(), nullable=False, server_default="0")
    )
    # Of the others nobody knows it any more; they count for a day.
    op.execute("UPDATE attempts SET past_dot = 1 WHERE result IN ('accepted', 'in_doubt')")
    op.create_index("ix_attempts_at", "attempts", ["at"])
