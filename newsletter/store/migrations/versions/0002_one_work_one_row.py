"""Every identity of a paper, what it is folded into, who gave which field, what became of it."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from newsletter.domain.paper import Paper, keys
from newsletter.store.schema import Moment

revision = "0002"
down_revision = "0001"

ROWS = 1000  # read at a time


def upgrade() -> None:
    """Make the change."""
    op.add_column("papers", sa.Column("twin_id", sa.Integer(), nullable=True))
    op.add_column("papers", sa.Column("twin_why", sa.Text(), nullable=False, server_default=""))
    op.add_column("papers", sa.Column("origins", sa.Text(), nullable=False, server_default="{}"))
    for name in ("withdrawn_at", "replaced_at", "appeared_at"):
        op.add_column("papers", sa.Column(name, Moment(), nullable=True))
    op.add_column(
        "papers",
        sa.Column("banded", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_papers_banded", "papers", ["banded"], unique=False)
    op.create_index("ix_papers_twin_id", "papers", ["twin_id"], unique=False)
    known = op.create_table(
        "paper_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_paper_keys_paper_id_papers")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_paper_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "paper_bands",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_paper_bands_paper_id_papers")
        ),
        sa.PrimaryKeyConstraint("band", "paper_id", name=op.f("pk_paper_bands")),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    connection.execute(sa.text("INSERT INTO paper_keys (key, paper_id) SELECT key, id FROM papers"))
    taken = set(connection.execute(sa.text("SELECT key FROM papers")).scalars())
    for rows in identities(connection):
        new = [one for one in rows if one["key"] not in taken]
        # The first paper keeps a key that two have: so it is at ingest, too.
        first = {str(one["key"]): one for one in reversed(new)}
        taken |= first.keys()
        if first:
            connection.execute(known.insert(), list(first.values()))
    connection.execute(
        sa.text("UPDATE papers SET withdrawn_at = changed_at WHERE withdrawn = :yes"),
        {"yes": True},
    )


def identities(connection: sa.Connection) -> Iterator[list[dict[str, object]]]:
    """Yield rows of `paper_keys` for the papers in the order in which they came."""
    after = 0
    columns = "SELECT id, title, authors, arxiv_id, doi FROM papers WHERE id > :after"
    while rows := connection.execute(
        sa.text(f"{columns} ORDER BY id LIMIT {ROWS}"), {"after": after}
    ).all():
        after = rows[-1].id
        yield [{"key": key, "paper_id": row.id} for row in rows for key in keys(to_paper(row))]


def to_paper(row: "sa.Row[tuple[object, ...]]") -> Paper:
    """Return as much of the paper as its identity needs."""
    authors = tuple(json.loads(row.authors))
    return Paper(row.title, authors=authors, arxiv_id=row.arxiv_id, doi=row.doi)
