"""What a process does that writes mails for a sender: numbers of deliveries in, mails out.

It reads and writes what it is asked for in that order, and runs ahead by as many mails as lie in
the memory that both have in common. What it cannot do it leaves to the sender.
"""

import logging
import mmap
import os
import select
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from newsletter.domain.delivery import State
from newsletter.domain.imprint import body_hash_of
from newsletter.domain.message import Message
from newsletter.store import outbox
from newsletter.store.database import Store
from newsletter.store.deliveries import Delivery
from newsletter.store.outbox import Due

if TYPE_CHECKING:  # where nothing is signed, nobody waits for the library
    from newsletter.rendering.dkim import Blank

log = logging.getLogger(__name__)

SLOTS = 64  # mails that it may be ahead
SIZE = 1 << 17  # octets of one; a longer mail goes by the line
CHUNK = 8  # mails that are told of at a time
FEW = 12  # mails ahead: with fewer the sender waits for them, and signs them itself
MOST_TEXTS = 8192  # that the sender keeps for us
IDLE = 300_000  # milliseconds with nothing to do after which the process ends


class Asked(NamedTuple):
    """What the sender wants to have written."""

    wanted: Sequence[int]  # deliveries
    now: datetime


class Freed(NamedTuple):
    """Places in the common memory that can be used again."""

    slots: Sequence[int]


class Written(NamedTuple):
    """One delivery: its mail, or why there is none; neither, if the sender is to write it."""

    delivery: Delivery
    closed: tuple[State, str] | None = None
    mail: "Mail | None" = None


class Mail(NamedTuple):
    """A message but its octets, which lie in the common memory, or here if they are too many."""

    name: str
    message_id: str
    envelope_sender: str
    recipient: str
    is_clean: bool
    shape: str
    papers: tuple[str, ...]
    texts: tuple[str, ...]  # the hashes of those that are kept with it
    body_hash: bytes
    blanks: "tuple[Blank, ...]"  # that the sender is to fill
    slot: int
    length: int
    raw: bytes = b""


class Chunk(NamedTuple):
    """What was written since the last one."""

    written: Sequence[Written]
    texts: Mapping[str, str]  # under their hashes, those that the sender does not have
    is_anew: bool = False  # it is to forget those from before
    is_last: bool = False  # of what was asked for
    failed: bool = False  # the rest of it cannot be read here


class Writing:
    """The work of the process, for one line to one sender."""

    def __init__(
        self,
        line: Connection,
        memory: mmap.mmap,
        store: Store,
        prepare: "Callable[[sa.Connection, Sequence[Delivery]], Callable[[Delivery], Message]]",
    ) -> None:
        self.line, self.memory, self.store, self.prepare = line, memory, store, prepare
        self.asked: deque[Asked] = deque()
        self.free: deque[int] = deque(range(SLOTS))
        self.told: set[str] = set()  # the hashes of texts that the sender has
        self.chunk: list[Written] = []
        self.texts: dict[str, str] = {}
        self.is_anew = False
        self._heard = select.poll()
        self._heard.register(line.fileno(), select.POLLIN)

    def run(self) -> None:
        """Write what is asked for until there is nothing to do for long.

        Raises EOFError or OSError when the sender is gone.
        """
        while self.asked or self._heard.poll(IDLE):
            if self.asked:
                self.do(self.asked.popleft())
            else:
                self.hear()

    def hear(self) -> None:
        """Wait for what the sender says next."""
        said = self.line.recv()
        if isinstance(said, Asked):
            self.asked.append(said)
        else:
            self.free.extend(said.slots)

    def do(self, asked: Asked) -> None:
        """Read and write what was asked for."""
        try:
            with self.store.read() as tx:
                batch = outbox.digests(tx, asked.wanted, asked.now)
                write = self.prepare(tx, [one.delivery for one in batch])
        except Exception:  # the sender meets it too, and says so
            log.debug("a process beside the sender cannot read", exc_info=True)
            self.tell(is_last=True, failed=True)
            return
        for due in batch:
            # Not in one expression: what is written may begin another chunk.
            written = self.written(due, write)
            self.chunk.append(written)
            if len(self.chunk) >= CHUNK:
                self.tell()
        self.tell(is_last=True)

    def tell(self, is_last: bool = False, failed: bool = False) -> None:
        """Tell the sender what was written."""
        self.line.send(Chunk(self.chunk, self.texts, self.is_anew, is_last, failed))
        self.chunk, self.texts, self.is_anew = [], {}, False
        if len(self.told) > MOST_TEXTS:
            self.told.clear()
            self.is_anew = True

    def written(self, due: Due, write: Callable[[Delivery], Message]) -> Written:
        """Return what becomes of a delivery."""
        if due.closed:
            return Written(due.delivery, due.closed)
        try:
            message = write(due.delivery)
        except Exception:  # the sender meets it too, and says so
            log.debug("a process beside the sender cannot write", exc_info=True)
            return Written(due.delivery)
        while self._heard.poll(0):
            self.hear()
        return Written(due.delivery, mail=self.laid_down(message))

    def laid_down(self, message: Message) -> Mail:
        """Put the octets into a free place of the common memory, and return the rest."""
        body_hash = message.body_hash
        if SLOTS - len(self.free) >= FEW:
            message = message.sealed()
            body_hash = body_hash or body_hash_of(message.raw)
        blanks = message.seal.blanks if message.seal else ()
        slot = self.place() if len(message.raw) <= SIZE else -1
        if slot >= 0:
            self.memory[slot * SIZE : slot * SIZE + len(message.raw)] = message.raw
        shape, papers, texts = self.imprint(message)
        return Mail(
            name=message.name,
            message_id=message.message_id,
            envelope_sender=message.envelope_sender,
            recipient=message.recipient,
            is_clean=message.is_clean,
            shape=shape,
            papers=papers,
            texts=texts,
            body_hash=body_hash,
            blanks=blanks,
            slot=slot,
            length=len(message.raw),
            raw=b"" if slot >= 0 else message.raw,
        )

    def imprint(self, message: Message) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """Return what is kept of what shaped the mail; texts that are new go with the chunk."""
        if message.imprint is None:
            return "", (), ()
        texts = message.imprint.texts
        names = tuple(texts)
        if not self.told.issuperset(names):
            new = [one for one in names if one not in self.told]
            self.texts |= {one: texts[one] for one in new}
            self.told.update(new)
        return message.imprint.shape, message.imprint.papers, names

    def place(self) -> int:
        """Return a place that is free, waiting for one."""
        if not self.free and self.chunk:
            self.tell()
        while not self.free:
            self.hear()
        return self.free.popleft()


def bound(line: "Connection[object, object]", seconds: float) -> None:
    """Let reading and writing fail (OSError) where the other end stops in the midst of a thing."""
    wait = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))  # struct timeval
    with socket.socket(fileno=os.dup(line.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
        same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
