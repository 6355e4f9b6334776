"""The tables of readers' libraries: works, shared by all, and who says what of which."""

from sqlalchemy import Column, Table, Text

from newsletter.store.schema import Moment, key, metadata, to

works = Table(  # apart from `papers`: a paper of a library is no news
    "works",
    metadata,
    key(),
    Column("key", Text, nullable=False, unique=True),  # domain/paper.py
    # A second way to find it: a library may know the title where another has the DOI.
    Column("title_key", Text, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("authors", Text, nullable=False),  # JSON list
    Column("categories", Text, nullable=False),  # JSON list
    Column("published", Moment),
    Column("url", Text, nullable=False),
    Column("arxiv_id", Text, nullable=False),
    Column("doi", Text, nullable=False),
    Column("at", Moment, nullable=False),  # of its text: a vector from before is out of date
    sqlite_autoincrement=True,  # a number is never given twice, also after a work is removed
)

examples = Table(
    "examples",
    metadata,
    to("subscribers", primary_key=True),
    Column("topic", Text, primary_key=True),  # "" counts for all of the reader's topics
    to("works", primary_key=True, index=True),
    Column("verdict", Text, nullable=False),  # domain/library.py
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
