"""A program that takes mails as sendmail does: one mail on its standard input, one exit code."""

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from newsletter.domain.delivery import Answer, Outcome, Result, Stage, judge
from newsletter.domain.message import Message
from newsletter.errors import SenderError

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
    It acts on a mail when its input ends: that is our dot, before which the mail is armed.
    """

    def __init__(self, command: Sequence[str], patience: timedelta = PATIENCE) -> None:
        self._command = tuple(command)
        self._patience = patience
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def usable(self) -> bool:
        """Return True: each mail has a program of its own."""
        return True

    def send(self, message: Message, arm: Callable[[], bool]) -> Outcome:
        """Hand one message over and return what the program's exit code means.

        Raises SenderError if there is no such program; ValueError for a sender's address that
        could be an option, before anything is run.
        """
        if message.envelope_sender.startswith("-"):
            raise ValueError(f"the address {message.envelope_sender!r} cannot be an argument")
        program = self._start(message.envelope_sender)
        self._running = program
        try:
            return self._hand_over(program, message.raw.replace(b"\r\n", b"\n"), arm)
        finally:
            self._running = None
            end(program)

    def cut(self) -> None:
        """End the program that another thread waits for."""
        if self._running:
            self._running.kill()

    def close(self) -> None:
        """Do nothing; no program is left."""

    def _start(self, sender: str) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(  # noqa: S603 - the operator's program, and no shell
                [*self._command, "-t", "-i", "-f", sender],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise SenderError(
                f"{self._command[0]}: cannot be run ({error.strerror}); see sender.command"
            ) from error

    def _hand_over(
        self, program: "subprocess.Popen[bytes]", raw: bytes, arm: Callable[[], bool]
    ) -> Outcome:
        assert program.stdin  # noqa: S101 - it was opened as a pipe
        try:
            program.stdin.write(raw)
            program.stdin.flush()
        except OSError:
            return self._told(program, Stage.DATA)
        if program.poll() is not None:
            return self._told(program, Stage.DATA)
        if not arm():
            return Outcome(Result.NOT_ARMED, reason="it was not to be sent any more")
        with suppress(OSError):
            program.stdin.close()
        return self._told(program, Stage.DOT)

    def _told(self, program: "subprocess.Popen[bytes]", stage: Stage) -> Outcome:
        """Return what the end of the program means, before or after our dot."""
        try:
            code = program.wait(self._patience.total_seconds())
        except subprocess.TimeoutExpired:
            return judge(stage, None, f"the program did not end within {self._patience}")
        said = said_by(program)
        if code < 0:  # killed: nobody knows whether it had taken the mail
            return judge(stage, None, f"the program was ended by signal {-code}{said}")
        if code == os.EX_OK and stage is Stage.DOT:
            return Outcome(Result.ACCEPTED, Answer(250, f"2.0.0 the program took it{said}"))
        if code in FINAL:
            return Outcome(Result.REFUSED, Answer(554, f"{FINAL[code]} exit code {code}{said}"))
        return Outcome(Result.DEFERRED, Answer(451, f"4.3.0 exit code {code}{said}"))


def said_by(program: "subprocess.Popen[bytes]") -> str:
    """Return what a program that ended wrote to standard error, on one line."""
    assert program.stderr  # noqa: S101 - it was opened as a pipe
    os.set_blocking(program.stderr.fileno(), False)  # a child of it may hold it open
    text = (program.stderr.read(LONGEST) or b"").decode(errors="replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f": {line}" if line else ""


def end(program: "subprocess.Popen[bytes]") -> None:
    """Let go of a program; one that still waits for its input is killed, and sends nothing."""
    if program.poll() is None:
        program.kill()
        program.wait()
    for one in (program.stdin, program.stderr):
        with suppress(OSError):
            if one:
                one.close()
