"""Messages -> signed messages; where a run has many, a process beside it makes the signatures."""

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock

from newsletter.domain.message import Message
from newsletter.rendering.dkim import SigningKey, blanks
from newsletter.rendering.dkim_keys import to_pem
from newsletter.rendering.dkim_process import ASKED, LENGTH, READY, greeting

log = logging.getLogger(__name__)

ENOUGH = 1000  # mails of a run for which it is begun: its start takes a tenth of a second
MOST = 32  # signatures that it is asked for at a time
CHUNK = 4  # that it is asked for by one write
PATIENCE = 5.0  # seconds for it to end


class Signing:
    """What signs messages by its keys; the bytes are the same whoever makes the signatures."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self.keys = tuple(keys)
        self._helper: Helper | None = None

    def __call__(self, made: Message) -> Message:
        """Return the message signed, or with a seal to be set once the signatures are there."""
        found, body_hash = blanks(made.raw, self.keys, made.canonical)
        known = body_hash if made.canonical else b""  # of the body as it stands
        helper = self._helper
        number = helper.ask([one.digest for one in found]) if helper else None

        def seal() -> bytes:
            given = helper.take(number, len(found)) if helper and number is not None else None
            made_here = given or [
                key.sign(one.digest) for one, key in zip(found, self.keys, strict=True)
            ]
            return b"".join([one.filled(by) for one, by in zip(found, made_here, strict=True)])

        if number is None:
            return replace(made, raw=seal() + made.raw, body_hash=known)
        return replace(made, seal=seal, body_hash=known)

    @contextmanager
    def beside(self, mails: int, processes: int = 1) -> Iterator[None]:
        """Have another process sign meanwhile, if there are many mails and a processor is free.

        What it has not signed when it is wanted is signed here: nothing waits for it.
        """
        self._helper = begin(self.keys) if mails >= ENOUGH and has_room(processes) else None
        try:
            yield
        finally:
            helper, self._helper = self._helper, None
            if helper:
                helper.end()


def has_room(processes: int) -> bool:
    """Return whether each process of the run can have a processor for its signatures."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (count or 1) >= 2 * processes


def begin(keys: Sequence[SigningKey]) -> "Helper | None":
    """Begin the process; None where none can be begun."""
    try:
        return Helper(keys)
    except OSError as error:
        log.warning("signatures are made by the sender alone: %s", error)
        return None


class Helper:
    """The process that signs, and what it was asked for; for several threads."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._socket, theirs = socket.socketpair()
        # Not from the folder where we are: it is the operator's, and holds no program.
        python = sys.executable or "python3"
        command = [python, "-P", "-m", "newsletter.rendering.dkim_process"]
        try:
            # In a group of its own: a key that stops the sender is not for it.
            self._process = subprocess.Popen(  # noqa: S603 - a module of ours, and no shell
                command, stdin=theirs.fileno(), process_group=0
            )
        except OSError:
            self._socket.close()
            raise
        finally:
            theirs.close()
        self._is_ready = False
        self._asked = self._answered = 0
        self._unsaid, self._unread = bytearray(), bytearray()
        self._answers: dict[int, bytes] = {}
        self._unwanted: set[int] = set()
        self._lock = Lock()
        with suppress(OSError):  # it has ended already: then it is never ready
            self._socket.sendall(greeting([to_pem(one.private) for one in keys]))
        self._socket.setblocking(False)

    def ask(self, digests: Sequence[bytes]) -> int | None:
        """Ask for a signature of each key; return its number, None if it has no time."""
        with self._lock:
            if not self._is_ready or self._asked + len(digests) - self._answered > MOST:
                self._hear()
            if not self._is_ready or self._asked + len(digests) - self._answered > MOST:
                return None
            number, self._asked = self._asked, self._asked + len(digests)
            for key, digest in enumerate(digests):
                self._unsaid += ASKED.pack(key, digest)
            if len(self._unsaid) >= CHUNK * ASKED.size:
                self._say()
            return number

    def take(self, number: int, signatures: int) -> list[bytes] | None:
        """Return the signatures that it was asked for; None if they are not there yet."""
        with self._lock:
            wanted = range(number, number + signatures)
            if wanted.stop > self._answered:
                self._say()
                self._hear()
            if wanted.stop > self._answered:
                for one in wanted:
                    if self._answers.pop(one, None) is None:
                        self._unwanted.add(one)
                return None
            found = [self._answers.pop(one, b"") for one in wanted]
            return found if all(found) else None  # taken before

    def end(self) -> None:
        """End it; it does so itself as soon as it reads the end of its input."""
        with self._lock:
            self._is_ready = False
            self._socket.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self) -> None:
        if not self._unsaid:
            return
        try:
            del self._unsaid[: self._socket.send(self._unsaid)]
        except BlockingIOError:
            return
        except OSError:
            self._is_ready = False

    def _hear(self) -> None:
        """Read what it answered; one that has ended is not asked any more."""
        try:
            heard = self._socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        if not heard:
            self._is_ready = False
            return
        self._unread += heard
        if not self._is_ready and not self._asked:
            self._is_ready = self._unread.startswith(READY)
            del self._unread[: len(READY)]
        while len(self._unread) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._unread)
            if len(self._unread) < LENGTH.size + length:
                return
            self._answer(bytes(self._unread[LENGTH.size : LENGTH.size + length]))
            del self._unread[: LENGTH.size + length]

    def _answer(self, signature: bytes) -> None:
        number, self._answered = self._answered, self._answered + 1
        if number in self._unwanted:
            self._unwanted.remove(number)
        else:
            self._answers[number] = signature
