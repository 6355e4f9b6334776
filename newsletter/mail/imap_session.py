"""An IMAP session whose server can neither fill our memory nor hold us for ever."""

import imaplib
import io
import time
from typing import Any, cast

MOST_OCTETS = 2**20  # of one mail
MOST_ANSWER = MOST_OCTETS + 2**17  # octets of the whole answer to one command
TIMEOUT = 60  # seconds without an octet
LONGEST = 240  # seconds for the whole answer to one command


class Session(imaplib.IMAP4):
    """As imaplib's, which bounds neither the octets of an answer nor the time that it takes."""

    is_over = False  # the server went past a bound, and gets no other command

    def open(self, *given: Any, **named: Any) -> None:
        """Connect; the server's greeting is bounded as an answer is."""
        self.begin()
        super().open(*given, **named)

    def begin(self) -> None:
        """Let an answer begin, with all of its octets and seconds left."""
        self._until = time.monotonic() + LONGEST
        self._left = MOST_ANSWER

    def send(self, data: Any) -> None:
        """Send a command, forgetting what the server said of other things before."""
        if self.is_over:
            raise self.abort("the session is over")
        for name in self.untagged_responses.keys() - {"BYE"}:
            del self.untagged_responses[name]
        self.begin()
        super().send(data)

    def read(self, size: int) -> bytes:
        """Return so many octets, fewer at the end; raises abort if too many or too late."""
        self.take(size)
        file = cast(io.BufferedReader, self.file)
        found = bytearray()
        while len(found) < size:
            self.hurry()
            piece = file.read1(size - len(found))
            if not piece:
                break
            found += piece
        return bytes(found)

    def readline(self) -> bytes:
        """Return a line; raises abort if it is too long or too late."""
        file = cast(io.BufferedReader, self.file)
        found = bytearray()
        while not found.endswith(b"\n"):
            self.hurry()
            ahead = file.peek(1)
            if not ahead:
                break
            size = ahead.find(b"\n") + 1 or len(ahead)
            self.take(size)
            found += file.read(size)  # all of them are here
        return bytes(found)

    def take(self, size: int) -> None:
        """Count octets of the answer; raises abort if they are too many."""
        self._left -= size
        if self._left < 0:
            self.is_over = True
            raise self.abort(f"it answered with more than {MOST_ANSWER} octets")

    def hurry(self) -> None:
        """Wait no longer for the next octet than the answer may take; raises abort after that."""
        left = self._until - time.monotonic()
        if left <= 0:
            self.is_over = True
            raise self.abort("its answer did not end in time")
        self.sock.settimeout(min(TIMEOUT, left))


class SecureSession(Session, imaplib.IMAP4_SSL):
    """The same over TLS from its first octet."""
