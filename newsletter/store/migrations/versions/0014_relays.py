"""By which relay a mail was handed over, and each attempt made."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the change."""
    for table in ("deliveries", "attempts"):
        op.add_column(table, sa.Column("relay", sa.Text(), nullable=False, server_default=""))
