"""`serve` while a domain takes few mails: readers elsewhere get theirs on time."""

from datetime import timedelta
from functools import partial
from time import monotonic, sleep

import pytest

from newsletter.actions import subscribe
from newsletter.actions.deliver import Outlet, Way, begin
from newsletter.actions.ingest import Limits
from newsletter.actions.subscribe import Wish
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.mail.domains import DomainLimit
from newsletter.mail.pace import Pace
from newsletter.mail.smtp import Connection
from newsletter.scheduler import Alarm, Clock, Work
from newsletter.store.schema import subscribers
from tests.actions.conftest import DAY, MONDAY
from tests.actions.departing import prepare
from tests.mail.recording import RecordingServer
from tests.mail.samples import a_relay


@pytest.mark.slow
def test_a_reader_elsewhere_does_not_wait_for_a_domain_that_takes_few(desk):
    def due(hour, minute):
        return MONDAY.replace(hour=hour, minute=minute)

    desk.papers(5, MONDAY - timedelta(hours=2))
    for number in range(20):
        desk.reader(f"slow{number}")
    wish = Wish("quick@other.example", Preferences(), TopicProfile((Topic("robot manipulation"),)))
    subscribe.add(desk.store, wish, MONDAY - DAY)
    with desk.store.write() as tx:
        quick = subscribers.c.address == wish.address
        tx.execute(subscribers.update().values(due_at=due(6, 59)))
        tx.execute(subscribers.update().where(quick).values(due_at=due(7, 0)))
    clock = Clock.starting_at(MONDAY - timedelta(seconds=2))
    with RecordingServer() as server:
        outlet = Outlet(partial(Connection.open, a_relay(server)), "main", 4, Pace())
        epoch = begin(desk.store, clock.now())
        limits = {"example.org": DomainLimit(0.5)}
        way = Way((outlet,), prepare, clock.now, epoch, domains=limits)
        alarm = Alarm(Work(desk.store, way, None, Limits(2**20), (), 7, clock))
        alarm.start()
        try:
            until = monotonic() + 35  # the others take 40 seconds
            while not any(mail.recipients == (wish.address,) for mail in server.mails):
                assert monotonic() < until
                sleep(0.1)
            assert len(server.mails) < 21, "the others are still on their way"
        finally:
            alarm.stop()
