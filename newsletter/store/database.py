"""Connecting, transactions, migrations, backup: where SQLite and PostgreSQL differ, times apart."""

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from newsletter.errors import SettingsError, StoreError
from newsletter.store import (  # all tables are known from here
    copies,
    schema,
    tables_bounces,
    tables_imprints,
    tables_summaries,
    tables_vectors,
    tables_works,
)
from newsletter.store.copies import PRIVATE
from newsletter.store.trouble import BUSY_SECONDS, translated

TABLES = (schema, tables_summaries, tables_vectors, tables_works, tables_bounces, tables_imprints)
HEAD = "0015"  # the newest revision in migrations/versions; a test holds them together
CACHE_KIB, LARGE_CACHE_KIB = 4000, 16000  # of a connection of SQLite
CHUNK = 500  # keys in one query; SQLite takes 32,766 parameters, PostgreSQL 65,535

One = TypeVar("One")


class Store:
    """One database. `read` and `write` give a connection inside one transaction each."""

    def __init__(self, url: str | sa.URL) -> None:
        """Connect lazily to `url` (sqlite:///PATH or postgresql://...)."""
        try:
            self.url = sa.make_url(url)
            if self.url.get_backend_name() not in ("sqlite", "postgresql"):
                raise SettingsError("database.url: SQLite and PostgreSQL are the choices")
            self.url.get_dialect().import_dbapi()
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
            raise SettingsError("database.url: expected postgresql://USER@HOST/NAME") from error
        except ModuleNotFoundError as error:
            raise SettingsError(
                "database.url: PostgreSQL needs psycopg: pip install 'newsletter[postgres]'"
            ) from error
        # No parameters in error texts: they hold addresses.
        self.engine = sa.create_engine(self.url, hide_parameters=True)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "do_connect", make_private)
            sa.event.listen(self.engine, "connect", set_up_sqlite)
            sa.event.listen(self.engine, "begin", begin_sqlite)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one moment of the database."""
        with translated(self.url), self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":  # its default sees a moment a statement
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes are durable when the block ends, or never happened."""
        with translated(self.url), self.engine.connect() as connection:
            connection = connection.execution_options(newsletter_writes=True)
            with connection.begin():
                yield connection

    @property
    def address(self) -> str:
        """Return what it was made with, a password in it."""
        return self.url.render_as_string(hide_password=False)

    @property
    def file(self) -> Path | None:
        """Return the file that it is, None for a server's."""
        is_file = self.engine.dialect.name == "sqlite" and self.url.database
        return Path(self.url.database or "") if is_file else None

    def restore(self, source: Path, now: datetime) -> Path | None:
        """Put a copy of the file in this database's place; return where the old one is now.

        Raises StoreError for PostgreSQL (which has pg_restore) and if the file is unfit.
        """
        if not self.file:
            raise StoreError("this is PostgreSQL: restore it with pg_restore")
        self.close()
        return copies.restore(source, self.file, HEAD, now)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def revision(self) -> str:
        """Return the revision that the database stands at, "" for an empty one."""
        with self.read() as tx:
            if not sa.inspect(tx).has_table("alembic_version"):
                return ""
            return str(tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar())

    def upgrade(self) -> None:
        """Bring the database to the newest revision; an empty one gets all tables."""
        # Imported here: it takes longer than the rest of a command together.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        if self.revision() > HEAD:
            raise StoreError("the database is newer than this program; update the program")
        with self.write() as tx:
            config.attributes["connection"] = tx
            command.upgrade(config, "head")
            if not tx.execute(sa.select(schema.ledger.c.id)).first():
                tx.execute(schema.ledger.insert().values(id=1, instance=uuid4().hex, epoch=0))

    def make_ready(self) -> None:
        """Create the tables of an empty database.

        Raises StoreError if it stands at another revision than this program wants.
        """
        revision = self.revision()
        if not revision:
            self.upgrade()
        elif revision > HEAD:
            raise StoreError(
                f"the database is newer ({revision}) than this program ({HEAD}); update the program"
            )
        elif revision != HEAD:
            raise StoreError(
                f"the database stands at revision {revision}, this program wants {HEAD}; "
                "run `newsletter db backup`, then `newsletter db upgrade`"
            )

    def check(self) -> list[str]:
        """Return what the database itself finds wrong, nothing if all is well."""
        if self.engine.dialect.name != "sqlite":
            return []
        with self.read() as tx:
            found = [str(row[0]) for row in tx.execute(sa.text("PRAGMA integrity_check"))]
            found += [
                f"dangling row: {row}" for row in tx.execute(sa.text("PRAGMA foreign_key_check"))
            ]
        return [one for one in found if one != "ok"]

    def backup(self, target: Path) -> None:
        """Write a consistent copy while others read and write; SQLite only.

        Raises StoreError for PostgreSQL (which has pg_dump) and if the copy cannot be written.
        """
        if not self.file:
            raise StoreError("this is PostgreSQL: back it up with pg_dump")
        copies.backup(self.file, target)


def sqlite_url(file: Path) -> sa.URL:
    """Return the URL of a database in a file, whatever signs its path has."""
    return sa.URL.create("sqlite", database=str(file))


def make_private(_dialect: Any, _record: Any, arguments: Any, _more: Any) -> None:
    """Make the file of a new database for its owner alone; SQLite gives its log the same mode."""
    if arguments[0] != ":memory:":
        with suppress(OSError):  # it is there, or SQLite says why it cannot be
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))


def set_up_sqlite(connection: Any, _record: object) -> None:
    """Make commits durable and references true, and let SQLAlchemy's begin be ours."""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        # In pages of 4 KiB, for composing writes thousands of rows a transaction: fewer copies of
        # the log into the database.
        "wal_autocheckpoint = 8000",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def expect_many(tx: sa.Connection) -> None:
    """Have a transaction that writes thousands of rows spill none before its commit."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql(f"PRAGMA cache_size = -{LARGE_CACHE_KIB}")


def begin_sqlite(connection: sa.Connection) -> None:
    """Take the write lock first thing: a reader that turns writer would fail with SQLITE_BUSY."""
    writes = connection.get_execution_options().get("newsletter_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def batches(found: Sequence[One]) -> Iterator[Sequence[One]]:
    """Yield them in chunks that one query can ask for."""
    return (found[start : start + CHUNK] for start in range(0, len(found), CHUNK))


def among(
    tx: sa.Connection, column: "sa.Column[One]", values: Collection[One]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column of texts or keys is one of the values, as one parameter.

    With one parameter each, preparing a query of 1,500 takes longer than answering it.
    """
    if tx.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), sa.ARRAY(column.type)))
    table = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(table.c.value))


def insert_new(
    tx: sa.Connection, table: sa.Table, row: Mapping[str, Any], returning: sa.Column[int]
) -> int | None:
    """Insert the row and return its key, or None if a unique key stood against it."""
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = make(table).values(**row).on_conflict_do_nothing().returning(returning)
    found = tx.execute(statement).scalar()
    return None if found is None else int(found)


def insert_if_new(tx: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Insert the row unless a unique key stands against it."""
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(make(table).values(**row).on_conflict_do_nothing())


def insert_missing(tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that no unique key stands against and return how many."""
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return tx.execute(make(table).on_conflict_do_nothing(), rows).rowcount if rows else 0


def put(tx: sa.Connection, table: sa.Table, row: Mapping[str, Any], unique: Sequence[str]) -> None:
    """Insert the row, or write it over the one with the same unique key."""
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = make(table).values(**row)
    rest = {name: value for name, value in row.items() if name not in unique}
    tx.execute(statement.on_conflict_do_update(index_elements=list(unique), set_=rest))


def bulk_put(
    tx: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    unique: Sequence[str],
    changed: Sequence[str],
) -> None:
    """Insert the rows; where one with the same unique key stands, write the changed columns."""
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    over = {name: statement.excluded[name] for name in changed}
    if over:
        statement = statement.on_conflict_do_update(index_elements=list(unique), set_=over)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(unique))
    if rows:
        tx.execute(statement, rows)
