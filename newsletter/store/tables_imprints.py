"""The table of imprints: what shaped the mails that went out, each text once under its hash."""

from sqlalchemy import Column, Table, Text

from newsletter.store.schema import metadata

imprints = Table(
    "imprints",
    metadata,
    Column("hash", Text, primary_key=True),  # domain/imprint.py
    Column("body", Text, nullable=False),
)
