"""What the template of the shared fields is given."""

from collections.abc import Mapping

from newsletter.domain.edition import Cadence
from newsletter.domain.subscriber import Detail
from newsletter.rendering.language import codes, name_of
from newsletter.web.pages import Visit
from newsletter.web.reader import zones
from newsletter.web.reader.fields import LONGEST_ISSUE, Fields, hours
from newsletter.web.reader.wording import DAYS

CADENCES = (
    (Cadence.DAILY.value, "Every day"),
    (Cadence.WEEKDAYS.value, "On chosen days"),
    (Cadence.WEEKLY.value, "Once a week"),
    (Cadence.MONTHLY.value, "Once a month, on the first"),
)

DETAILS = (
    (Detail.USUAL.value, "Nothing more"),  # there are pages, for this is one
    (Detail.CARD.value, "Problem, idea and result, where the abstract tells them"),
    (Detail.ABSTRACT.value, "The whole abstract"),
)
FEW_TOPICS = 12  # a list so short is open from the start


def values_of(visit: Visit, fields: Fields, problems: Mapping[str, str]) -> dict[str, object]:
    """Return the fields, the choices of each, and what is wrong by field."""
    return {
        "fields": fields,
        "problems": problems,
        "catalogue": visit.pages.names,
        "few": FEW_TOPICS,
        "cadences": CADENCES,
        "weekdays": tuple((str(number), name) for number, name in enumerate(DAYS)),
        "hours": hours(fields.time),
        "zones": zones.offered(),
        "longest": LONGEST_ISSUE,
        "details": DETAILS,
        "languages": tuple((code, name_of(code)) for code in codes()),
        "site_language": name_of(visit.pages.press.templates.language.code),
    }
