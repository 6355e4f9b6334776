"""The table of summaries: what was said of each text of a paper in short, and by which maker."""

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from newsletter.store.schema import key, metadata, to

summaries = Table(
    "summaries",
    metadata,
    key(),
    to("papers", nullable=False),
    Column("number", Integer, nullable=False),  # of the text, as in paper_versions
    Column("maker", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON, domain/summary.py without its maker
    UniqueConstraint("paper_id", "number", "maker"),
)
