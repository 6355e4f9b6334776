"""A command that fails -> the operator told by mail, where `site.operator` names one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.cli.common import note

if TYPE_CHECKING:
    from newsletter.app import App


@contextmanager
def alarming(app: "App") -> Iterator[None]:
    """Have the operator told of what ends the body, then let it end it.

    Where the database is a restored copy nothing is sent but that.
    """
    from newsletter.actions import alarms
    from newsletter.app import now_utc
    from newsletter.errors import PausedError, SenderError, TemplateError

    operator = app.settings.site.operator
    try:
        yield
    except PausedError as error:
        if alarms.ring(app.store, operator, "paused", str(error), now_utc()):
            send_alone(app)
        raise
    except (SenderError, TemplateError) as error:
        alarms.ring(app.store, operator, alarms.cause_of(error), str(error), now_utc())
        raise


def send_alone(app: "App") -> None:
    """Send the alarms from a paused ledger; that they cannot be sent is no more than told."""
    from newsletter import app as wiring
    from newsletter.actions import alarms
    from newsletter.errors import NewsletterError
    from newsletter.store import deliveries

    with app.store.read() as tx:
        _, epoch = deliveries.run(tx)
    try:
        alarms.send_alone(app.store, wiring.way(app, epoch, wiring.now_utc))
    except NewsletterError as error:
        note(f"the operator could not be told: {error}")


def look_at_feeds(app: "App") -> None:
    """Have the operator told of feeds that are dead."""
    from newsletter import app as wiring
    from newsletter.actions import alarms

    urls = [one.url for one in app.settings.feeds]
    alarms.ring_for_dead_feeds(app.store, app.settings.site.operator, urls, wiring.now_utc())
