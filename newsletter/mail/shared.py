"""Numbers that the threads of a process have in common, and the processes forked from it."""

import fcntl
import mmap
import tempfile
import threading
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
        if self.file:
            fcntl.lockf(self.file, fcntl.LOCK_EX)

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


def shared_numbers(size: int) -> "memoryview[float]":
    """Return so many numbers, all 0.0, in memory that stays common after a fork."""
    return memoryview(mmap.mmap(-1, 8 * size)).cast("d")
