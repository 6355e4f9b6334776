"""What a reader wants to stand under a paper's sentence, and what an issue has there."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the change."""
    for table in ("subscribers", "issues"):
        column = sa.Column("detail", sa.Text(), nullable=False, server_default="usual")
        op.add_column(table, column)
