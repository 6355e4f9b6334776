"""The folder's lock: one process sends at a time, and never from an older state of the database."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from newsletter.actions import deliver
from newsletter.errors import BusyError, PausedError, StoreError
from newsletter.store import deliveries
from newsletter.store.database import Store

LOOKS, LOOK = 3, 0.02  # seconds between two looks


@contextmanager
def holding(folder: Path) -> Iterator[TextIO]:
    """Hold the folder's lock: one sender at a time. Raises BusyError if another process has it.

    The open file remembers which run of which database was the last, see `begin_run`.
    """
    path = folder / "newsletter.lock"
    with opened(path) as lock:
        try:
            take(lock)
        except OSError as error:
            raise BusyError(
                f"{folder}: another `deliver`, `run` or `serve` is at work here; "
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
        with (folder / "newsletter.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # there is none yet
        return False
    return False


def begin_run(store: Store, lock: TextIO, now: datetime) -> int:
    """Begin a run of the sender and return its epoch.

    The lock file is the witness beside the database. Raises PausedError if the database is not the
    one that last sent from this folder, or is an older state of it: a restored copy does not know
    what has gone out since, and would send it again.
    """
    lock.seek(0)
    witness = lock.read().split()
    with store.read() as tx:
        instance, epoch = deliveries.run(tx)
    if witness and (witness[0] != instance or int(witness[1]) > epoch):
        raise PausedError(
            "this database is a restored copy: what went out since is not in it. Look at "
            "`newsletter deliveries list --state pending`, then run `newsletter db resume`"
        )
    epoch = deliver.begin(store, now)
    note_run(lock, instance, epoch)
    return epoch


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
