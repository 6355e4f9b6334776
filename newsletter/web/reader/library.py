"""A reader's library, by the link of the preferences: what stands in it, and taking papers out."""

from starlette.responses import Response

from newsletter.actions import library
from newsletter.domain.library import SHELVED, Verdict
from newsletter.domain.token import Purpose
from newsletter.store import subscribers, works
from newsletter.web.pages import Visit

MOST_SHOWN = 60  # the newest; the operator's `profile library list` has all
WORDS = {Verdict.OWN: "You wrote it", Verdict.LIKED: "You like it"}


def show(visit: Visit) -> Response:
    """Show the library, the newest entry first."""
    return page(visit)


def remove(visit: Visit) -> Response:
    """Take one paper out; one that is not in it is out already."""
    subscriber_id, _ = visit.token(Purpose.PREFERENCES)
    key = visit.form.get("paper", "")
    gone = library.remove(visit.pages.store, subscriber_id, [key])
    return page(visit, done="Taken out of the library." if gone else "")


def page(visit: Visit, done: str = "") -> Response:
    """Return the page; raises TokenError or NotFoundError."""
    subscriber_id, _ = visit.token(Purpose.PREFERENCES)
    with visit.pages.store.read() as tx:
        subscribers.get(tx, subscriber_id)
        found = [one for one in works.of(tx, subscriber_id, SHELVED) if not one.topic]
    return visit.page(
        "library",
        papers=[(one.key, one.title, WORDS[one.verdict]) for one in found[:MOST_SHOWN]],
        more=max(len(found) - MOST_SHOWN, 0),
        done=done,
        back=visit.link("preferences", Purpose.PREFERENCES, subscriber_id),
    )
