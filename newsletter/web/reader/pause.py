"""Pausing: the link shows a button, the button stops the mail for two weeks."""

from starlette.responses import Response

from newsletter.actions import subscribe
from newsletter.domain.subscriber import Subscriber, SubscriberState
from newsletter.domain.token import Purpose
from newsletter.store import subscribers
from newsletter.web.pages import Visit
from newsletter.web.reader.wording import day


def show(visit: Visit) -> Response:
    """Ask first: mail scanners open every link."""
    subscriber, _ = load(visit)
    if subscriber.state is not SubscriberState.ACTIVE:
        return visit.page("inactive")
    until = day(visit.now + subscribe.PAUSE, subscriber.preferences.schedule.zone)
    return visit.page("pause", until=until)


def pause(visit: Visit) -> Response:
    """Send nothing for two weeks."""
    subscriber, issue_id = load(visit)
    if subscriber.state is not SubscriberState.ACTIVE:
        return visit.page("inactive")
    until = subscribe.pause(visit.pages.store, subscriber.id, issue_id, visit.now)
    return visit.page("paused", until=day(until, subscriber.preferences.schedule.zone))


def load(visit: Visit) -> tuple[Subscriber, int]:
    """Return the reader and the issue of the link; raises TokenError or NotFoundError."""
    subscriber_id, issue_id = visit.token(Purpose.PAUSE)
    with visit.pages.store.read() as tx:
        return subscribers.get(tx, subscriber_id), issue_id
