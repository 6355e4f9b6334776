"""One connection of a run: takes written mails, hands each over, tells the clerk how it went."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.actions.clerk import Clerk
from newsletter.actions.watch import Watch, is_slow_down
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import SenderError
from newsletter.mail.pace import Pace
from newsletter.mail.sender import Sender
from newsletter.store.deliveries import Delivery

Mail = tuple[Delivery, Message]
LONGEST_REST = 60.0  # seconds that a connection rests when the server asks to slow down


@dataclass(slots=True)
class Tray:
    """The mails that are written and not taken yet; notes are taken first."""

    most: int
    notes: deque[Mail] = field(default_factory=deque)
    digests: deque[Mail] = field(default_factory=deque)
    changed: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False  # no more will come
    error: BaseException | None = None  # the run is over
    in_hand: int = 0
    open_lanes: int = 0

    def put(self, mail: Mail, is_note: bool) -> None:
        """Lay a mail down as soon as there is room. Raises what ended the run."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or is_note or self.has_room)
            if self.error:
                raise self.error
            (self.notes if is_note else self.digests).append(mail)
            self.changed.notify_all()

    @property
    def has_room(self) -> bool:
        """Return whether another digest may be written."""
        return len(self.digests) < self.most

    def take(self) -> Mail | None:
        """Return the next mail, None when the run is over."""
        with self.changed:
            self.changed.wait_for(lambda: self.error or self.notes or self.digests or self.ended)
            if self.error or not (self.notes or self.digests):
                return None
            self.in_hand += 1
            self.changed.notify_all()
            return (self.notes or self.digests).popleft()

    def done(self) -> None:
        """Note that a mail that was taken is handed over, or will not be."""
        with self.changed:
            self.in_hand -= 1
            self.changed.notify_all()

    def clear(self) -> None:
        """Drop what nobody took: it is still pending."""
        with self.changed:
            self.notes.clear()
            self.digests.clear()
            self.changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Let the lanes go home: after the last mail, or at once if there is an error."""
        with self.changed:
            self.ended = True
            self.error = self.error or error
            self.changed.notify_all()


@dataclass(slots=True, eq=False)
class Lane:
    """A connection and the thread that uses it."""

    open_sender: Callable[[], Sender]
    clerk: Clerk
    tray: Tray
    watch: Watch
    pace: Pace
    stop: Callable[[], bool]
    gave_way: Callable[[Delivery], None]  # it was not armed: something happened to it
    broke: Callable[[Delivery, str], None]  # a mail that cannot be said in SMTP
    sender: Sender | None = None
    rest: float = 0.0

    def run(self) -> None:
        """Take mails until the run is over; what is wrong with all of them ends it."""
        try:
            if not self.open():
                return
            while mail := self.tray.take():
                try:
                    self.hand_over(*mail)
                finally:
                    self.tray.done()
        except BaseException as error:
            self.tray.end(error)
        finally:
            if self.sender:
                self.sender.close()
            with self.tray.changed:
                self.tray.open_lanes -= self.sender is not None
                self.tray.changed.notify_all()

    def open(self) -> bool:
        """Open the connection; False if others are open and the server grants no more."""
        try:
            self.sender = self.open_sender()
        except SenderError:
            with self.tray.changed:
                if self.tray.open_lanes:
                    return False
            raise
        with self.tray.changed:
            self.tray.open_lanes += 1
        return True

    def hand_over(self, delivery: Delivery, message: Message) -> None:
        """Send one mail and settle its outcome."""
        if not self.pace.turn(self.stop):  # none are left today, or we are to stop
            self.tray.clear()
            self.tray.end()
            return  # it is still pending

        def arm() -> bool:
            self.pace.pass_dot()
            return self.clerk.arm(delivery, message.message_id)

        try:
            outcome = self.send(message, arm)
        except ValueError as error:  # an address or a body that cannot be said in SMTP
            self.broke(delivery, str(error))
            return
        if outcome.result is Result.NOT_ARMED:
            self.gave_way(delivery)
            return
        self.clerk.settle(delivery, outcome)
        self.watch.note(outcome)
        self.heed(outcome)

    def send(self, message: Message, arm: Callable[[], bool]) -> Outcome:
        """Send by the open connection, or a new one.

        Some servers take only so many mails by one connection and then answer 421 or hang up:
        before the arming that is no answer about the mail, so it is tried once more at once by a
        new one.
        """
        if self.sender and self.sender.usable:
            armed = False

            def noting() -> bool:
                nonlocal armed
                armed = True
                return arm()

            outcome = self.sender.send(message, noting)
            if armed or outcome.result is not Result.DEFERRED or self.sender.usable:
                return outcome
        if self.sender:
            self.sender.close()
        self.sender = self.open_sender()
        return self.sender.send(message, arm)

    def heed(self, outcome: Outcome) -> None:
        """Rest when the server asks to slow down, longer each time; a success ends that."""
        if not is_slow_down(outcome):
            self.rest = 0.0 if outcome.result is Result.ACCEPTED else self.rest
            return
        self.rest = min(max(1.0, 2 * self.rest), LONGEST_REST)
        with self.tray.changed:
            self.tray.changed.wait_for(lambda: self.stop() or self.tray.error, self.rest)
