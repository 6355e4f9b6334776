"""What an issue tells of its reader's feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the change."""
    column = sa.Column("credits", sa.Text(), nullable=False, server_default="[]")
    op.add_column("issues", column)
