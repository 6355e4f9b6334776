"""The table of vectors: one for each embedder and text, whoever's text it is."""

from sqlalchemy import Column, LargeBinary, Table, Text

from newsletter.store.schema import metadata

vectors = Table(
    "vectors",
    metadata,
    Column("embedder", Text, primary_key=True),  # its name, which changes with its weights
    Column("digest", Text, primary_key=True),  # domain/wording.py
    Column("vector", LargeBinary, nullable=False),  # float16, little-endian, length about 1
)
