"""Subscribing: an address and one button; everything else has a default.

The answer is the same for every address, so that nobody learns from it who reads what.
"""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from newsletter.actions import subscribe
from newsletter.actions.subscribe import Wish
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import normal_address
from newsletter.errors import AddressError
from newsletter.web.pages import Visit
from newsletter.web.reader import fields
from newsletter.web.reader.fields import Fields
from newsletter.web.reader.form import values_of
from newsletter.web.reader.wording import rhythm

BAIT = "website"  # no person sees this field; a program fills it in


def show(visit: Visit) -> Response:
    """Show the form."""
    return form(visit, "", defaults(visit), {})


def request(visit: Visit) -> Response:
    """Ask the address to confirm, or show the form again with what is wrong in it.

    Raises HTTPException: 503 where so many were asked within an hour that it is no reader's doing.
    """
    typed = fields.typed(visit.form, defaults(visit), visit.pages.names)
    found = fields.problems(typed)
    address = ""
    try:
        address = normal_address(visit.form.get("address", ""))
    except AddressError:
        found = {"address": "Enter an address such as ada@example.org."} | found
    if found:
        return form(visit, visit.form.get("address", ""), typed, found)
    if not visit.form.get(BAIT):
        # Counted whoever has the address, for nobody is to learn that from the answer.
        if not visit.pages.confirmations.grants("", visit.now):
            raise HTTPException(503, headers={"Retry-After": "3600"})
        wish = Wish(
            address,
            fields.to_preferences(typed, visit.pages.preferences),
            fields.to_profile(typed, TopicProfile()),
        )
        subscribe.request(visit.pages.store, wish, visit.now)
        visit.pages.wake()
    return visit.page("asked")


def defaults(visit: Visit) -> Fields:
    """Return what a new subscriber starts with."""
    return fields.to_fields(visit.pages.preferences, TopicProfile(), visit.pages.names)


def form(visit: Visit, address: str, typed: Fields, problems: dict[str, str]) -> Response:
    """Return the page; 422 if something is wrong in the form."""
    response = visit.page(
        "subscribe",
        422 if problems else 200,
        address=address[:254],
        bait=BAIT,
        is_open=bool(problems.keys() - {"address"}) or typed != defaults(visit),
        rhythm=rhythm(visit.pages.preferences.schedule),
        most=visit.pages.preferences.length,
        **values_of(visit, typed, problems),
    )
    response.headers["X-Robots-Tag"] = "all"
    return response
