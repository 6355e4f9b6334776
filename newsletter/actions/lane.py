"""One connection of a run: takes written mails, hands each over, tells the clerk how it went."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.actions.clerk import Clerk
from newsletter.actions.domains import Domains
from newsletter.actions.outlets import LONGEST_REST, Station
from newsletter.actions.tray import Mail, Tray
from newsletter.actions.watch import Watch, is_slow_down
from newsletter.domain.delivery import Kind, Outcome, Result
from newsletter.domain.imprint import to_print
from newsletter.domain.message import Message
from newsletter.errors import SenderError
from newsletter.mail.hub import aside
from newsletter.mail.sender import Sender
from newsletter.store.deliveries import Delivery

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Lane:
    """A connection and the task that uses it.

    One on demand opens it for its first mail.
    """

    station: Station
    clerk: Clerk
    tray: Tray
    watch: Watch
    domains: Domains
    gave_way: Callable[[Delivery], None]  # it was not armed: something happened to it
    broke: Callable[[Delivery, str], None]  # a mail that cannot be said in SMTP
    notes_only: bool = False
    is_spare: bool = False  # there may be no mail for it
    sender: Sender | None = field(default=None, init=False)
    rest: float = field(default=0.0, init=False)
    was_cut: bool = field(default=False, init=False)
    following: Mail | None = field(default=None, init=False)  # taken before another's dot
    is_surplus: bool = field(default=False, init=False)  # the server grants no more than others'

    def run(self) -> None:
        """Take mails until the run is over; what is wrong with all of them ends it.

        Whoever starts a lane that is not on demand has said `tray.begin_opening`.
        """
        try:
            if not self.on_demand and not self.open() and not self.stays():
                return
            while self.may_take():
                mail = self.next()
                if mail is None:
                    if self.station.awaits_more(self.notes_only):
                        continue
                    return
                try:
                    if not self.hand_over(mail) and not self.stays():
                        return
                finally:
                    self.tray.done()
        except BaseException as error:
            self.tray.end(error)
        finally:
            self.leave_following()
            self.close()

    def next(self) -> Mail | None:
        """Return the next mail, None when the run is over or to stop."""
        if self.tray.error or self.tray.stop():
            self.leave_following()
        mail, self.following = self.following, None
        return mail or self.tray.take(self.notes_only)

    def ahead(self) -> Message | None:
        """Take the mail that comes next if one lies there and there is nothing to wait for.

        No note, for whose reader somebody waits: the answer to a dot may take minutes, and another
        lane is soon there. And none where there are limits, which say when a mail may begin, or
        other relays, by which it may go.
        """
        outlet, others = self.station.outlet, self.station.others
        limited = outlet.pace.is_limited or self.domains.limits
        if outlet.health.may_ride and not (limited or others or self.notes_only):
            self.following = self.tray.take_digest()
        if self.following is None:
            return None
        delivery, message = self.following
        self.following = (delivery, message.sealed())
        return self.following[1]

    def leave_following(self) -> None:
        """Lay down again what comes next, if it was taken already."""
        mail, self.following = self.following, None
        if mail:
            self.tray.put_back(mail, is_note=False)
            self.tray.done()

    @property
    def on_demand(self) -> bool:
        """Return whether the connection is opened when there is a mail for it."""
        return self.notes_only or self.is_spare

    def may_take(self) -> bool:
        """Wait until the relay is well and it is its turn; False when the run is over."""
        while (what := self.station.wait()) == "open":
            self.is_ready()
        return what == "take"

    def stays(self) -> bool:
        """Return whether the lane waits until its relay is well: others have the mails."""
        return bool(self.station.others) and not self.is_surplus

    def cut(self) -> None:
        """End what the lane waits for: the run is to stop, and the server says nothing."""
        self.was_cut = True
        if self.sender:
            self.sender.cut()

    def open(self) -> bool:
        """Open the connection; False if the server grants no more than those of other lanes.

        Raises SenderError if there are none.
        """
        try:
            self.sender = aside(self.station.outlet.open_sender)
        except SenderError as error:
            if self.station.others:
                self.tray.opened(0)
                self.is_surplus = not self.station.failed(error)
                return False
            if not self.tray.not_opened():
                raise
            log.warning("a connection fewer: %s", error)
            return False
        except BaseException:
            self.tray.not_opened()
            raise
        self.tray.opened(not self.notes_only)
        self.station.opened()
        return True

    def close(self) -> None:
        """Let go of the connection."""
        if self.sender:
            self.sender.close()
            self.sender = None
            self.tray.closed(not self.notes_only)
            self.station.closed()

    def is_ready(self) -> bool:
        """Return whether there is a good connection, a new one where the old one was lost."""
        if self.sender and self.sender.usable:
            return True
        # Counted as one that opens before it counts as closed: others who fail wait for it.
        self.tray.begin_opening()
        self.close()
        return self.open()

    def hand_over(self, mail: Mail) -> bool:
        """Send one mail and settle its outcome; False if this lane can do no more."""
        mail = (mail[0], mail[1].sealed())  # as it is laid down again, too
        delivery, message = mail
        station, pace = self.station, self.station.outlet.pace
        if not station.is_free() or not self.is_ready() or self.sender is None:
            self.tray.put_back(mail, delivery.kind is not Kind.DIGEST)
            return False
        if not self.has_turn():
            if station.all_are_spent() or self.tray.stop():
                self.tray.halt()
            else:
                self.tray.put_back(mail, delivery.kind is not Kind.DIGEST)
            return False  # it is still pending
        armed = False
        imprint = message.imprint
        kept = ""
        if imprint:
            kept = to_print(imprint, message.raw, message.body_hash).to_text(delivery.inputs)
        texts = imprint.texts if imprint else {}

        def arm() -> bool:
            nonlocal armed
            armed = self.clerk.arm(delivery, message.message_id, kept, texts, station.outlet.name)
            if armed:
                self.domains.pass_dot(delivery.address)
                pace.pass_dot()
            return armed

        try:
            outcome = self.send(self.sender, message, arm)
        except ValueError as error:  # an address or a body that cannot be said in SMTP
            self.broke(delivery, str(error))
            return True
        finally:
            if not armed:
                pace.give_back()
        if outcome is None:
            self.tray.put_back(mail, delivery.kind is not Kind.DIGEST)
            return False
        if outcome.result is Result.NOT_ARMED:
            self.gave_way(delivery)
            return True
        if self.was_cut and not armed and outcome.result is Result.DEFERRED:
            return False  # it was we who ended it: it is still pending
        outcome = outcome._replace(relay=station.outlet.name)
        if not armed and self.hand_on(mail, outcome):
            return True
        is_unable = outcome.result is Result.REFUSED and outcome.answer is None
        if is_unable and self.station.has_untried(delivery.id):
            outcome = outcome._replace(result=Result.DEFERRED)  # one that may take it is not well
        self.clerk.settle(delivery, outcome)
        if delivery.kind is Kind.DIGEST:
            self.watch.note(outcome)
        self.heed(outcome)
        return True

    def has_turn(self) -> bool:
        """Wait for the relay's next moment; False if none is left today, or we are to stop."""
        while not self.station.outlet.pace.turn(self.tray.stop):
            if not self.station.gets_place():
                return False
        return True

    def send(self, sender: Sender, message: Message, arm: Callable[[], bool]) -> Outcome | None:
        """Send by the open connection, else once more by a new one; None if none is granted.

        Some servers take only so many mails by one connection and then answer 421 or hang up:
        before the arming that is no answer about the mail.
        """
        asked = False

        def asking() -> bool:
            nonlocal asked
            asked = True
            return arm()

        outcome = sender.send(message, asking, self.ahead)
        health = self.station.outlet.health
        health.may_ride = health.may_ride and sender.may_ride
        hung_up = not asked and outcome.result is Result.DEFERRED and not sender.usable
        if not hung_up or self.was_cut:
            return outcome
        ready = self.is_ready()
        return self.sender.send(message, arm, self.ahead) if ready and self.sender else None

    def hand_on(self, mail: Mail, outcome: Outcome) -> bool:
        """Leave a mail that this relay did not want now to another; False if there is none.

        The attempt is on record, and counts.
        """
        delivery, message = mail
        turned_away = is_slow_down(outcome) or outcome.answer is None
        if not turned_away or not self.station.hand_on(delivery.id):
            return False
        self.station.slow_down()
        self.clerk.note_try(delivery, outcome)
        again = delivery._replace(attempts=delivery.attempts + 1)
        self.tray.put_back((again, message), delivery.kind is not Kind.DIGEST)
        return True

    def heed(self, outcome: Outcome) -> None:
        """Rest when the server asks to slow down, longer each time; a success ends that."""
        if self.station.others:
            if is_slow_down(outcome):
                self.station.slow_down()
            elif outcome.result is Result.ACCEPTED:
                self.station.took()
            return
        if not is_slow_down(outcome):
            self.rest = 0.0 if outcome.result is Result.ACCEPTED else self.rest
            return
        self.leave_following()  # another lane need not rest
        self.rest = min(max(self.station.first_rest, 2 * self.rest), LONGEST_REST)
        tray = self.tray
        with tray.changed:
            tray.wait(lambda: tray.ended and not (tray.notes or tray.digests), self.rest)
