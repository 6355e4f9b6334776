"""Copies of a database in a file: made while others write, marked as copies, put in its place."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from newsletter.errors import StoreError, one_line
from newsletter.store.schema import ledger
from newsletter.store.trouble import reason

MARK = "copy-"  # before the instance of a copy: it sends nothing, wherever it is put
PRIVATE = 0o600  # a database holds addresses
LOGS = ("-wal", "-shm")  # what SQLite keeps beside a database


def is_copy(instance: str) -> bool:
    """Return whether this is the instance of a copy that nobody has let send yet."""
    return instance.startswith(MARK)


def mark(connection: sqlite3.Connection) -> None:
    """Make a database a copy: another one from now on, and known as such by itself."""
    connection.execute("UPDATE ledger SET instance = ?", (MARK + uuid4().hex,))
    connection.commit()


def unmark(tx: sa.Connection) -> None:
    """Make a copy a database of its own; another is left as it is."""
    own = ledger.update().where(ledger.c.instance.startswith(MARK))
    tx.execute(own.values(instance=uuid4().hex))


def backup(source: Path, target: Path) -> None:
    """Write a marked copy while others read and write; raises StoreError if that fails."""
    if target.exists():
        raise StoreError(f"{target}: is there already; a backup overwrites nothing")
    part = target.with_name(target.name + ".part")
    try:
        with made_private(part):
            with closing(sqlite3.connect(source)) as found, closing(sqlite3.connect(part)) as copy:
                found.backup(copy)
                mark(copy)
            part.replace(target)
    except (sqlite3.Error, OSError) as error:
        told = reason(error, str(target))
        raise StoreError(f"{target}: the backup could not be written: {told}") from error


@contextmanager
def made_private(part: Path) -> Iterator[None]:
    """Make an empty file for its owner alone; where the body fails nothing of it is left."""
    part.unlink(missing_ok=True)  # of a copy that was cut short
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
    try:
        yield
    except BaseException:
        for end in ("", *LOGS):
            with suppress(OSError):
                beside(part, end).unlink()
        raise


def restore(source: Path, target: Path, newest: str, now: datetime) -> Path | None:
    """Put a marked copy of `source` in the place of `target`; nobody may be at work on that.

    Return where the database that stood there is kept now, None if there was none. Raises
    StoreError if the file is no sound database of a revision up to the newest; all is as it was.
    """
    if not source.is_file():
        raise StoreError(f"{source}: there is no such file")
    part = target.with_name(target.name + ".part")
    if any(one.exists() and source.samefile(one) for one in (target, part)):
        raise StoreError(f"{source}: is the database itself; name a copy, as `db backup` makes one")
    try:
        with made_private(part):
            for end in ("", LOGS[0]):  # not its index, which SQLite makes anew
                if beside(source, end).exists():
                    shutil.copyfile(beside(source, end), beside(part, end))
            look_at(part, source, newest)
            kept = put_aside(target, now)
            part.replace(target)
            sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        told = reason(error, str(target))
        raise StoreError(f"{source}: could not be restored: {told}") from error
    return kept


def look_at(part: Path, source: Path, newest: str) -> None:
    """Mark our copy of the file, and leave nothing beside it; raises StoreError if it is unfit."""
    # The ledger beside it, for one without a row is no newsletter's either.
    standing = "SELECT max(version_num) FROM alembic_version, ledger"
    try:
        with closing(sqlite3.connect(part)) as copy:
            found = str(copy.execute("PRAGMA integrity_check(1)").fetchone()[0])
            if found != "ok":
                raise StoreError(f"{source}: is damaged: {one_line(found)}; take another backup")
            revision = copy.execute(standing).fetchone()[0]
            if not revision:
                raise StoreError(f"{source}: is no newsletter's database")
            if revision > newest:
                text = f"{source}: is newer ({revision}) than this program ({newest})"
                raise StoreError(f"{text}; update the program")
            mark(copy)
            copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        raise StoreError(f"{source}: is no newsletter's database") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{source}: is damaged, or no database; take another backup") from error


def put_aside(target: Path, now: datetime) -> Path | None:
    """Give the database another name, together with its log; return it, None if there was none."""
    kept = target.with_name(f"{target.name}.before-{now:%Y%m%d-%H%M%S}")
    if any(beside(kept, end).exists() for end in ("", *LOGS)):
        raise StoreError(f"{kept}: is there already; try again in a second")
    found = [end for end in ("", *LOGS) if beside(target, end).exists()]
    for end in found:
        beside(target, end).rename(beside(kept, end))
    return kept if found else None


def beside(file: Path, end: str) -> Path:
    """Return the file whose name has this at its end."""
    return file.with_name(file.name + end)


def sync(folder: Path) -> None:
    """Make the folder's names durable."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
