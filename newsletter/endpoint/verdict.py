"""A model's sentence -> whether the abstract bears it out; if not, why it is not shown."""

import re
import unicodedata

from newsletter.domain.paper import plain
from newsletter.ranking.terms import stems, subject
from newsletter.summary.sentences import split

FEWEST_WORDS, MOST_WORDS = 5, 35
BORNE_OUT = 0.6  # of its words of substance must stand in title or abstract
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LINK = re.compile(r"https?:|www\.|@\w|[<>{}]|\b\w+\.(?:com|net|org|io|ru|cn)\b", re.IGNORECASE)


def tidied(sentence: str) -> str:
    """Return the sentence in one line of composed characters, without quotes around it."""
    line = " ".join(unicodedata.normalize("NFC", sentence).split())
    if len(line) > 1 and (line[0], line[-1]) in {('"', '"'), ("“", "”"), ("'", "'")}:
        line = line[1:-1].strip()
    return line


def objection(sentence: str, title: str, abstract: str) -> str:
    """Return why the sentence must not stand in a mail, "" if it may.

    A model may invent, and an abstract may hold orders to it: what counts is that the sentence says
    nothing that this paper's own text does not.
    """
    words = len(sentence.split())
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        return f"it has {words} words, not {FEWEST_WORDS} to {MOST_WORDS}"
    if len(split(sentence)) != 1:
        return "it is not one sentence"
    if any(not sign.isprintable() for sign in sentence) or LINK.search(sentence):
        return "it holds a link or markup"
    if plain(sentence) == plain(title):
        return "it repeats the title"
    numbers = set(NUMBER.findall(f"{title} {abstract}"))
    strange = [one for one in NUMBER.findall(sentence) if one not in numbers]
    if strange:
        return f"the abstract does not say {strange[0]}"
    own = subject(sentence)
    known = set(stems(f"{title} {abstract}"))
    if not own or sum(stem in known for stem in own) < BORNE_OUT * len(own):
        return "most of its words are not in the abstract"
    return ""
