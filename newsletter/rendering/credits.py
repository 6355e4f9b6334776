"""What a reader's feedback changed in an issue -> a sentence for each of their words."""

from collections.abc import Sequence
from functools import lru_cache

from newsletter.domain.issue import Credit
from newsletter.domain.library import Verdict
from newsletter.rendering.card import SAVED_LENGTH
from newsletter.rendering.language import Language
from newsletter.rendering.plain import cut, tidy


def sentences(credits: Sequence[Credit], tongue: Language) -> tuple[str, ...]:
    """Return the sentences, in the order of the credits."""
    return tuple(sentence(one, tongue) for one in credits)


@lru_cache(maxsize=4096)
def sentence(one: Credit, tongue: Language) -> str:
    """Return "You asked for more like “X”: 3 of these papers came by it."."""
    title = cut(tidy(one.title), SAVED_LENGTH)
    if one.verdict is Verdict.SAVED:
        return tongue.count(
            "You saved “{title}”: one of these papers came by it.",
            "You saved “{title}”: {n} of these papers came by it.",
            one.papers,
            title=title,
        )
    return tongue.count(
        "You asked for more like “{title}”: one of these papers came by it.",
        "You asked for more like “{title}”: {n} of these papers came by it.",
        one.papers,
        title=title,
    )
