"""What an issue tells of papers that are none of its items."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the change."""
    column = sa.Column("mentions", sa.Text(), nullable=False, server_default="[]")
    op.add_column("issues", column)
