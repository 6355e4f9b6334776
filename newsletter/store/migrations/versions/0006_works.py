"""Readers' libraries: works apart from papers, and examples with a verdict and a date."""

import sqlalchemy as sa
from alembic import op

from newsletter.store.schema import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the change."""
    texts = ("title", "abstract", "authors", "categories", "url", "arxiv_id", "doi")
    op.create_table(
        "works",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("published", Moment(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
        sa.UniqueConstraint("key", name=op.f("uq_works_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_works_title_key", "works", ["title_key"], unique=False)
    op.create_table(
        "examples",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_examples_subscriber_id")
        ),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_examples_work_id")),
        sa.PrimaryKeyConstraint("subscriber_id", "topic", "work_id", name=op.f("pk_examples")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_examples_work_id", "examples", ["work_id"], unique=False)
