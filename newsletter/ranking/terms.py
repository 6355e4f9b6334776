"""From text to stemmed terms, each with the place where it stands."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# Words that carry no subject. Snowball's English list, cut to what titles and topics hold.
STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before
    being below between both but by can cannot could did do does doing down during each few for
    from further had has have having he her here hers him his how i if in into is it its itself
    let me more most my no nor not of off on once only or other our ours out over own same she so
    some such than that the their theirs them then there these they this those through to too
    under until up using use used very via was we were what when where which while who whom why
    will with within without would you your yours""".split()
)
stemmer = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True)
class Term:
    """A word's stem and its place: text[start:end] is the word."""

    stem: str
    start: int
    end: int


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the Snowball English stem (Porter 2) of a word in lower case, without its accents."""
    if not word.isascii():
        parts = unicodedata.normalize("NFKD", word)
        word = "".join(one for one in parts if not unicodedata.combining(one))
    return str(stemmer.stemWord(word))


@lru_cache(maxsize=64)  # a paper's parts are looked up one after the other
def terms(text: str) -> tuple[Term, ...]:
    """Return all words of the text as terms, stop words too, for phrases hold them."""
    return tuple(
        Term(stem_of(found.group()), found.start(), found.end()) for found in WORD.finditer(text)
    )


def stems(text: str) -> tuple[str, ...]:
    """Return the stems of the text's words in their order, stop words too."""
    return tuple(map(stem_of, WORD.findall(text)))


@lru_cache(maxsize=65_536)
def stem_of(word: str) -> str:
    """Return the stem of a word as it stands in a text."""
    # The stemmer knows "cat's" by the plain apostrophe only.
    return stem(word.casefold().replace("’", "'"))


STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS)


def subject(text: str) -> dict[str, str]:
    """Return the words that carry the text's subject by their stems, in order of appearance."""
    found: dict[str, str] = {}
    for term in terms(text):
        if term.stem not in STOP_STEMS and len(term.stem) > 1:
            found.setdefault(term.stem, text[term.start : term.end])
    return found


def places(phrase: Sequence[str], found: Sequence[Term]) -> list[tuple[int, int]]:
    """Return start and end of each stretch of the terms that has the phrase's stems in a row."""
    length = len(phrase)
    if not length:
        return []
    first = phrase[0]
    return [
        (found[at].start, found[at + length - 1].end)
        for at in range(len(found) - length + 1)
        # The first alone settles nearly all places; a generator for each takes four times as long.
        if found[at].stem == first
        and all(found[at + step].stem == phrase[step] for step in range(1, length))
    ]
