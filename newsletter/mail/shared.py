"""Numbers that the threads of a process have in common, and the processes forked from it."""

import errno
import fcntl
import mmap
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO


class SharedLock:
    """A lock between the threads of a process, and between processes that were forked since.

    The system lets go of it when a process is killed; a semaphore would stay taken.
    """

    def __init__(self) -> None:
        self._threads = threading.Lock()
        self.file: IO[bytes] | None = None  # None: no other process is to be kept out

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            while self.file and not took(self.file):
                time.sleep(0)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.file:
            fcntl.lockf(self.file, fcntl.LOCK_UN)
        self._threads.release()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Keep it together with the processes that are forked within."""
        with tempfile.TemporaryFile() as self.file:
            yield
        self.file = None


def took(file: IO[bytes]) -> bool:
    """Wait for the lock of a file and take it; False to ask again.

    The system sees processes, not threads: two of them that each hold one such lock by one thread
    and wait for the other's by another look like a deadlock to it, and are none.
    """
    try:
        fcntl.lockf(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno != errno.EDEADLK:
            raise
        return False
    return True


def shared_numbers(size: int) -> "memoryview[float]":
    """Return so many numbers, all 0.0, in memory that stays common after a fork."""
    return memoryview(mmap.mmap(-1, 8 * size)).cast("d")
