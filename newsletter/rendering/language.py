"""A reader's language: our words from one catalogue, dates and numbers by its locale."""

import gettext
import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from io import BytesIO, StringIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

FOLDER = Path(__file__).parents[1] / "languages"
SOURCE = "en"  # the language of the code: its catalogue is empty
PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, eq=False)
class Language:
    """What a mail says of itself, in one language; made by `language` or `from_catalogue`."""

    code: str
    catalogue: str = field(repr=False)  # the PO file's text; "" for the source
    words: gettext.NullTranslations = field(repr=False)
    locale: Locale = field(repr=False)

    @property
    def direction(self) -> str:
        """Return ltr or rtl."""
        return str(self.locale.text_direction)

    def say(self, text: str, **values: object) -> str:
        """Return the text in this language with values at its places, such as {name}."""
        said = self.words.gettext(text)
        return said.format(**values) if values else said

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form for a number, which stands at {n}: {n} vote, {n} votes."""
        said = self.words.ngettext(one, many, number)
        return said.format(n=self.number(number), **values)

    def number(self, number: int) -> str:
        """Return a whole number as it is written: 1,024 or 1.024."""
        return format_decimal(number, locale=self.locale) if number >= 1000 else str(number)

    def date(self, day: date, pattern: str) -> str:
        """Return a day by a pattern of Unicode's (UTS 35), which may be translated as well."""
        return format_date(day, self.words.gettext(pattern), locale=self.locale)

    def expression(self, text: str, **values: str) -> str:
        """Return a Jinja expression for the text, with expressions at its places."""
        said = self.words.gettext(text)
        pieces = PLACE.split(said)  # a text, a place, a text, ...
        parts = [
            values[one] if number % 2 else literal(one) for number, one in enumerate(pieces) if one
        ]
        return f"({' ~ '.join(parts)})"


def literal(text: str) -> str:
    """Return a text as Jinja writes one, without double quotes: it may stand in an attribute."""
    plain = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', "\\x22")
    return f"'{plain}'"


def from_catalogue(code: str, catalogue: str) -> Language:
    """Return the language of a catalogue's text; raises ValueError if it cannot be one."""
    try:
        locale = Locale.parse(code.replace("-", "_"))
    except UnknownLocaleError as error:
        raise ValueError(f"{code!r} is no language") from error
    if not catalogue:
        return Language(code, catalogue, gettext.NullTranslations(), locale)
    compiled = BytesIO()
    write_mo(compiled, read_po(StringIO(catalogue), locale=locale))
    compiled.seek(0)
    return Language(code, catalogue, gettext.GNUTranslations(compiled), locale)


@lru_cache(maxsize=16)
def language(code: str) -> Language:
    """Return the language of a code; raises ValueError naming those that there are."""
    if code == SOURCE:
        return from_catalogue(code, "")
    if code not in codes():
        raise ValueError(f"{code!r}: one of {', '.join(codes())}")
    return from_catalogue(code, (FOLDER / f"{code}.po").read_text("utf-8"))


@lru_cache(maxsize=1)
def codes() -> tuple[str, ...]:
    """Return the codes of all languages, the source first."""
    return (SOURCE, *sorted(file.stem for file in FOLDER.glob("*.po")))


def name_of(code: str) -> str:
    """Return what a language is called in itself: Deutsch."""
    named = Locale.parse(code).get_display_name()
    return str(named)[:1].upper() + str(named)[1:]


def spoken(chosen: Language) -> dict[str, object]:
    """Return what the build stage of a template calls: `_` for a text, `expr` for an expression."""
    start, end = ("right", "left") if chosen.direction == "rtl" else ("left", "right")
    return {
        "_": chosen.say,
        "expr": chosen.expression,
        "lang": chosen.code,
        "dir": chosen.direction,
        "start": start,  # where lines begin
        "end": end,
    }
