"""Vectors of texts, and on each paper the digest of its text."""

import sqlalchemy as sa
from alembic import op

from newsletter.domain.wording import digest, wording

revision = "0005"
down_revision = "0003"

ROWS = 1000  # read at a time


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "vectors",
        sa.Column("embedder", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("embedder", "digest", name=op.f("pk_vectors")),
    )
    column = sa.Column("text_digest", sa.Text(), nullable=False, server_default="")
    op.add_column("papers", column)
    connection = op.get_bind()
    after = 0
    texts = "SELECT id, title, abstract FROM papers WHERE id > :id"
    read = sa.text(f"{texts} ORDER BY id LIMIT {ROWS}")
    write = sa.text("UPDATE papers SET text_digest = :digest WHERE id = :id")
    while rows := connection.execute(read, {"id": after}).all():
        after = rows[-1].id
        named = [{"id": row.id, "digest": digest(wording(row.title, row.abstract))} for row in rows]
        connection.execute(write, named)
    columns = ["twin_id", "text_digest"]
    op.create_index("ix_papers_twin_id_text_digest", "papers", columns, unique=False)
