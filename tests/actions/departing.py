"""A run of the sender for tests: readers with an issue each, plain mails, a recording server."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter.actions import subscribe
from newsletter.actions.deliver import Outlet, Way, begin, deliver
from newsletter.domain.delivery import State
from newsletter.domain.message import Message, Rendered
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.mail.pace import Pace
from newsletter.mail.smtp import Connection
from newsletter.store import ledger, promises
from tests.actions.conftest import MONDAY
from tests.mail.samples import a_relay, waits

RAW = b"Subject: Papers\r\n\r\nOne paper\r\n"


def prepare(_tx, _batch):
    """Write the same few lines to everybody."""

    def write(delivery):
        name = f"{delivery.kind}-{delivery.id}"
        rendered = Rendered("Papers", "", "", "")
        return Message(
            name, f"<{name}@example.org>", "us@example.org", delivery.address, rendered, RAW
        )

    return write


@dataclass
class Departure:
    """The run: `start` begins it in a thread, `end` waits for it and raises what ended it."""

    desk: object
    server: object
    connections: int = 4
    more: dict = field(default_factory=dict)  # of the way
    waits: dict = field(default_factory=dict)  # for the server
    relay: dict = field(default_factory=dict)  # security and so on
    at: datetime = MONDAY
    limit: int | None = None
    handled: Counter = field(default_factory=Counter)
    error: BaseException | None = None

    def __post_init__(self):
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def open_sender(self):
        return Connection.open(
            replace(a_relay(self.server, **self.relay), timeouts=waits(**self.waits))
        )

    def run(self):
        store = self.desk.store
        more = dict(self.more)
        pace = more.pop("pace", None) or Pace()
        usual = (Outlet(self.open_sender, "main", self.connections, pace),)
        way = Way(
            outlets=more.pop("outlets", usual),
            prepare=more.pop("prepare", prepare),
            now=lambda: self.at,
            epoch=begin(store, self.at),
            **{"grace": 0.5, **more},
        )
        try:
            self.handled = deliver(store, way, self.limit, stop=self.stopping.is_set)
        except BaseException as error:
            self.error = error

    def start(self):
        self.thread.start()
        return self

    def end(self, within=20.0):
        self.thread.join(within)
        assert not self.thread.is_alive(), "the run hangs"
        if self.error:
            raise self.error
        return self.handled

    def go(self):
        return self.start().end()

    def stop(self, within):
        """Ask the run to stop and return how long it took."""
        begun = time.monotonic()
        self.stopping.set()
        self.end(within)
        return time.monotonic() - begun


def composed(desk, readers):
    """Give so many readers an issue that is due."""
    desk.papers(3, MONDAY)
    for number in range(readers):
        desk.reader(f"r{number}")
    assert desk.compose(MONDAY).issues == readers
    return desk


def ask_to_confirm(desk, name):
    """Have a confirmation put into the outbox."""
    wish = subscribe.Wish(f"{name}@example.org", Preferences(), TopicProfile(()))
    subscribe.request(desk.store, wish, MONDAY)


def states(desk):
    """Return how many stand in each state, those of none left out; the promises must hold."""
    with desk.store.read() as tx:
        assert promises.broken_promises(tx) == []
        found = ledger.states(tx)
    return {State(name): number for name, number in found.items() if number}


def recipients(server):
    return Counter(mail.recipients[0].partition("@")[0] for mail in server.mails)
