"""The connections of the readers' pages: how long one is waited for, and how many there may be.

Each costs a file descriptor, and the database and the sender in the same process want some, too.
"""

import asyncio
import logging
import resource
import socket
from time import monotonic  # a stopwatch: between two lines of the log
from typing import ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20  # from connecting, or from the last answer, to the end of a request's head
ANSWER_SECONDS = 60  # from there to the end of the answer
MOST = 1000  # connections
AT_ONCE = 100  # that are taken in before any of them can be refused
QUEUE = 1000  # that wait to be taken in
SELDOM_SECONDS = 60
MOST_LINES = 100  # that are remembered


class Limited(H11Protocol):
    """HTTP/1.1 by uvicorn, which cuts off who is too slow.

    Where there are too many, room is made by the one that has been silent longest: a client that
    asks at once is answered, however many hold connections that say nothing.
    """

    most: ClassVar[int]
    silent: ClassVar[dict["Limited", None]]  # without a request in hand, the longest first
    end: asyncio.TimerHandle | None = None

    # asyncio says BaseTransport, uvicorn Transport: so does what it is called with here.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self.wait_for_head()
        if len(self.connections) > self.most:
            longest = next(iter(self.silent))
            del self.silent[longest]
            longest.transport.abort()

    def handle_events(self) -> None:
        """Handle what has come; from the end of a request's head on, wait for its answer."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self.silent.pop(self, None)
            self.abort_after(ANSWER_SECONDS)

    def on_response_complete(self) -> None:
        """Wait for the client to take the answer, and for its next request."""
        self.wait_for_head()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.silent.pop(self, None)
        if self.end:
            self.end.cancel()
        super().connection_lost(exc)

    def wait_for_head(self) -> None:
        """Count the connection as silent from now on."""
        self.silent.pop(self, None)
        self.silent[self] = None
        self.abort_after(HEAD_SECONDS)

    def abort_after(self, seconds: float) -> None:
        """End the connection then, unless this is called again."""
        if self.end:
            self.end.cancel()
        self.end = self.loop.call_later(seconds, self.transport.abort)


def limited(most: int) -> type[Limited]:
    """Return the protocol of a server that has so many connections at most."""
    return type("LimitedHere", (Limited,), {"most": most, "silent": {}})


def room() -> tuple[int, int]:
    """Return how many connections there may be, and how many may be taken in at once."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST, AT_ONCE
    return min(MOST, files // 2), max(1, min(AT_ONCE, files // 32))


class Server(uvicorn.Server):
    """Takes in few connections at once, as its `backlog` says, but lets many wait for that."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(QUEUE)


class Seldom(logging.Filter):
    """Lets the same line through once a minute: whoever connects decides how often one comes.

    That a page was given up at the end of the program is nobody's fault, and never told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is for the log."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return False
        line, now = f"{record.getMessage()} {error!r}", monotonic()
        if now - self.told.get(line, -SELDOM_SECONDS) < SELDOM_SECONDS:
            return False
        if len(self.told) >= MOST_LINES:
            self.told.clear()
        self.told[line] = now
        return True


def log_seldom() -> None:
    """Keep what strangers cause from flooding the log."""
    for name in ("asyncio", "uvicorn.error"):
        logging.getLogger(name).addFilter(Seldom())
