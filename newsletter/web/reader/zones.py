"""The time zones that a reader may choose, and which of them is meant by what was typed."""

from functools import cache
from zoneinfo import available_timezones

REGIONS = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()
)


@cache
def offered() -> tuple[str, ...]:
    """Return the names to choose from: cities, and UTC."""
    return ("UTC", *sorted(one for one in available_timezones() if one.split("/")[0] in REGIONS))


@cache
def by_lower() -> dict[str, str]:
    """Return every known name by its lower-case form, and by its city where that is unique."""
    names = {name.lower(): name for name in available_timezones()}
    cities: dict[str, str] = {}
    for name in offered():
        city = name.rpartition("/")[2].lower()
        cities[city] = "" if city in cities else name
    return {city: name for city, name in cities.items() if name} | names


def find(text: str) -> str:
    """Return the zone that is meant by "Europe/Berlin", "europe/berlin" or "Berlin", else ""."""
    return by_lower().get("_".join(text.lower().split()), "")
