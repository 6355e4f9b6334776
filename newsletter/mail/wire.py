"""The wire under SMTP: bytes go out within a time, replies of one or more lines come in.

Every failure is an OSError: the other end is gone, too slow, or speaks something else.
"""

import ipaddress
import re
import select
import socket
import ssl
from contextlib import suppress
from datetime import timedelta
from time import monotonic  # a stopwatch, not the clock: without it a server could drip for ever
from typing import NamedTuple

from newsletter.domain.delivery import Answer
from newsletter.mail import hub

BLOCK = 1 << 18  # octets in one write
LONGEST_LINE = 4096  # octets of a reply line; RFC 5321, section 4.5.3.1.5 promises 512 at most
MOST_LINES = 128  # of one reply
LONGEST_TEXT = 1000  # characters that are kept of a reply
LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
WHOLE = re.compile(rb"([2-5][0-9][0-9]) ([ -~]{0,1000})\r?\n")  # a reply of one usual line
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3} +")


class Reply(NamedTuple):
    """A server's reply as it came, line by line, without the codes before each."""

    code: int
    lines: tuple[str, ...]

    @property
    def answer(self) -> Answer:
        """Return the reply on one line, fit for a log.

        The enhanced code (RFC 2034: before the text of every line) is kept where it comes first.
        """
        if len(self.lines) == 1:
            return Answer(self.code, self.lines[0][:LONGEST_TEXT].strip())
        first, *others = self.lines
        text = " ".join((first, *(ENHANCED.sub("", line, count=1) for line in others)))
        return Answer(self.code, text[:LONGEST_TEXT].strip())


class Wire:
    """A connected socket and what came over it unread. A failure leaves it good for close only.

    The socket never blocks: what waits is `poll`, which needs no further call for its time, or the
    hub, where a task of one writes and reads.
    """

    def __init__(self, connected: socket.socket) -> None:
        # Else the dot would wait for the other end to acknowledge the body (Nagle), often 40 ms.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = bytearray()
        self._use(connected)

    def _use(self, connected: socket.socket) -> None:
        connected.settimeout(0)
        self._socket = connected
        self._tls = connected if isinstance(connected, ssl.SSLSocket) else None
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(connected, select.POLLIN)
        self._writable.register(connected, select.POLLOUT)

    @property
    def encrypted(self) -> bool:
        """Return whether TLS is spoken."""
        return isinstance(self._socket, ssl.SSLSocket)

    @property
    def loopback(self) -> bool:
        """Return whether the other end is on this machine."""
        return ipaddress.ip_address(self._socket.getpeername()[0]).is_loopback

    @property
    def certificate_ends(self) -> float | None:
        """Return when the server's certificate ends, in Unix seconds; None without TLS."""
        held = self._socket.getpeercert() if isinstance(self._socket, ssl.SSLSocket) else None
        return ssl.cert_time_to_seconds(str(held["notAfter"])) if held else None

    @property
    def literal(self) -> str:
        """Return the address of our end as EHLO takes it (RFC 5321, section 4.1.3)."""
        ours = ipaddress.ip_address(self._socket.getsockname()[0].partition("%")[0])
        return f"[{ours}]" if ours.version == 4 else f"[IPv6:{ours}]"

    def start_tls(self, context: ssl.SSLContext, host: str, within: timedelta) -> None:
        """Speak TLS from here on, with a server whose certificate is good for `host`."""
        # Words from before TLS would be taken for the server's own after it (CVE-2011-0411).
        if self.spoken():
            raise ssl.SSLError(1, "the server spoke unasked before TLS began")
        self._socket.settimeout(within.total_seconds())
        self._use(context.wrap_socket(self._socket, server_hostname=host))

    def write(self, octets: bytes, within: timedelta) -> None:
        """Write all octets; `within` is the time for each block of them."""
        try:
            sent = self._socket.send(octets) if len(octets) <= BLOCK else 0
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            sent = 0
        if sent == len(octets):
            return  # as nearly always: the system's buffer takes a whole mail
        view = memoryview(octets)
        for start in range(sent, len(octets), BLOCK):
            self._write(view[start : start + BLOCK], within)

    def _write(self, block: memoryview, within: timedelta) -> None:
        until = 0.0
        while block:
            try:
                block = block[self._socket.send(block) :]
                continue
            except (BlockingIOError, ssl.SSLWantWriteError):
                waiting = self._writable
            except ssl.SSLWantReadError:
                waiting = self._readable
            until = until or monotonic() + within.total_seconds()
            if not self._ready(waiting, until):
                raise TimeoutError(f"the server took no data within {within}")

    def read(self, within: timedelta) -> Reply:
        """Return the next reply; all of it must come `within` that time."""
        return self._read(monotonic() + within.total_seconds(), within)

    def _read(self, until: float, within: timedelta) -> Reply:
        code, lines = 0, list[str]()
        while len(lines) < MOST_LINES:
            line = self._line(until, within)
            found = LINE.fullmatch(line)
            if not found or (lines and int(found[1]) != code):
                raise ConnectionAbortedError(f"the server's answer is not SMTP: {line[:80]!r}")
            code = int(found[1])
            lines.append(printable(found[3] or b""))
            if found[2] != b"-":
                return Reply(code, tuple(lines))
        raise ConnectionAbortedError(f"the server's answer has more than {MOST_LINES} lines")

    def answer(self, within: timedelta) -> Answer:
        """Return the next reply on one line; see `read`."""
        until = monotonic() + within.total_seconds()
        if not self._unread:
            self._receive(until, within)
        if found := WHOLE.match(self._unread):
            answer = Answer(int(found[1]), found[2].decode().strip())
            del self._unread[: found.end()]
            return answer
        return self._read(until, within).answer

    def takes(self, replies: re.Pattern[bytes], within: timedelta) -> bool:
        """Return whether the next replies are these, taking them; else they are left unread."""
        if not self._unread:
            self._receive(monotonic() + within.total_seconds(), within)
        found = replies.match(self._unread)
        if found:
            del self._unread[: found.end()]
        return found is not None

    def spoken(self) -> bool:
        """Return whether the other end said something, or went, without waiting for it."""
        if self._unread:
            return True
        if not (self._tls and self._held()) and not self._readable.poll(0):
            return False
        try:
            self._unread += self._socket.recv(LONGEST_LINE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False  # words of TLS itself
        except OSError:
            return True
        return True  # of an end, too: nothing was read, and the next read says so

    def cut(self) -> None:
        """End the connection while another thread waits for it; it sees a closed one."""
        with suppress(OSError):
            # Not the method of SSLSocket, which would take its state from under the other thread.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket; never raises."""
        with suppress(OSError):
            self._socket.close()

    def _ready(self, waiting: "select.poll", until: float) -> bool:
        """Wait until the socket is ready; False if it is not until then."""
        task = hub.current()
        if task is None:
            return bool(waiting.poll(milliseconds(until)))
        events = select.POLLIN if waiting is self._readable else select.POLLOUT
        return task.ready(self._socket.fileno(), events, until)

    def _held(self) -> bool:
        """Return whether TLS holds octets that the socket has given already."""
        return self._tls is not None and self._tls.pending() > 0

    def _line(self, until: float, within: timedelta) -> bytes:
        """Return one line without its end, which may be a bare LF: some servers write that."""
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            if searched > LONGEST_LINE:
                break
            self._receive(until, within)
        if not 0 <= end <= LONGEST_LINE:
            raise ConnectionAbortedError(f"a line of the answer exceeds {LONGEST_LINE} octets")
        line = bytes(self._unread[:end]).removesuffix(b"\r")
        del self._unread[: end + 1]
        return line

    def _receive(self, until: float, within: timedelta) -> None:
        waiting = self._readable
        while True:
            if not (self._tls and self._held()) and not self._ready(waiting, until):
                raise TimeoutError(f"the server gave no answer within {within}")
            try:
                octets = self._socket.recv(LONGEST_LINE)
                break
            except (BlockingIOError, ssl.SSLWantReadError):
                waiting = self._readable
            except ssl.SSLWantWriteError:
                waiting = self._writable
        if not octets:
            raise ConnectionResetError("the server closed the connection")
        self._unread += octets


def milliseconds(until: float) -> int:
    """Return how long there is until then, rounded up: `poll` would not wait for less than one."""
    left = until - monotonic()
    return int(left * 1000) + 1 if left > 0 else 0


def printable(octets: bytes) -> str:
    """Return the text of a reply line with nothing in it that could act on a terminal or a log."""
    text = octets.decode(errors="replace")
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
