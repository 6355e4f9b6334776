"""The language of a reader's mails."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the change."""
    column = sa.Column("language", sa.Text(), nullable=False, server_default="")
    op.add_column("subscribers", column)
