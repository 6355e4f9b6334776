"""Matrix algebra on one thread: several would wait for each other, and sum in another order."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS use this thread alone within the block.

    A small decomposition has its threads meet thousands of times; where other programs have the
    other processors, each meeting waits for a turn of the scheduler, and all wait spinning.
    """
    with threadpool_limits(1, user_api="blas"):
        yield
