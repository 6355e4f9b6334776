"""What a rule says of a mail: which rule, how grave, and in words what, where, how to mend."""

from dataclasses import dataclass

ERROR, WARN, INFO = "error", "warn", "info"
LEVELS = (ERROR, WARN, INFO)
SHOWN = 60  # characters of a mail's own words in a finding


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a mail."""

    rule: str
    level: str  # error, warn or info
    text: str


def shown(foreign: object) -> str:
    """Return the start of a mail's own words in quotes, printable whatever they are."""
    return ascii(text[:SHOWN]) if not (text := str(foreign)).isprintable() else repr(text[:SHOWN])
