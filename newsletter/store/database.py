"""Connecting, transactions, migrations, backup: where SQLite and PostgreSQL differ, times apart."""

import json
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from newsletter.errors import SettingsError, StoreError
from newsletter.store import (  # all tables are known from here
    schema,
    tables_bounces,
    tables_imprints,
    tables_summaries,
    tables_vectors,
    tables_works,
)

TABLES = (schema, tables_summaries, tables_vectors, tables_works, tables_bounces, tables_imprints)
HEAD = "0015"  # the newest revision in migrations/versions; a test holds them together
CACHE_KIB, LARGE_CACHE_KIB = 4000, 16000  # of a connection of SQLite
BUSY_SECONDS = 30
SMALL_FILE = 1 << 16  # octets; twice what SQLite's index of the log begins with
CHUNK = 500  # keys in one query; SQLite takes 32,766 parameters, PostgreSQL 65,535

One = TypeVar("One")


class Store:
    """One database. `read` and `write` give a connection inside one transaction each."""

    def __init__(self, url: str) -> None:
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
        if self.engine.dialect.name != "sqlite" or not self.url.database:
            raise StoreError("this is PostgreSQL: back it up with pg_dump")
        if target.exists():
            raise StoreError(f"{target}: is there already; a backup overwrites nothing")
        part = target.with_name(target.name + ".part")
        try:
            with (
                closing(sqlite3.connect(self.url.database)) as source,
                closing(sqlite3.connect(part)) as copy,
            ):
                source.backup(copy)
                # Another database from now on: put in this one's place, it is seen as a copy.
                copy.execute("UPDATE ledger SET instance = ?", (uuid4().hex,))
                copy.commit()
            part.chmod(0o600)  # it holds addresses
            part.replace(target)
        except (sqlite3.Error, OSError) as error:
            with suppress(OSError):
                part.unlink()
            told = reason(error, str(target))
            raise StoreError(f"{target}: the backup could not be written: {told}") from error


@contextmanager
def translated(url: sa.URL) -> Iterator[None]:
    """Turn the database's own troubles (full, locked, read-only, gone) into one line."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
        if isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError):
            raise
        place = url.database or url.render_as_string()
        raise StoreError(
            f"{place}: {reason(error.orig, place)}; nothing half-done was kept"
        ) from error
    except sa.exc.TimeoutError as error:
        raise StoreError(f"{url.database}: all connections are in use; try again") from error


def reason(error: Exception | None, place: str) -> str:
    """Return the database's complaint in words that say what to do."""
    text = next(iter(str(error or "").strip().splitlines()), "no answer")
    if "disk I/O error" in text and has_no_room(Path(place).parent):
        text = "database or disk is full"  # as it says of all files but the one for its locks
    known = {
        "database or disk is full": "the disk is full; make room and run it again",
        "disk I/O error": "the disk could not be read or written",
        "attempt to write a readonly database": "it may only be read; check the owner and the mode",
        "unable to open database file": "it cannot be opened; check the folder and its mode",
        "database is locked": f"another process has been writing for {BUSY_SECONDS} s; try later",
        "file is not a database": "this is no database of ours; move it away or restore a backup",
    }
    return next((told for found, told in known.items() if found in text), text)


def has_no_room(folder: Path) -> bool:
    """Return whether the folder's disk has no room for another small file."""
    try:
        return shutil.disk_usage(folder).free < SMALL_FILE
    except OSError:  # it is gone
        return False


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
