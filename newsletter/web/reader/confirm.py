"""Confirming: the link shows a button, the button makes the subscription."""

from starlette.responses import Response

from newsletter.actions import subscribe
from newsletter.domain.subscriber import Subscriber, SubscriberState
from newsletter.domain.token import Purpose
from newsletter.store import subscribers
from newsletter.web.pages import Visit
from newsletter.web.reader.wording import moment, rhythm


def show(visit: Visit) -> Response:
    """Ask first: mail scanners open every link."""
    subscriber_id, _ = visit.token(Purpose.CONFIRM)
    with visit.pages.store.read() as tx:
        subscriber = subscribers.get(tx, subscriber_id)
    if subscriber.state is SubscriberState.PENDING:
        return visit.page("confirm", rhythm=rhythm(subscriber.preferences.schedule))
    return standing(visit, subscriber)


def confirm(visit: Visit) -> Response:
    """Make the subscription active; a second time changes nothing."""
    subscriber_id, _ = visit.token(Purpose.CONFIRM)
    subscriber = subscribe.confirm(visit.pages.store, subscriber_id, visit.now)
    visit.pages.wake()
    return standing(visit, subscriber)


def standing(visit: Visit, subscriber: Subscriber) -> Response:
    """Say when the next issue comes, or that the subscription has ended since."""
    if subscriber.state is not SubscriberState.ACTIVE:
        return visit.page("inactive")
    schedule = subscriber.preferences.schedule
    later = subscriber.due_at > visit.now
    return visit.page(
        "confirmed",
        first=moment(subscriber.due_at, schedule.zone) if later else "",
        rhythm=rhythm(schedule),
    )
