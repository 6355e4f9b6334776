"""A recording SMTP server: it keeps every octet, and journals each mail before it says 250.

As a program: `python -m tests.mail.recording --port 0 --journal FILE` prints its port on one line
and ends on SIGTERM. The journal has one JSON object a mail, the body in base64.
"""

import argparse
import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from tests.mail.session import Journal, Mail, Script, Session

LIMIT = 1 << 26  # octets that a reader may hold


class RecordingServer:
    """The server in a thread of its own, on a free port of 127.0.0.1; a context manager."""

    host = "127.0.0.1"

    def __init__(
        self, script: Script | None = None, journal: Journal | None = None, port: int = 0
    ) -> None:
        self.script = script or Script()
        self.journal = journal or Journal()
        self.port = port
        self.sessions: list[Session] = []
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()))

    @property
    def mails(self) -> list[Mail]:
        return self.journal.mails

    @property
    def heard(self) -> bytes:
        """Return all octets of all sessions."""
        return b"".join(bytes(session.heard) for session in self.sessions)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self.stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so; it is looked at again whenever something was heard."""
        with self._changed:
            assert self._changed.wait_for(condition, 10)

    def hang_up(self) -> None:
        """Close every connection, and return when that is done."""
        for session in list(self.sessions):
            asyncio.run_coroutine_threadsafe(session.hang_up(), self._loop).result(10)

    async def serve(self, started: Callable[[], None] = lambda: None) -> None:
        """Serve until `stop` is set."""
        self._loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            session = Session(self.script, self.journal, self._notify, reader, writer)
            if self.journal.keep:
                self.sessions.append(session)
            task = self._loop.create_task(session.run())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        context = self.script.context if self.script.implicit else None
        server = await asyncio.start_server(
            accept, self.host, self.port, limit=LIMIT, ssl=context, backlog=1000
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        started()
        await self.stop.wait()
        server.close()
        left = list(tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()
        self.journal.close()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


async def run(server: RecordingServer) -> None:
    """Serve until SIGTERM, with the port told on standard output."""

    def started() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop.set)
        print(server.port, flush=True)  # noqa: T201 - the program's one answer

    await server.serve(started)


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the mails that arrive by SMTP.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--no-bodies", action="store_true", help="journal sizes and hashes only")
    options = parser.parse_args()
    journal = Journal(options.journal, bodies=not options.no_bodies, keep=False)
    script = Script(delay=options.delay_ms / 1000)
    asyncio.run(run(RecordingServer(script, journal, options.port)))


if __name__ == "__main__":
    main()
