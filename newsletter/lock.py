"""The folder's lock: one process sends at a time, and never from an older state of the database."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from newsletter.actions import deliver
from newsletter.errors import BusyError, PausedError, StoreError
from newsletter.store import deliveries
from newsletter.store.copies import is_copy
from newsletter.store.database import Store

NAME = "newsletter.lock"
LINE = re.compile(rb"([!-~]+) +([0-9]{1,20})\n?")  # which database, and its last run
MOST = 1000  # octets of the file that are read
ADVICE = "Look at `newsletter deliveries list --state pending`, then run `newsletter db resume`"
LOOKS, LOOK = 3, 0.02  # seconds between two looks


@contextmanager
def holding(folder: Path) -> Iterator[TextIO]:
    """Hold the folder's lock: one sender at a time. Raises BusyError if another process has it.

    The open file remembers which run of which database was the last, see `pause`.
    """
    path = folder / NAME
    with opened(path) as lock:
        try:
            take(lock)
        except OSError as error:
            raise BusyError(
                f"{folder.resolve()}: another `deliver`, `run` or `serve` is at work here; "
                "wait until it ends, or stop it"
            ) from error
        yield lock


def opened(path: Path) -> TextIO:
    """Return the file open for reading and writing, made if there is none; raises StoreError."""
    try:
        path.touch()
        return path.open("r+", encoding="ascii")
    except OSError as error:
        raise cannot_be_written(path, error) from error


def cannot_be_written(path: Path | str, error: OSError) -> StoreError:
    """Return what to tell of a lock file that cannot be written."""
    advice = "make room, or check the owner and the mode of the folder"
    return StoreError(f"{path}: cannot be written: {error.strerror}; {advice}")


def take(lock: TextIO) -> None:
    """Take the lock; raises OSError if another has it, longer than `is_held` looks at it."""
    for _ in range(LOOKS):
        with suppress(BlockingIOError):
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(LOOK)
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(folder: Path) -> bool:
    """Return whether a process is sending, or may at any time, from this folder."""
    try:
        with (folder / NAME).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # there is none yet
        return False
    return False


def begin_run(store: Store, lock: TextIO, now: datetime) -> int:
    """Begin a run of the sender and return its epoch; raises PausedError, see `pause`."""
    if why := pause(store, Path(lock.name).parent):
        raise PausedError(why)
    epoch = deliver.begin(store, now)
    with store.read() as tx:
        instance, _ = deliveries.run(tx)
    note_run(lock, instance, epoch)
    return epoch


def pause(store: Store, folder: Path) -> str:
    """Return why this database sends nothing, and what to do; "" if it may send.

    The folder's lock file is the witness beside it. It sends nothing if it is not the one that last
    sent from this folder, or is an older state of it, or a backup that nobody has let send yet: a
    restored copy does not know what has gone out since, and would send it again.
    """
    path = folder / NAME
    witness = read_witness(path)
    found = LINE.fullmatch(witness)
    with store.read() as tx:
        instance, epoch = deliveries.run(tx)
    if witness and not found:
        why = f"{path} is damaged, so this database may be a restored copy"
    elif is_copy(instance) or (found and (found[1].decode() != instance or int(found[2]) > epoch)):
        why = "this database is a restored copy: what went out since is not in it"
    else:
        return ""
    return f"{why}. {ADVICE}"


def check_presence(folder: Path, file: Path | None) -> None:
    """Raise StoreError if the database's file is gone, though there was a run from this folder."""
    if file is None or (file.exists() and file.stat().st_size) or not has_sent(folder):
        return
    raise StoreError(
        f"{file} is missing or empty, though this folder has sent; restore a backup "
        "(`newsletter db restore FILE`), or remove newsletter.lock to begin anew"
    )


def has_sent(folder: Path) -> bool:
    """Return whether the lock file tells of a run."""
    return bool(read_witness(folder / NAME))


def read_witness(path: Path) -> bytes:
    """Return what the lock file says, b"" if there is none; raises StoreError."""
    try:
        with path.open("rb") as lock:
            return lock.read(MOST)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error


def note_run(lock: TextIO, instance: str, epoch: int) -> None:
    """Write into the lock file which run was the last; raises StoreError."""
    # Over the old line, of the same length: on a full disk, or cut short, there is always one.
    # Past Python's buffer, which would be written once more when the file is closed.
    line = f"{instance} {epoch:>20}\n".encode()
    try:
        os.pwrite(lock.fileno(), line, 0)
        os.ftruncate(lock.fileno(), len(line))
    except OSError as error:
        raise cannot_be_written(lock.name, error) from error
