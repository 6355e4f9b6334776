"""Unsubscribing: by a page with a button, or by one POST of a mail program (RFC 8058)."""

import contextlib

from starlette.responses import PlainTextResponse, Response

from newsletter.actions import subscribe
from newsletter.domain.subscriber import SubscriberState
from newsletter.domain.token import Purpose
from newsletter.errors import NotFoundError, TokenError
from newsletter.store import subscribers
from newsletter.web.pages import Visit

BUTTON = "unsubscribe"  # the name of our page's button, which no mail program sends


def show(visit: Visit) -> Response:
    """Ask first: mail scanners open every link."""
    subscriber_id, issue_id = visit.token(Purpose.UNSUBSCRIBE)
    with visit.pages.store.read() as tx:
        state = subscribers.get(tx, subscriber_id).state
    if state is SubscriberState.UNSUBSCRIBED:
        return visit.page("unsubscribed")
    pause_link = visit.link("pause", Purpose.PAUSE, subscriber_id, issue_id)
    return visit.page("unsubscribe", button=BUTTON, pause_link=pause_link)


def unsubscribe(visit: Visit) -> Response:
    """End the subscription at once, without login, cookie or question."""
    if BUTTON not in visit.form:
        return one_click(visit)
    end(visit)
    return visit.page("unsubscribed")


def one_click(visit: Visit) -> Response:
    """Do the same for a mail program; it gets one answer, also where nobody was subscribed."""
    with contextlib.suppress(TokenError, NotFoundError):
        end(visit)
    return PlainTextResponse("Unsubscribed.\n")


def end(visit: Visit) -> None:
    """End the subscription that the link belongs to; raises TokenError or NotFoundError."""
    subscriber_id, issue_id = visit.token(Purpose.UNSUBSCRIBE)
    subscribe.unsubscribe(visit.pages.store, subscriber_id, issue_id, visit.now)
