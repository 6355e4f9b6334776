"""Preferences by a link from an issue: topics, rhythm, length, data. No address is shown here."""

from starlette.responses import Response

from newsletter.actions import exporting, subscribe
from newsletter.actions.subscribe import Wish
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import Subscriber, SubscriberId, SubscriberState
from newsletter.domain.token import Purpose
from newsletter.store import subscribers
from newsletter.web.pages import Visit
from newsletter.web.reader import fields
from newsletter.web.reader.fields import Fields
from newsletter.web.reader.form import values_of
from newsletter.web.reader.wording import day, moment

RESUME = "resume"  # the name of the button that ends a pause
EXPORT = "export"  # of the one that has a reader's data mailed to them


def show(visit: Visit) -> Response:
    """Show what is chosen now."""
    subscriber, profile = load(visit)
    return form(visit, subscriber, chosen(visit, subscriber, profile))


def change(visit: Visit) -> Response:
    """Keep what was chosen, or show the form again with what is wrong in it."""
    subscriber, profile = load(visit)
    if subscriber.state is not SubscriberState.ACTIVE:
        return visit.page("inactive")
    if RESUME in visit.form:
        return resume(visit, subscriber.id)
    if EXPORT in visit.form:
        return export(visit, subscriber.id)
    now = chosen(visit, subscriber, profile)
    typed = fields.typed(visit.form, now, visit.pages.names)
    found = fields.problems(typed)
    if found:
        return form(visit, subscriber, typed, problems=found)
    wish = Wish(
        subscriber.address,
        fields.to_preferences(typed, subscriber.preferences),
        fields.to_profile(typed, profile),
    )
    subscribe.change(visit.pages.store, subscriber.id, wish, visit.now)
    subscriber, profile = load(visit)
    return form(visit, subscriber, chosen(visit, subscriber, profile), done="Saved.")


def resume(visit: Visit, subscriber_id: SubscriberId) -> Response:
    """End the pause."""
    subscribe.resume(visit.pages.store, subscriber_id)
    visit.pages.wake()
    subscriber, profile = load(visit)
    done = "The pause is over."
    return form(visit, subscriber, chosen(visit, subscriber, profile), done=done)


def export(visit: Visit, subscriber_id: SubscriberId) -> Response:
    """Have the reader's data mailed to their address: here it would be anybody's with the link."""
    asked = exporting.request(visit.pages.store, subscriber_id, visit.now)
    visit.pages.wake()
    subscriber, profile = load(visit)
    done = "Your data comes by mail." if asked else "Your data came by mail within the last day."
    return form(visit, subscriber, chosen(visit, subscriber, profile), done=done)


def load(visit: Visit) -> tuple[Subscriber, TopicProfile]:
    """Return the reader whose link this is; raises TokenError or NotFoundError."""
    subscriber_id, _ = visit.token(Purpose.PREFERENCES)
    with visit.pages.store.read() as tx:
        subscriber = subscribers.get(tx, subscriber_id)
        return subscriber, subscribers.profile(tx, subscriber_id).profile


def chosen(visit: Visit, subscriber: Subscriber, profile: TopicProfile) -> Fields:
    """Return the fields that say what is chosen now."""
    return fields.to_fields(subscriber.preferences, profile, visit.pages.names)


def form(
    visit: Visit,
    subscriber: Subscriber,
    shown: Fields,
    problems: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    """Return the page; 422 if something is wrong in the form."""
    if subscriber.state is not SubscriberState.ACTIVE:
        return visit.page("inactive")
    zone, until = subscriber.preferences.schedule.zone, subscriber.paused_until
    return visit.page(
        "preferences",
        422 if problems else 200,
        done=done,
        paused_until=day(until, zone) if until and until > visit.now else "",
        next_issue=moment(subscriber.due_at, zone) if subscriber.due_at > visit.now else "",
        resume=RESUME,
        export=EXPORT,
        pause_link=visit.link("pause", Purpose.PAUSE, subscriber.id),
        library_link=visit.link("library", Purpose.PREFERENCES, subscriber.id),
        unsubscribe_link=visit.link("unsubscribe", Purpose.UNSUBSCRIBE, subscriber.id),
        **values_of(visit, shown, problems or {}),
    )
