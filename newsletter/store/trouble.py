"""The database's own troubles in one line that says what to do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from newsletter.errors import StoreBusyError, StoreError

BUSY_SECONDS = 30
LOCKED = "database is locked"  # in the words of SQLite
SMALL_FILE = 1 << 16  # octets; twice what SQLite's index of the log begins with


@contextmanager
def translated(url: sa.URL) -> Iterator[None]:
    """Turn the database's own troubles (full, locked, read-only, gone) into one line."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
        if isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError):
            raise
        place = url.database or url.render_as_string()
        kind = StoreBusyError if LOCKED in str(error.orig) else StoreError
        raise kind(f"{place}: {reason(error.orig, place)}; nothing half-done was kept") from error
    except sa.exc.TimeoutError as error:
        raise StoreBusyError(f"{url.database}: all connections are in use; try again") from error


def reason(error: Exception | None, place: str) -> str:
    """Return the database's complaint in words that say what to do."""
    text = next(iter(str(error or "").strip().splitlines()), "no answer")
    if "disk I/O error" in text and has_no_room(Path(place).parent):
        text = "database or disk is full"  # as it says of all files but the one for its locks
    full, read_only = "the disk is full; make room and run it again", "it may only be read"
    unopened = "it cannot be opened; check the folder and its mode"
    known = {
        "database or disk is full": full,
        "No space left on device": full,  # as the system itself says of a copy
        "Read-only file system": f"{read_only}; check the disk",
        "Permission denied": unopened,
        "No such file or directory": unopened,
        "disk I/O error": "the disk could not be read or written",
        "attempt to write a readonly database": f"{read_only}; check the owner and the mode",
        "unable to open database file": unopened,
        LOCKED: f"another process has been writing for {BUSY_SECONDS} s; try later",
        "file is not a database": "this is no database of ours; move it away or restore a backup",
        "database disk image is malformed": "it is damaged, or the -wal of another lies beside it; "
        "restore a backup: `newsletter db restore FILE`",
    }
    return next((told for found, told in known.items() if found in text), text)


def has_no_room(folder: Path) -> bool:
    """Return whether the folder's disk has no room for another small file."""
    try:
        return shutil.disk_usage(folder).free < SMALL_FILE
    except OSError:  # it is gone
        return False
