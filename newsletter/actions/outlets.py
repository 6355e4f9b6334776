"""A relay in a run: its limits, when it is left alone, and which of its mails go by the others."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from newsletter.actions.tray import Tray
from newsletter.errors import SenderError
from newsletter.mail.pace import Pace
from newsletter.mail.sender import Sender

log = logging.getLogger(__name__)

LONGEST_REST = 60.0  # seconds that a relay is left alone


@dataclass(slots=True, eq=False)
class Health:
    """How a relay fares, over all runs of this program."""

    failing: bool = False  # it could not be reached, and was not since
    rest: float = 0.0  # the last one's length
    rest_until: float = 0.0
    may_ride: bool = True  # it has taken each envelope that rode in a dot's write


@dataclass(frozen=True, slots=True)
class Outlet:
    """One relay as the settings have it, or another way out; by its name in the ledger."""

    open_sender: Callable[[], Sender]
    name: str = ""
    connections: int = 1
    pace: Pace = field(default_factory=Pace)
    priority: int = 1  # it stands by while one of a lower number is well
    health: Health = field(default_factory=Health)


@dataclass(slots=True, eq=False)
class Station:
    """What the lanes of one relay know together during a run; guarded by the tray's lock."""

    outlet: Outlet
    tray: Tray
    first_rest: float = 1.0  # seconds; then twice as long each time
    others: "tuple[Station, ...]" = ()  # of the same run
    open_lanes: int = 0
    trying: bool = False  # one lane sees whether it can be reached again
    without_turn: int = 0  # lanes with a mail in hand for which there is no place today
    handed_on: set[int] = field(default_factory=set)  # the deliveries it left to the others

    @property
    def is_spent(self) -> bool:
        """Return whether it takes no more mails today."""
        return self.outlet.pace.left_today == 0

    @property
    def failing(self) -> bool:
        """Return whether it could not be reached, and was not since."""
        return self.outlet.health.failing

    @property
    def rests(self) -> bool:
        """Return whether it is to be left alone for now."""
        return self.outlet.pace.clock() < self.outlet.health.rest_until

    def is_well(self) -> bool:
        """Return whether a mail can go by it now."""
        return not (self.failing or self.is_spent or self.rests)

    def stands_by(self) -> bool:
        """Return whether its mails are those of relays that come before it."""
        mine = self.outlet.priority
        return any(one.outlet.priority < mine and one.is_well() for one in self.others)

    def is_free(self) -> bool:
        """Return whether its lanes may take a mail."""
        return not self.others or (self.is_well() and not self.stands_by())

    def wait(self) -> str:
        """Wait until its lanes may take a mail ("take"), one is to open it anew ("open"), or "".

        The last when the run is over, or is to stop.
        """
        if self.is_free():  # the usual case, without the lock
            return "take"
        tray = self.tray
        with tray.changed:
            tray.wait(
                lambda: (
                    self.is_free() or self.is_to_be_tried() or self.is_over() or self.day_is_over()
                )
            )
            if self.day_is_over():
                tray.halt()
            if self.is_over():
                return ""
            if self.is_free():
                return "take"
            self.trying = True
            return "open"

    def is_to_be_tried(self) -> bool:
        """Return whether it is time to see if it can be reached again."""
        waits = self.trying or self.is_spent or self.rests or self.stands_by()
        return self.failing and not waits

    def awaits_more(self, notes_only: bool) -> bool:
        """Wait until a mail lies there or none can come; return whether one may.

        What another lane has in hand may be laid down again.
        """
        tray = self.tray
        with tray.changed:
            tray.wait(lambda: tray.lying(notes_only) or self.is_over())
            return not self.is_over()

    def is_over(self) -> bool:
        """Return whether nothing is left to be taken, or the run is to stop."""
        tray = self.tray
        return bool(tray.error or tray.stop()) or (
            tray.ended and not (tray.notes or tray.digests or tray.in_hand)
        )

    def opened(self) -> None:
        """Note that a connection is open: the relay can be reached."""
        with self.tray.changed:
            self.open_lanes += 1
            self.outlet.health.failing = self.trying = False
            self.tray.changed.notify_all()

    def closed(self) -> None:
        """Note that an open connection is closed."""
        with self.tray.changed:
            self.open_lanes -= 1

    def failed(self, error: SenderError) -> bool:
        """Note that there is no connection; False if others are open, and one is not granted.

        Raises the error if no other relay can take the mails either.
        """
        with self.tray.changed:
            self.trying = False
            if self.open_lanes:
                log.warning("a connection fewer: %s", error)
                return False
            self.outlet.health.failing = True
            self.slow_down()
            if all(one.is_spent or (one.failing and one.rests) for one in self.others):
                raise error
            rest = self.outlet.health.rest
            log.warning("relay left alone for %g s, others take its mails: %s", rest, error)
            return True

    def slow_down(self) -> None:
        """Leave it alone for a while, longer each time."""
        with self.tray.changed:
            if self.rests:  # an answer to a mail that was in hand
                return
            health = self.outlet.health
            health.rest = min(max(self.first_rest, 2 * health.rest), LONGEST_REST)
            health.rest_until = self.outlet.pace.clock() + health.rest
            self.tray.changed.notify_all()

    def took(self) -> None:
        """Note that it accepted a mail: the next rest is a short one."""
        if not self.rests:
            self.outlet.health.rest = 0.0

    def hand_on(self, delivery: int) -> bool:
        """Return whether another relay, well and not tried yet, is to have this mail instead."""
        with self.tray.changed:
            if not any(one.is_well() and delivery not in one.handed_on for one in self.others):
                return False
            self.handed_on.add(delivery)
            return True

    def has_untried(self, delivery: int) -> bool:
        """Return whether another relay was not asked for this mail."""
        with self.tray.changed:
            return any(delivery not in one.handed_on for one in self.others)

    def gets_place(self) -> bool:
        """Wait while a mail in hand may give its place back; return whether one is free today."""
        tray = self.tray
        with tray.changed:
            self.without_turn += 1
            tray.changed.notify_all()
            if not self.others:  # else another relay takes the mail
                tray.wait(lambda: not self.is_spent or tray.in_hand <= self.without_turn)
            self.without_turn -= 1
            return not (self.is_spent or tray.stop())

    def day_is_over(self) -> bool:
        """Return whether no relay takes more today, and no mail in hand may give its place back."""
        return self.all_are_spent() and not self.tray.in_hand

    def all_are_spent(self) -> bool:
        """Return whether no relay takes more mails today."""
        return self.is_spent and all(one.is_spent for one in self.others)


def stations(outlets: Sequence[Outlet], tray: Tray, first_rest: float) -> list[Station]:
    """Return the relays of a run; each knows the others."""
    found = [Station(one, tray, first_rest) for one in outlets]
    for station in found:
        station.others = tuple(one for one in found if one is not station)
    return found


def open_any(outlets: Sequence[Outlet]) -> tuple[Outlet, Sender]:
    """Open the first relay that can be reached, by priority; raises SenderError if none can."""
    troubles: list[SenderError] = []
    for outlet in sorted(outlets, key=lambda one: one.priority):
        try:
            return outlet, outlet.open_sender()
        except SenderError as error:
            troubles.append(error)
    raise troubles[0]
