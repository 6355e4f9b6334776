"""One scripted session of the recording server: what it answers, hears, accepts and journals."""

import asyncio
import base64
import hashlib
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

DROP = "drop"  # close without an answer
TAKE_AND_DROP = "take and drop"  # to the dot: accept the mail, then close without an answer
SILENCE = "silence"  # keep the connection and never answer
DRIP = "drip"  # one line of an answer after the other, and never the last
SLOW = "slow"  # give the usual answer, but late
HALF = "half"  # close in the midst of an answer's code
LATE = 0.05  # seconds
STALL = "stall"  # to DATA: say 354 and read no more
EXTENSIONS = ("PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
PLAIN = tuple(extension for extension in EXTENSIONS if extension != "PIPELINING")

# An answer, or a table or function from the command's argument to one; None: the usual one.
# The argument is the address for MAIL and RCPT, the recipient for the dot, else what follows.
# Lines within an answer are parted by "\n", also those of two answers in one write.
Reaction = str | Mapping[str, str] | Callable[[str], str | None]


@dataclass(frozen=True)
class Script:
    """How the server behaves; without arguments it is a good one."""

    extensions: tuple[str, ...] = EXTENSIONS
    answers: Mapping[str, Reaction] = field(default_factory=dict)  # CONNECT, EHLO, ..., RCPT, "."
    lingers: bool = False  # keeps the connection after 421
    delay: float = 0  # seconds before the answer to the dot
    round_trip: float = 0  # seconds before each answer, of commands in one write the last one's
    context: ssl.SSLContext | None = None  # offers STARTTLS
    implicit: bool = False  # speaks TLS from the first octet instead
    login: tuple[str, str] | None = None
    methods: str = "PLAIN LOGIN"


@dataclass(frozen=True)
class Mail:
    """A mail that was accepted, its body as it was before the dots were doubled."""

    sender: str
    parameters: str
    recipients: tuple[str, ...]
    body: bytes
    encrypted: bool
    logged_in: bool

    def line(self, bodies: bool) -> str:
        """Return the mail as a line of the journal."""
        kept = {"body": base64.b64encode(self.body).decode()} if bodies else {}
        digest = hashlib.sha256(self.body).hexdigest()
        facts = {"sender": self.sender, "recipients": self.recipients, "sha256": digest}
        return json.dumps(facts | {"size": len(self.body)} | kept) + "\n"


class Journal:
    """What was accepted: in a file, flushed mail by mail, and in memory where it is kept."""

    def __init__(self, path: Path | None = None, bodies: bool = True, keep: bool = True) -> None:
        self.mails: list[Mail] = []
        self.keep = keep
        self._bodies = bodies
        self._file = path.open("a", encoding="utf-8") if path else None

    def add(self, mail: Mail) -> None:
        if self.keep:
            self.mails.append(mail)
        if self._file:
            self._file.write(mail.line(self._bodies))
            self._file.flush()

    def close(self) -> None:
        if self._file:
            self._file.close()


class HungUpError(Exception):
    """The session is over."""


class Session:
    """One connection, from the greeting to its end."""

    def __init__(
        self,
        script: Script,
        journal: Journal,
        heard: Callable[[], None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.heard = bytearray()  # every octet, decrypted
        self.ended = False
        self._script, self._journal, self._notify = script, journal, heard
        self._reader, self._writer = reader, writer
        self._unread = bytearray()
        self._encrypted, self._logged_in = script.implicit, False
        self._sender: str | None = None
        self._parameters, self._recipients = "", list[str]()

    async def run(self) -> None:
        try:
            await self._talk()
        except (HungUpError, OSError, EOFError):
            pass
        finally:
            await self.hang_up()

    async def hang_up(self) -> None:
        self._writer.transport.abort()
        with suppress(OSError):
            await self._writer.wait_closed()
        self.ended = True
        self._notify()

    async def _talk(self) -> None:
        await self._say("CONNECT", "", "220 recorder.example ESMTP")
        while True:
            verb, _, rest = (await self._line()).partition(" ")
            await self._obey(verb.upper(), rest)

    async def _obey(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO":
                await self._say(verb, rest, self._hello())
            case "HELO":
                await self._say(verb, rest, "250 recorder.example")
            case "STARTTLS":
                await self._encrypt(rest)
            case "AUTH":
                await self._log_in(rest)
            case "MAIL" | "RCPT":
                await self._address(verb, rest)
            case "DATA":
                await self._data(rest)
            case "RSET":
                self._forget()
                await self._say(verb, rest, "250 2.0.0 forgotten")
            case "QUIT":
                await self._say(verb, rest, "221 2.0.0 bye")
                raise HungUpError
            case _:
                await self._say(verb, rest, "500 5.5.2 what?")

    def _hello(self) -> str:
        offered = list(self._script.extensions)
        if self._script.context and not self._encrypted:
            offered.append("STARTTLS")
        if self._script.login:
            offered.append(f"AUTH {self._script.methods}")
        lines = ["recorder.example", *offered]
        return "\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    async def _encrypt(self, rest: str) -> None:
        if await self._say("STARTTLS", rest, "220 2.0.0 go ahead") == 220:
            assert self._script.context
            self._unread.clear()
            await self._writer.start_tls(self._script.context)
            self._encrypted = True

    async def _log_in(self, rest: str) -> None:
        method, _, first = rest.partition(" ")
        words = decoded(first).split("\0")[1:]
        if method == "LOGIN":
            words = []
            for question in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
                self._write(f"334 {question}")
                words.append(decoded(await self._line()))
        self._logged_in = tuple(words) == self._script.login
        usual = "235 2.7.0 welcome" if self._logged_in else "535 5.7.8 wrong user or password"
        await self._say("AUTH", method, usual)

    async def _address(self, verb: str, rest: str) -> None:
        address, _, parameters = rest.partition(":")[2].lstrip("<").partition(">")
        if verb == "MAIL":
            self._forget()
        given = verb == "MAIL" or self._sender is not None
        usual = "250 2.1.0 ok" if given else "503 5.5.1 MAIL first"
        if await self._say(verb, address, usual) >= 300:
            return
        if verb == "MAIL":
            self._sender, self._parameters = address, parameters.strip()
        else:
            self._recipients.append(address)

    async def _data(self, rest: str) -> None:
        usual = "354 go ahead" if self._recipients else "554 5.5.1 no valid recipients"
        if await self._say("DATA", rest, usual) != 354:
            return
        body = await self._body()
        sender, parameters, recipients = self._sender, self._parameters, tuple(self._recipients)
        self._forget()
        if self._script.delay:
            await asyncio.sleep(self._script.delay)
        argument = recipients[0] if recipients else ""
        usual = "250 2.0.0 taken"
        answer = self._scripted(".", argument) or usual
        if answer.startswith("2") or answer in (TAKE_AND_DROP, SLOW):
            facts = (sender or "", parameters, recipients, body)
            self._journal.add(Mail(*facts, self._encrypted, self._logged_in))
        await self._answer(answer, usual)

    def _forget(self) -> None:
        self._sender = None
        self._recipients.clear()

    async def _body(self) -> bytes:
        """Return the mail's octets up to its dot (RFC 5321, section 4.5.2), dots single again."""
        self._unread[:0] = b"\r\n"  # so that a dot in the first line also follows a line's end
        searched = 0
        while (end := self._unread.find(b"\r\n.\r\n", searched)) < 0:
            searched = max(0, len(self._unread) - 4)
            await self._receive()
        body = bytes(self._unread[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]
        del self._unread[: end + 5]
        return body

    async def _line(self) -> str:
        while (end := self._unread.find(b"\r\n")) < 0:
            await self._receive()
        line = self._unread[:end].decode(errors="replace")  # a TLS hello, if it must be
        del self._unread[: end + 2]
        return line

    async def _receive(self) -> None:
        octets = await self._reader.read(1 << 16)
        if not octets:
            raise EOFError
        self._unread += octets
        if self._journal.keep:
            self.heard += octets
            self._notify()

    def _scripted(self, verb: str, argument: str) -> str | None:
        reaction = self._script.answers.get(verb)
        if callable(reaction):
            return reaction(argument)
        return reaction.get(argument) if isinstance(reaction, Mapping) else reaction

    async def _say(self, verb: str, argument: str, usual: str) -> int:
        return await self._answer(self._scripted(verb, argument) or usual, usual)

    async def _answer(self, answer: str, usual: str = "") -> int:
        """Write an answer, or do as the script says instead; return its code."""
        if answer == HALF:
            self._writer.write(b"25")
            await self._writer.drain()
            self._writer.write_eof()  # so that it arrives: the end of the session is an abort
            await self._reader.read()
        if answer in (DROP, TAKE_AND_DROP, HALF):
            raise HungUpError
        if answer == SLOW:
            await asyncio.sleep(LATE)
            answer = usual
        while answer == SILENCE:
            await self._receive()
        if self._script.round_trip and not self._unread:
            await asyncio.sleep(self._script.round_trip)
        while answer == DRIP:
            self._write("250-wait")
            await asyncio.sleep(0.01)
        self._write("354 go ahead" if answer == STALL else answer)
        await self._writer.drain()
        if answer == STALL:
            self._writer.transport.pause_reading()
            await asyncio.Event().wait()
        if answer.startswith("421") and not self._script.lingers:
            raise HungUpError
        return int(answer[:3]) if answer[:3].isdigit() else 0

    def _write(self, answer: str) -> None:
        self._writer.write((answer.replace("\n", "\r\n") + "\r\n").encode())


def decoded(text: str) -> str:
    return base64.b64decode(text).decode()
