"""A program that takes mails as sendmail does: one mail on its standard input, one exit code."""

import fcntl
import os
import select
import signal
import struct
import subprocess
import tempfile
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic  # a stopwatch: how long a program is waited for
from typing import IO

from newsletter.domain.delivery import Answer, Outcome, Result, Stage, judge
from newsletter.domain.message import Message
from newsletter.errors import SenderError
from newsletter.mail.hub import aside
from newsletter.mail.sender import Ahead, Arm, nobody

PATIENCE = timedelta(minutes=10)  # as for the dot of SMTP
# sysexits.h, and what RFC 3463 has for it. All others may be mended by waiting.
FINAL = {
    os.EX_DATAERR: "5.6.0",
    os.EX_NOUSER: "5.1.1",
    os.EX_NOHOST: "5.1.2",
}
LONGEST = 300  # octets of what the program said


class Pipe:
    """A program that is run once a mail, as `COMMAND -t -i -f SENDER`.

    It takes the recipient from the header To, where ours has one address and no mail has a Cc.
    It acts on a mail when its input ends, and that ends with us, however we end: so it is given
    nothing at all before the mail is armed.
    """

    may_ride = False  # a mail at a time

    def __init__(self, command: Sequence[str], patience: timedelta = PATIENCE) -> None:
        self._command = tuple(command)
        self._patience = patience
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def usable(self) -> bool:
        """Return True: each mail has a program of its own."""
        return True

    def send(self, message: Message, arm: Arm, _ahead: Ahead = nobody) -> Outcome:
        """Hand one message over and return what the program's exit code means.

        Raises SenderError if there is no such program; ValueError for a sender's address that
        could be an option, before anything is run.
        """
        if message.envelope_sender.startswith("-"):
            raise ValueError(f"the address {message.envelope_sender!r} cannot be an argument")
        with tempfile.TemporaryFile() as words:  # not a pipe, which would stop who writes much
            program = self._start(message.envelope_sender, words)
            self._running = program
            try:
                if program.poll() is not None:  # it wants no mail
                    return told(Stage.DATA, program.returncode, said_in(words))
                if not arm():
                    return Outcome(Result.NOT_ARMED, reason="it was not to be sent any more")
                raw = message.raw.replace(b"\r\n", b"\n")
                return aside(lambda: self._hand_over(program, raw, words))
            finally:
                self._running = None
                end(program)

    def cut(self) -> None:
        """End the program that another thread waits for."""
        if self._running:
            kill(self._running)

    def close(self) -> None:
        """Do nothing; no program is left."""

    def _start(self, sender: str, words: IO[bytes]) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(  # noqa: S603 - the operator's program, and no shell
                [*self._command, "-t", "-i", "-f", sender],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=words,
                start_new_session=True,  # a group of its own, to be ended with its children
            )
        except OSError as error:
            raise SenderError(
                f"{self._command[0]}: cannot be run ({error.strerror}); see sender.command"
            ) from error

    def _hand_over(
        self, program: "subprocess.Popen[bytes]", raw: bytes, words: IO[bytes]
    ) -> Outcome:
        """Give an armed mail to the program and return how it went."""
        assert program.stdin  # noqa: S101 - it was opened as a pipe
        until = monotonic() + self._patience.total_seconds()
        try:
            is_whole = pour(raw, program.stdin.fileno(), until)
            with reading_end(program.stdin.fileno()) as end:
                if is_whole:
                    program.stdin.close()
                code = program.wait(max(0.0, until - monotonic()))
                is_whole = is_whole and not left_in(end)
        except (TimeoutError, subprocess.TimeoutExpired):
            return judge(Stage.DOT, None, f"the program did not end within {self._patience}")
        if code == os.EX_OK and not is_whole:
            return judge(Stage.DOT, None, "the program ended well and had not read the whole mail")
        return told(Stage.DOT, code, said_in(words))


@contextmanager
def reading_end(pipe: int) -> Iterator[int | None]:
    """Give the end of a pipe from which it is read, None where the system does not lend it."""
    end = None
    with suppress(OSError):  # without /proc
        end = os.open(f"/proc/self/fd/{pipe}", os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield end
    finally:
        if end is not None:
            os.close(end)


def left_in(end: int | None) -> int:
    """Return how many octets nobody has read."""
    if end is None:
        return 0
    (left,) = struct.unpack("@i", fcntl.ioctl(end, termios.FIONREAD, struct.pack("@i", 0)))
    return int(left)


def pour(octets: bytes, pipe: int, until: float) -> bool:
    """Write all octets into the pipe; return whether they were read, or the pipe took them.

    Raises TimeoutError if that takes longer than `until` by the stopwatch: who reads nothing would
    hold up the run.
    """
    os.set_blocking(pipe, False)
    room = select.poll()
    room.register(pipe, select.POLLOUT)
    left = memoryview(octets)
    while left:
        if not room.poll(max(0, int(1000 * (until - monotonic())))):
            raise TimeoutError
        try:
            left = left[os.write(pipe, left) :]
        except BlockingIOError:
            continue
        except OSError:  # it ended, or reads no more: its exit code says why
            return False
    return True


def told(stage: Stage, code: int, said: str) -> Outcome:
    """Return what the end of the program means, before or after it was given the mail."""
    if code < 0:  # killed: nobody knows whether it had taken the mail
        return judge(stage, None, f"the program was ended by signal {-code}{said}")
    if code == os.EX_OK and stage is Stage.DOT:
        return Outcome(Result.ACCEPTED, Answer(250, f"2.0.0 the program took it{said}"))
    if code in FINAL:
        return Outcome(Result.REFUSED, Answer(554, f"{FINAL[code]} exit code {code}{said}"))
    return Outcome(Result.DEFERRED, Answer(451, f"4.3.0 exit code {code}{said}"))


def said_in(words: IO[bytes]) -> str:
    """Return what a program wrote to standard error, on one line."""
    words.seek(0)
    text = words.read(LONGEST).decode(errors="replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f": {line}" if line else ""


def kill(program: "subprocess.Popen[bytes]") -> None:
    """End a program and its children: one of them may hold our end of the pipe."""
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)


def end(program: "subprocess.Popen[bytes]") -> None:
    """Let go of a program; one that still runs is killed, before its input ends."""
    if program.poll() is None:
        kill(program)
        program.wait()
    with suppress(OSError):
        if program.stdin:
            program.stdin.close()
