"""A process that reads and writes the mails of a large run beside the one that sends them."""

import logging
import mmap
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from math import inf
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from select import POLLIN
from tempfile import TemporaryFile
from threading import Lock
from time import monotonic  # a stopwatch
from typing import TYPE_CHECKING
from weakref import finalize

from newsletter import __version__
from newsletter.actions.gate import Gate
from newsletter.actions.messages import Press
from newsletter.actions.writing import SIZE, SLOTS, Asked, Chunk, Freed, Mail, bound
from newsletter.domain.imprint import Imprint
from newsletter.domain.message import Message, Rendered, Site
from newsletter.mail import hub
from newsletter.rendering.language import language
from newsletter.rendering.templates import Templates

if TYPE_CHECKING:  # where nothing is signed, nobody waits for the library
    from newsletter.actions.signing import Signing

log = logging.getLogger(__name__)

ENOUGH = 1000  # mails of a run for which it is begun: it starts with nothing at hand
FEWEST = 100  # of a run that it is used for where it is there
PATIENCE = 30.0  # seconds that it is waited for; a mail takes it a thousandth of one
IN_MEMORY = hasattr(os, "memfd_create")
NOTHING = Rendered("", "")  # nobody looks at the text of a mail that is written


@dataclass(frozen=True, slots=True)
class Errand:
    """What the process must know to write the same mails as we would."""

    database: str
    folders: tuple[Path, ...]  # of templates
    language: str
    site: Site
    tokens: tuple[bytes, ...]  # their keys, the newest first
    envelope_sender: str
    pages: bool
    instance: str
    envelope: str
    signs: tuple[str, ...]
    allowed: frozenset[str]  # rules of the lint
    keys: tuple[tuple[str, str, bytes], ...]  # domain, selector and PEM

    @classmethod
    def of(cls, press: Press, database: str) -> "Errand":
        """Return it for a press and a database."""
        return cls(
            database, press.templates.folders, press.templates.language.code, press.site,
            tuple(press.keys), press.envelope_sender, press.pages, press.instance, press.envelope,
            tuple(press.signs), press.gate.allowed,
            in_pem(press.sign) if press.sign else (),
        )  # fmt: skip

    def press(self) -> Press:
        """Return the press, which leaves signatures to whoever has the time."""
        return Press(
            templates=Templates(self.folders, language(self.language)),
            site=self.site,
            keys=self.tokens,
            envelope_sender=self.envelope_sender,
            pages=self.pages,
            instance=self.instance,
            envelope=self.envelope,
            sign=signing(self.keys) if self.keys else None,
            gate=Gate(self.allowed),
            signs=self.signs,
        )


def in_pem(sign: "Signing") -> tuple[tuple[str, str, bytes], ...]:
    """Return the keys as `signing` takes them."""
    from newsletter.rendering.dkim_keys import to_pem

    return tuple((one.domain, one.selector, to_pem(one.private)) for one in sign.keys)


def signing(keys: Sequence[tuple[str, str, bytes]]) -> "Signing":
    """Return what signs by these keys when somebody has the time."""
    from newsletter.actions.signing import Signing
    from newsletter.rendering.dkim_keys import read_key

    return Signing([read_key(*one) for one in keys], later=True)


class Texts(Mapping[str, str]):
    """Some of many texts, without a copy for each mail."""

    def __init__(self, names: tuple[str, ...], known: Mapping[str, str]) -> None:
        self.names, self.known = names, known

    def __getitem__(self, name: str) -> str:
        """Return the text."""
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        """Return the hashes."""
        return iter(self.names)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)


class Scribe:
    """Such a process, begun for a large run and kept for those that follow soon.

    Whoever sends does without it where it is not ready, or not there any more.
    """

    def __init__(self, press: Press, database: str) -> None:
        self.press, self.database = press, database
        self._hand: Hand | None = None
        self._taken = Lock()

    @contextmanager
    def beside(self, mails: int, processes: int = 1) -> "Iterator[Hand | None]":
        """Give what writes beside a run, if it has many mails and a processor is free for it."""
        if self._hand and self._hand.is_gone:
            self.end()
        enough = FEWEST if self._hand else ENOUGH
        wanted = mails >= enough and has_room(processes) and self._taken.acquire(blocking=False)
        if not wanted:
            yield None
            return
        try:
            yield self.begin()
        finally:
            if self._hand and self._hand.asked:  # what nobody waits for any more
                self.end()
            self._taken.release()

    def begin(self) -> "Hand | None":
        """Return the process, begun if there is none; None where none can be begun."""
        if self._hand is None:
            try:
                self._hand = Hand(Errand.of(self.press, self.database), self.press.sign)
            except OSError as error:
                log.warning("mails are written by the sender alone: %s", error)
        return self._hand

    def end(self) -> None:
        """End the process."""
        hand, self._hand = self._hand, None
        if hand:
            hand.end()


def has_room(processes: int) -> bool:
    """Return whether each process of the run can have a second processor."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (count or 1) >= 2 * processes


class Hand:
    """The process, and what it was asked for."""

    def __init__(self, errand: Errand, sign: "Signing | None" = None) -> None:
        self._sign = sign  # by the same keys
        self.asked = 0  # times that it was asked for some mails, and has not written the last
        self.is_gone = False
        self._is_ready = False
        self._since = inf  # from when on it is waited for, while it is
        self._texts: dict[str, str] = {}
        self._line, theirs = Pipe()
        bound(self._line, PATIENCE)
        with theirs, common_memory() as file:
            self._memory = mmap.mmap(file, SLOTS * SIZE)
            fds = (theirs.fileno(), file)
            # Not from the folder where we are: it is the operator's, and holds no program.
            python = sys.executable or "python3"
            command = [python, "-P", "-m", "newsletter.scribe", *map(str, fds)]
            # In a group of its own: a key that stops the sender is not for it.
            self._process = subprocess.Popen(  # noqa: S603 - a module of ours, and no shell
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=fds,
                process_group=0,
            )  # fmt: skip
        self._ended = finalize(self, put_down, self._line, self._process)
        with suppress(OSError):  # it has ended already: then it is never ready
            self._line.send(errand)

    @property
    def is_ready(self) -> bool:
        """Return whether it can be asked."""
        if not (self._is_ready or self.is_gone) and self._line.poll(0):
            self._is_ready = self._hear() == __version__
            if not self._is_ready:  # gone, or updated under our feet
                self.end()
        return self._is_ready and not self.is_gone

    def ask(self, wanted: Sequence[int], now: datetime) -> None:
        """Ask for the mails of these deliveries, in their order."""
        self.asked += 1
        self._say(Asked(list(wanted), now))

    def next(self, seconds: float) -> Chunk | None:
        """Return what it wrote next; None if that is not there until then, or it is gone.

        What says nothing for too long is ended: whoever waits does without.
        """
        begun = monotonic()
        if not self.is_gone and not self._has_spoken(seconds):
            self._since = min(self._since, begun)
            if monotonic() > self._since + PATIENCE:
                log.warning("the process that writes mails says nothing; the sender goes on alone")
                self.end()
            return None
        chunk = None if self.is_gone else self._hear()
        if not isinstance(chunk, Chunk):
            return None
        self._since = inf
        self.asked -= chunk.is_last
        if chunk.is_anew:
            self._texts = {}
        self._texts.update(chunk.texts)
        return chunk

    def _has_spoken(self, seconds: float) -> bool:
        task = hub.current()
        if task:
            return task.ready(self._line.fileno(), POLLIN, monotonic() + seconds)
        return self._line.poll(seconds)

    def messages(self, chunk: Chunk) -> list[Message | None]:
        """Return the message of each that was written; None for one that has none."""
        found = [self._message(one.mail) if one.mail else None for one in chunk.written]
        freed = [one.mail.slot for one in chunk.written if one.mail and one.mail.slot >= 0]
        if freed:
            self._say(Freed(freed))
        return found

    def _message(self, mail: Mail) -> Message:
        at = mail.slot * SIZE
        texts = Texts(mail.texts, self._texts)
        return Message(
            name=mail.name,
            message_id=mail.message_id,
            envelope_sender=mail.envelope_sender,
            recipient=mail.recipient,
            rendered=NOTHING,
            raw=self._memory[at : at + mail.length] if mail.slot >= 0 else mail.raw,
            is_clean=mail.is_clean,
            imprint=Imprint(mail.shape, mail.papers, texts) if mail.shape else None,
            body_hash=mail.body_hash,
            seal=self._sign.seal(mail.blanks) if self._sign and mail.blanks else None,
        )

    def end(self) -> None:
        """End it: it holds nothing that anybody needs."""
        self.is_gone = True
        self._ended()

    def _say(self, said: object) -> None:
        try:
            self._line.send(said)
        except OSError:
            self.is_gone = True

    def _hear(self) -> object:
        """Return what it says; None if it is gone."""
        try:
            return self._line.recv()
        except Exception:  # whatever it is: who waits does without
            self.is_gone = True
            return None


def put_down(line: "Connection[object, object]", process: "subprocess.Popen[bytes]") -> None:
    """End the process."""
    line.close()
    process.kill()
    process.wait()


@contextmanager
def common_memory() -> Iterator[int]:
    """Give a file, in memory where the system has such, for what two processes have in common."""
    with os.fdopen(os.memfd_create("mails"), "r+b") if IN_MEMORY else TemporaryFile() as file:
        file.truncate(SLOTS * SIZE)
        yield file.fileno()
