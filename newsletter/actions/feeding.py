"""The digests of a run in their line -> the tray: written here, or by the process beside."""

from array import array
from collections import deque

from newsletter.actions.scribe import Hand
from newsletter.actions.tour import BATCH, Tour, attempt, line_up, look_for_notes
from newsletter.actions.tray import POLL
from newsletter.actions.writing import Chunk
from newsletter.domain.message import Message
from newsletter.store import outbox
from newsletter.store.deliveries import Delivery
from newsletter.store.outbox import Due

AHEAD = 2  # batches that the process beside is asked for
FIRST = 25  # deliveries of the first batch
LOOK = 5.0  # seconds between two looks for others while a domain's line is worked off


def feed(tour: Tour) -> None:
    """Write the mails that are due and lay them down for the lanes, until nothing is due."""
    while not tour.is_over():
        look_for_notes(tour, since=0)
        feed_digests(tour)
        # Who became due meanwhile does not wait for a domain that takes few mails.
        while not tour.domains.wait_until_empty(lambda: tour.is_over() or tour.left <= 0, LOOK):
            tour.clerk.flush()  # what ended is on record, and does not stand in line again
            line_up(tour)
            feed_digests(tour)
        if tour.left <= 0:
            return
        # What was refused before the dot, or gave way, may stand otherwise when it is on record.
        tour.tray.wait_until_empty()
        if tour.is_over():
            return
        tour.clerk.flush()
        if not line_up(tour) and not look_for_notes(tour, since=0):
            return


def feed_digests(tour: Tour) -> None:
    """Lay down the digests that stand in line, by the batch."""
    waiting = in_batches(tour.line)
    tour.line = array("q")
    while waiting and not tour.is_over() and tour.left > 0:
        if tour.hand and tour.hand.is_ready:
            waiting = by_hand(tour, tour.hand, waiting)
        else:
            here(tour, waiting.popleft())


def in_batches(line: "array[int]") -> "deque[array[int]]":
    """Return the line in batches; the first are small, for nobody has anything to do before."""
    found, at, size = deque["array[int]"](), 0, FIRST
    while at < len(line):
        found.append(line[at : at + size])
        at, size = at + size, min(BATCH, 2 * size)
    return found


def here(tour: Tour, wanted: "array[int]") -> None:
    """Read a batch, and write and lay down its mails."""
    with tour.store.read() as tx:
        batch = outbox.digests(tx, wanted[: tour.left], tour.way.now())
        write = tour.way.prepare(tx, [one.delivery for one in batch])
    for one in batch:
        if tour.is_over():
            return
        attempt(tour, one, write)


def by_hand(tour: Tour, hand: Hand, waiting: "deque[array[int]]") -> "deque[array[int]]":
    """Lay down what the process beside writes; return the batches that are left when it is gone."""
    asked: deque[array[int]] = deque()
    while (waiting or asked) and not tour.is_over() and tour.left > 0:
        while waiting and len(asked) < AHEAD:
            asked.append(waiting.popleft())
            hand.ask(asked[-1], tour.way.now())
        chunk = hand.next(POLL)
        if chunk:
            lay_down(tour, hand, chunk)
            if chunk.is_last:
                done = asked.popleft()
                if chunk.failed:
                    here(tour, done)
        elif hand.is_gone:
            break
    return asked + waiting


def lay_down(tour: Tour, hand: Hand, chunk: Chunk) -> None:
    """Lay down what was written by the process beside, and write what it left to us."""
    for one, message in zip(chunk.written, hand.messages(chunk), strict=True):
        if tour.is_over():
            return

        def write(delivery: Delivery, message: Message | None = message) -> Message:
            return message or written_here(tour, delivery)

        attempt(tour, Due(one.delivery, one.closed), write)


def written_here(tour: Tour, delivery: Delivery) -> Message:
    """Return the message of one delivery."""
    with tour.store.read() as tx:
        return tour.way.prepare(tx, [delivery])(delivery)
