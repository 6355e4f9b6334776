"""The tables, in the order in which a paper meets them on its way to a mailbox."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

from newsletter.store.moments import Moment as Moment  # migrations have it from here

# Named constraints, so that a migration can drop what it did not name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> "Column[int]":
    """Return the column of a table's own key."""
    return Column("id", Integer, primary_key=True)


def to(table: str, **options: Any) -> "Column[int]":
    """Return a column that points at another table's row."""
    column = f"{table.removesuffix('s').replace('deliverie', 'delivery')}_id"
    return Column(column, Integer, ForeignKey(f"{table}.id"), **options)


def where(condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    """Return the options of an index of those rows alone that the condition picks."""
    return {"sqlite_where": condition, "postgresql_where": condition}


ledger = Table(  # one row: which run of which copy of this database may send
    "ledger",
    metadata,
    key(),
    Column("instance", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("stopped", Text, nullable=False, default="", server_default=""),  # why; "": it is not
)

feeds = Table(
    "feeds",
    metadata,
    key(),
    Column("url", Text, nullable=False, unique=True),  # or the path of a file
    Column("name", Text, nullable=False),
    Column("etag", Text, nullable=False, default=""),
    Column("last_modified", Text, nullable=False, default=""),
    Column("due_at", Moment),  # the next visit; null: at once
    Column("failures", Integer, nullable=False, default=0, server_default="0"),  # in a row
)

feed_visits = Table(
    "feed_visits",
    metadata,
    key(),
    to("feeds", nullable=False, index=True),
    Column("visited_at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),  # domain/visit.py
    Column("why", Text, nullable=False, default=""),
    Column("reader", Text, nullable=False, default=""),
    Column("body_hash", Text, nullable=False, default=""),
    Column("read", Integer, nullable=False, default=0),
    Column("new", Integer, nullable=False, default=0),
    Column("updated", Integer, nullable=False, default=0),
    Column("duplicate", Integer, nullable=False, default=0),
    Column("skipped", Text, nullable=False, default="[]"),  # JSON: [[entry, why], ...]
    # What was there, whoever brought it first: the hash of the papers' keys, the feed's own date
    # with its offset, and the weekdays on which it brings nothing (JSON, 0 is Monday).
    Column("batch", Text, nullable=False, default="", server_default=""),
    Column("published", Text, nullable=False, default="", server_default=""),
    Column("skip_days", Text, nullable=False, default="[]", server_default="[]"),
)

quarantine = Table(  # bodies that a reader fails at; from the third time on they are not read
    "quarantine",
    metadata,
    key(),
    to("feeds", nullable=False),
    Column("body_hash", Text, nullable=False),  # with the program's version and the reader in it
    Column("reader", Text, nullable=False),
    Column("version", Text, nullable=False),  # of this program
    Column("reason", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    UniqueConstraint("feed_id", "body_hash"),
)

turns = Table(  # who may ask a host next: one at a time, over all processes and machines
    "turns",
    metadata,
    Column("host", Text, primary_key=True),  # or the group that it belongs to
    Column("next_at", Moment, nullable=False),
)

papers = Table(  # what is true now; the texts of earlier days are in paper_versions
    "papers",
    metadata,
    key(),
    Column("key", Text, nullable=False, unique=True),  # domain/paper.py
    to("feeds", index=True),  # that brought it first
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("authors", Text, nullable=False),  # JSON list
    Column("categories", Text, nullable=False),  # JSON list
    Column("published", Moment),
    Column("url", Text, nullable=False),
    Column("arxiv_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("doi", Text, nullable=False),
    Column("venue", Text, nullable=False),
    Column("code_url", Text, nullable=False),
    Column("votes", Integer),
    Column("announce_type", Text, nullable=False),
    Column("withdrawn", sa.Boolean(name="withdrawn"), nullable=False),
    Column("source_title", Text, nullable=False),
    Column("source_abstract", Text, nullable=False),
    Column("first_seen", Moment, nullable=False, index=True),
    Column("changed_at", Moment, nullable=False),
    # The paper it is folded into, never a folded one. SQLite adds no foreign key later.
    Column("twin_id", Integer),
    Column("twin_why", Text, nullable=False, server_default=""),  # store/twins.py
    Column("origins", Text, nullable=False, server_default="{}"),  # JSON: fields not of feed_id
    Column("withdrawn_at", Moment),  # each when it was first seen
    Column("replaced_at", Moment),  # a later version really changed the text
    Column("appeared_at", Moment),  # it gained a venue or a publisher's DOI
    # Names title and abstract together: store/vectors.py.
    Column("text_digest", Text, nullable=False, server_default=""),
    # Whether its text was compared with the others'.
    Column("banded", sa.Boolean(name="banded"), nullable=False, server_default=sa.false()),
    # Of the few rows that are looked for alone: a new paper is in one of them for a moment.
    sa.Index("ix_papers_banded", "banded", **where(sa.column("banded").is_(sa.false()))),
    sa.Index("ix_papers_twin_id", "twin_id", **where(sa.column("twin_id").is_not(None))),
    sa.Index("ix_papers_twin_id_text_digest", "twin_id", "text_digest"),
)

paper_keys = Table(  # every identity that a paper is known by
    "paper_keys",
    metadata,
    Column("key", Text, primary_key=True),
    to("papers", nullable=False),
    sqlite_with_rowid=False,
)

paper_bands = Table(  # ranking/twins.py: near-duplicates share a band
    "paper_bands",
    metadata,
    Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
    to("papers", primary_key=True),
    sqlite_with_rowid=False,
)

paper_versions = Table(
    "paper_versions",
    metadata,
    key(),
    to("papers", nullable=False),
    Column("number", Integer, nullable=False),  # ours, from 1
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    UniqueConstraint("paper_id", "number"),
)

topics = Table(  # the catalogue as last read from config/
    "topics",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),  # JSON
    Column("changed_at", Moment, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    key(),
    Column("address", Text, nullable=False, unique=True),  # in normal form
    Column("state", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("weekdays", Text, nullable=False),  # JSON list, 0 is Monday
    Column("hour", Integer, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("zone", Text, nullable=False),
    Column("length", Integer, nullable=False),
    Column("language", Text, nullable=False, server_default=""),  # "": the site's
    Column("detail", Text, nullable=False, server_default="usual"),  # domain/subscriber.py
    Column("due_at", Moment, nullable=False),  # of the next issue
    Column("paused_until", Moment),
    Column("subscribed_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("unsubscribed_at", Moment),
    sa.Index("ix_subscribers_state_due_at", "state", "due_at"),
)

profiles = Table(  # the newest version, and those that ranked issues
    "profiles",
    metadata,
    key(),
    to("subscribers", nullable=False),
    Column("number", Integer, nullable=False),  # from 1
    Column("body", Text, nullable=False),  # JSON, domain/profile.py
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("subscriber_id", "number"),
)

editions = Table(
    "editions",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),  # daily-2026-03-14
)

issues = Table(
    "issues",
    metadata,
    key(),
    to("editions", nullable=False),
    to("subscribers", nullable=False),
    to("profiles", nullable=False),
    Column("local_date", sa.Date, nullable=False),
    Column("composed_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    # The newest paper (its row) that was there to be ranked: later ones are for the next issue. A
    # time would lose the papers of an ingest that was under way.
    Column("newest_paper", Integer, nullable=False),
    Column("coverage", Text, nullable=False),  # JSON
    Column("mentions", Text, nullable=False, server_default="[]"),  # JSON, domain/issue.py
    Column("detail", Text, nullable=False, server_default="usual"),
    Column("credits", Text, nullable=False, server_default="[]"),  # JSON, domain/issue.py
    UniqueConstraint("edition_id", "subscriber_id"),
    UniqueConstraint("subscriber_id", "local_date"),
)

items = Table(
    "items",
    metadata,
    to("issues", primary_key=True),
    Column("position", Integer, primary_key=True),  # from 1
    to("papers", nullable=False, index=True),
    Column("paper_version", Integer, nullable=False),
    Column("summary_id", Integer),  # that is shown; null: none was there
    Column("topic", Text, nullable=False),
    Column("score", sa.Float, nullable=False),
    Column("parts", Text, nullable=False),  # JSON
    UniqueConstraint("issue_id", "paper_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    key(),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    to("editions"),
    to("issues", index=True),
    to("subscribers", nullable=False, index=True),
    Column("inputs", Text, nullable=False, default="{}"),  # JSON: what a note is made from
    Column("state", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("next_attempt_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("epoch", Integer),  # of the run that armed it
    Column("armed_at", Moment),
    Column("message_id", Text, nullable=False, default=""),
    Column("relay", Text, nullable=False, default="", server_default=""),  # that it was armed for
    Column("reply", Text, nullable=False, default=""),
    Column("queued_at", Moment, nullable=False),
    Column("settled_at", Moment),
    UniqueConstraint("edition_id", "subscriber_id"),
    sa.Index("ix_deliveries_state_next_attempt_at", "state", "next_attempt_at"),
)

attempts = Table(
    "attempts",
    metadata,
    key(),
    to("deliveries", nullable=False, index=True),
    Column("number", Integer, nullable=False),  # from 1
    Column("at", Moment, nullable=False, index=True),
    Column("result", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("relay", Text, nullable=False, server_default=""),
    Column("past_dot", Integer, nullable=False, default=0, server_default="0"),  # 1: it got there
)

suppressions = Table(
    "suppressions",
    metadata,
    key(),
    Column("address", Text, nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False),
)
