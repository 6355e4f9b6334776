"""Summaries apart from the texts, each issue's own kept, and indexes of few rows made small."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MAKER = "cue-1"  # of the sentences that are there
ROWS = 1000  # read at a time


def upgrade() -> None:
    """Make the change."""
    summaries = op.create_table(
        "summaries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_summaries_paper_id_papers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
        sa.UniqueConstraint(
            "paper_id", "number", "maker", name=op.f("uq_summaries_paper_id_number_maker")
        ),
    )
    op.add_column("items", sa.Column("summary_id", sa.Integer(), nullable=True))
    connection = op.get_bind()
    for rows in sentences(connection):
        connection.execute(summaries.insert(), rows)
    connection.execute(
        sa.text(
            "UPDATE items SET summary_id = (SELECT id FROM summaries"
            " WHERE paper_id = items.paper_id AND number = items.paper_version)"
        )
    )
    for table in ("papers", "paper_versions"):
        op.drop_column(table, "tldr")
    for column, condition in (
        ("banded", sa.column("banded").is_(sa.false())),
        ("twin_id", sa.column("twin_id").is_not(None)),
    ):
        name = f"ix_papers_{column}"
        op.drop_index(name, "papers")
        op.create_index(
            name, "papers", [column], sqlite_where=condition, postgresql_where=condition
        )


def sentences(connection: sa.Connection) -> Iterator[list[dict[str, object]]]:
    """Yield rows of `summaries` for the sentences of all texts."""
    after = 0
    columns = "SELECT id, paper_id, number, abstract, tldr FROM paper_versions WHERE id > :after"
    while rows := connection.execute(
        sa.text(f"{columns} ORDER BY id LIMIT {ROWS}"), {"after": after}
    ).all():
        after = rows[-1].id
        yield [
            {"paper_id": row.paper_id, "number": row.number, "maker": MAKER, "body": body(row)}
            for row in rows
        ]


def body(row: "sa.Row[tuple[object, ...]]") -> str:
    """Return the sentence with its place as JSON; its first letter may have been made a capital."""
    if not row.tldr:
        return "{}"
    start = row.abstract.find(row.tldr[1:]) - 1
    end = start + len(row.tldr) if start >= 0 else 0
    place = {"text": row.tldr, "start": max(start, 0), "end": end}
    return json.dumps({"tldr": place}, ensure_ascii=False)
