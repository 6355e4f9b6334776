"""A sender that dies where it is told to: at its n-th commit or its n-th write to a server.

`python -m tests.benchmarks.faults {commit|write} N deliver ...` runs the command line and ends
itself by kill -9 right before the N-th such step, or, with a trailing `+` (`12+`), right after it.
"""

import os
import signal
import socket
import sqlite3
import sys
import threading
from typing import Any

from newsletter.cli.program import run


class Fuse:
    """Counts steps of one kind, of all threads, and ends the process at one of them."""

    def __init__(self, at: str) -> None:
        self.at, self.after = int(at.rstrip("+")), at.endswith("+")
        self.steps = 0
        self.lock = threading.Lock()

    def step(self, work: Any) -> Any:
        """Do the step, unless it is the one before which all ends."""
        with self.lock:
            self.steps += 1
            number = self.steps
        if number == self.at and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = work()
        if number == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return found


def burn(kind: str, fuse: Fuse) -> None:
    """Put the fuse under every commit, or every write, of this process."""
    if kind == "commit":

        class Connection(sqlite3.Connection):
            def commit(self) -> None:
                fuse.step(super().commit)

        plain = sqlite3.connect

        def connect(*args: Any, **more: Any) -> sqlite3.Connection:
            return plain(*args, **{**more, "factory": Connection})

        sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
    else:

        class Socket(socket.socket):
            def send(self, *args: Any) -> int:
                sent: int = fuse.step(lambda: super(Socket, self).send(*args))
                return sent

        socket.socket = Socket  # type: ignore[misc]


if __name__ == "__main__":
    burn(sys.argv[1], Fuse(sys.argv[2]))
    sys.exit(run(sys.argv[3:]))
