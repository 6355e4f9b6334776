"""The mails of a run that are written and not handed over yet: laid down here, taken by lanes."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic  # a stopwatch: waits here are for other threads, not for a time

from newsletter.domain.message import Message
from newsletter.mail.hub import Bell, Hub
from newsletter.store.deliveries import Delivery

Mail = tuple[Delivery, Message]
POLL = 0.1  # seconds between two looks whether the run is to stop: a signal wakes nobody


@dataclass(slots=True, eq=False)
class Tray:
    """What lies here belongs to nobody yet: dropped, it is still pending. Notes are taken first."""

    most: int  # digests that lie here at a time
    stop: Callable[[], bool]
    hub: Hub = field(default_factory=Hub)  # that the lanes are tasks of
    notes: deque[Mail] = field(default_factory=deque)
    digests: deque[Mail] = field(default_factory=deque)
    changed: Bell = field(init=False)
    # With the same lock, for the lanes that wait for a mail, and for those that wait for a note:
    # one mail wakes one lane and not all of them.
    laid: Bell = field(init=False)
    noted: Bell = field(init=False)
    ended: bool = False  # no more will come
    error: BaseException | None = None  # the run is over
    in_hand: int = 0  # taken, and not done
    opening: int = 0  # lanes whose connection is being opened
    open_lanes: int = 0  # of those that take digests

    def __post_init__(self) -> None:
        lock = threading.RLock()
        self.changed, self.laid, self.noted = (Bell(self.hub, lock) for _ in range(3))

    def wait(
        self,
        so: Callable[[], object],
        seconds: float | None = None,
        told: Bell | None = None,
    ) -> None:
        """Wait, with `changed` held, until it is so, the run is to stop, or that long."""
        told = told or self.changed
        until = None if seconds is None else monotonic() + seconds
        while not (so() or self.stop()):
            left = POLL if until is None else min(POLL, until - monotonic())
            if left <= 0:
                return
            told.pause(so, left)

    def put(self, mail: Mail, is_note: bool) -> bool:
        """Lay a mail down as soon as there is room; False when the run is over or to stop.

        Raises what ended the run.
        """
        with self.changed:
            self.wait(lambda: self.ended or is_note or len(self.digests) < self.most)
            if self.error:
                raise self.error
            if self.ended or self.stop():
                return False
            (self.notes if is_note else self.digests).append(mail)
            self.tell(is_note)
            return True

    def tell(self, is_note: bool) -> None:
        """Wake who can take the mail that was laid down."""
        self.laid.notify()
        if is_note:
            self.noted.notify_all()

    def take(self, notes_only: bool = False) -> Mail | None:
        """Return the next mail, None when the run is over or to stop."""
        with self.changed:
            told = self.noted if notes_only else self.laid
            self.wait(lambda: self.error or self.ended or self.lying(notes_only), told=told)
            found = self.lying(notes_only)
            if self.error or self.stop() or not found:
                return None
            return self.taken(found)

    def take_digest(self) -> Mail | None:
        """Return a digest that lies here and before which no note goes; None, at once, if none."""
        with self.changed:
            if self.error or self.stop() or self.notes or not self.digests:
                return None
            return self.taken(self.digests)

    def taken(self, heap: deque[Mail]) -> Mail:
        """Take the first mail of a heap, in which there is one."""
        self.in_hand += 1
        mail = heap.popleft()
        self.changed.notify_all()  # there is room
        return mail

    def lying(self, notes_only: bool) -> deque[Mail]:
        """Return the heap that is to be taken from."""
        return self.notes if notes_only or self.notes else self.digests

    def done(self) -> None:
        """Note that a mail that was taken is handed over, or will not be."""
        with self.changed:
            self.in_hand -= 1
            self.changed.notify_all()

    def put_back(self, mail: Mail, is_note: bool) -> None:
        """Lay down again what was taken and not begun, for another lane to take next."""
        with self.changed:
            (self.notes if is_note else self.digests).appendleft(mail)
            self.tell(is_note)

    def wait_until_empty(self) -> None:
        """Wait until all that was laid down is handed over, or the run is over or to stop."""
        with self.changed:
            self.wait(lambda: self.ended or not (self.notes or self.digests or self.in_hand))

    def end(self, error: BaseException | None = None) -> None:
        """Let the lanes go home: after the last mail that lies here, or at once for an error."""
        with self.changed:
            self.ended = True
            self.error = self.error or error
            for one in (self.changed, self.laid, self.noted):
                one.notify_all()

    def halt(self) -> None:
        """Let the lanes go home after what they have in hand; the rest is dropped."""
        with self.changed:
            self.notes.clear()
            self.digests.clear()
            self.end()

    def begin_opening(self, lanes: int = 1) -> None:
        """Note that so many connections are about to be opened."""
        with self.changed:
            self.opening += lanes

    def opened(self, for_digests: int) -> None:
        """Note that one of them is open; `for_digests` is 1 if it takes digests, else 0."""
        with self.changed:
            self.opening -= 1
            self.open_lanes += for_digests
            self.changed.notify_all()

    def not_opened(self) -> bool:
        """Note that one of them failed; return whether one that takes all mails is open."""
        with self.changed:
            self.opening -= 1
            self.changed.notify_all()
            self.wait(lambda: self.open_lanes or not self.opening)
            return self.open_lanes > 0

    def closed(self, for_digests: int) -> None:
        """Note that an open connection is closed."""
        with self.changed:
            self.open_lanes -= for_digests
            self.changed.notify_all()
