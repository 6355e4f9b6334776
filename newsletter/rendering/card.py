"""An item as a reader sees it: names cut short, links that lead somewhere, and why it is here."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from newsletter.domain.issue import Item, Part
from newsletter.domain.paper import Paper
from newsletter.domain.summary import Extract
from newsletter.rendering.language import SOURCE, Language, language
from newsletter.rendering.links import paper_link, quoted, reachable
from newsletter.rendering.pieces import Generations, keep
from newsletter.rendering.plain import cut, tidy
from newsletter.rendering.rows import Shown
from newsletter.rendering.spots import Spot, Topics

AUTHORS_SHOWN = 3
CATEGORIES_SHOWN = 4
REASONS_SHOWN = 3
MOST_KEPT = 4608
MOST_SHOWN = 2816  # and as many from before
TLDR_LENGTH, POINT_LENGTH = 1000, 500  # characters; what is longer is no sentence
BRIEF_LENGTH = 40  # characters of a title in the list of contents
WHOLE = 20
ENDLESS_LENGTH = 300
# In Latin letters, for many scripts have no spaces. Broken over lines it looks like spam.
ENDLESS = re.compile(rf"[\w-]{{{ENDLESS_LENGTH + 1},}}", re.ASCII)
SAVED_LENGTH = 60  # of a title among the reasons

ENGLISH = language(SOURCE)

T = TypeVar("T")
Known = dict[tuple[object, ...], tuple[object, T]]


@dataclass(frozen=True, slots=True)
class Card:
    """One paper's words and links; "" for what is not known."""

    title: str
    link: str
    authors: str
    label: str  # arXiv:2609.01234 or doi:10.1000/182
    categories: str
    comments: str  # withdrawn, venue, votes
    code: str
    pdf: str
    tldr: str
    abstract: str
    note: str = ""  # who wrote the sentence, if it is not the paper's own
    problem: str = ""
    idea: str = ""
    result: str = ""
    # The reader's own: where it stands, and why.
    kicker: str = ""
    position: int = 0
    why: str = ""

    @property
    def brief(self) -> str:
        """Return the title as it stands in the list of contents."""
        return cut(self.title, BRIEF_LENGTH)

    @property
    def meta(self) -> str:
        """Return what the grey line under the title says; its short parts are never broken."""
        known = (self.label, self.categories, *self.comments.split(" · "))
        whole = (one.replace(" ", "\u00a0") if len(one) <= WHOLE else one for one in known)
        return " · ".join(part for part in whole if part)

    def of(self, own: Sequence[Any]) -> "Card":
        """Return the card of one reader, by its own fields in their order."""
        return replace(self, kicker=own[0], position=own[1], why=own[2])


Shape = Callable[[Card], Card]  # a way to show a card


class Cards:
    """The cards made so far: a paper that thousands get is put into words once.

    Kept by the identity of what they are made from, which is kept too; a store that reads a paper
    anew for each reader gets the same cards, only slower.
    """

    def __init__(self, tongue: Language) -> None:
        self.tongue = tongue
        self.shared: Known[Card] = {}
        self.whys: Known[str] = {}
        self.shown = Generations[Shown](MOST_SHOWN)
        self.topics = Topics(is_brief=False), Topics(is_brief=True)

    def of(self, items: Sequence[Item], shape: Shape) -> list[Shown]:
        """Return the items' cards in this shape, each with why it is shown."""
        get = self.shown.get
        found = [
            get((id(paper), id(parts), topic, id(summary), shape))
            for _, paper, topic, _, parts, summary in items
        ]
        if all(found):
            return found  # type: ignore[return-value]  # what mypy does not see
        return [one or self.made(item, shape) for one, item in zip(found, items, strict=True)]

    def made(self, item: Item, shape: Shape) -> Shown:
        """Return the item's card and why it is shown, now kept: wherever in an issue it stands."""
        source = (item.paper, item.parts, item.summary)
        paper, parts, summary = map(id, source)
        key = (paper, parts, item.topic, summary, shape)
        return self.shown.make(
            key, lambda: Shown(self.shaped(item, shape), (self.why(item),), source)
        )

    def shorter(self, shown: Shown, shorten: Shape | None, has_reasons: bool) -> Shown:
        """Return the same with a shorter card, or without its reasons."""
        key = (id(shown), shorten, has_reasons)
        found = self.shown.get(key)
        if found:
            return found
        card = self.changed(shown.card, shorten) if shorten else shown.card
        told = shown.told if has_reasons else ("",)
        return self.shown.make(key, lambda: Shown(card, told, shown))

    def spots(self, items: Sequence[Item], is_brief: bool = False) -> list[Spot]:
        """Return where each of the items stands."""
        topics = self.topics[is_brief]
        return [topics[topic][position] for position, _, topic, _, _, _ in items]

    def shaped(self, item: Item, shape: Shape) -> Card:
        """Return the item's card in this shape, as all its readers share it."""
        key = (id(item.paper), id(item.summary), shape)
        found = self.shared.get(key)
        if found:
            return found[1]
        made = shape(self.card(item))
        return kept(self.shared, key, (item.paper, item.summary, shape), made)

    def card(self, item: Item) -> Card:
        """Return the item's card as all its readers share it, with its whole abstract."""
        key = (id(item.paper), id(item.summary))
        found = self.shared.get(key)
        source = (item.paper, item.summary)
        return found[1] if found else kept(self.shared, key, source, to_card(item, self.tongue))

    def changed(self, card: Card, change: Shape) -> Card:
        """Return a shared card changed, once for each card and change."""
        key = (id(card), change)
        found = self.shared.get(key)
        return found[1] if found else kept(self.shared, key, card, change(card))

    def why(self, item: Item) -> str:
        """Return the reasons in words, wherever in an issue the item stands."""
        key = (id(item.parts), item.topic)
        found = self.whys.get(key)
        if found:
            return found[1]
        return kept(self.whys, key, item.parts, why(item.parts, item.topic, self.tongue))


def kept(known: Known[T], key: tuple[object, ...], of: object, made: T) -> T:
    """Keep what was made, and what it was made of."""
    keep(known, key, (of, made), MOST_KEPT)
    return made


def to_card(item: Item, tongue: Language) -> Card:
    """Return the item's card with its whole abstract and without reasons."""
    paper, said = item.paper, item.summary
    return Card(
        title=legible(paper.title),
        link=paper_link(paper),
        authors=authors(paper.authors, tongue),
        label=label(paper),
        categories=", ".join(tidy(one) for one in paper.categories[:CATEGORIES_SHOWN]),
        comments=comments(paper, tongue),
        code=reachable(paper.code_url),
        pdf=f"https://arxiv.org/pdf/{quoted(paper.arxiv_id)}" if paper.arxiv_id else "",
        tldr=cut(legible(item.tldr), TLDR_LENGTH),
        abstract=legible(paper.abstract),
        note=tongue.say("written by a model") if said and said.is_written else "",
        problem=point(said.problem) if said else "",
        idea=point(said.idea) if said else "",
        result=point(said.result) if said else "",
    )


def point(found: Extract | None) -> str:
    """Return a line of the card, "" if nothing of the kind was found."""
    return cut(legible(found.text), POINT_LENGTH) if found else ""


def legible(text: str) -> str:
    """Return a foreign text on one line, and of a word without end its beginning."""
    return ENDLESS.sub(lambda found: f"{found[0][:ENDLESS_LENGTH]}…", tidy(text))


def authors(names: tuple[str, ...], tongue: Language = ENGLISH) -> str:
    """Return "A, B, C and 12 more"; as many as fit in the same space are named in full."""
    if len(names) <= AUTHORS_SHOWN + 1:
        return ", ".join(tidy(name) for name in names)
    shown = ", ".join(tidy(name) for name in names[:AUTHORS_SHOWN])
    more = tongue.number(len(names) - AUTHORS_SHOWN)
    return tongue.say("{authors} and {n} more", authors=shown, n=more)


def label(paper: Paper) -> str:
    """Return the id that researchers quote, or ""."""
    if paper.arxiv_id:
        return f"arXiv:{tidy(paper.arxiv_id)}"
    return f"doi:{tidy(paper.doi)}" if paper.doi else ""


def comments(paper: Paper, tongue: Language) -> str:
    """Return what else is known: whether it was withdrawn, where it appeared, its votes."""
    votes = tongue.count("{n} vote", "{n} votes", paper.votes) if paper.votes else ""
    known = (tongue.say("withdrawn") if paper.withdrawn else "", tidy(paper.venue), votes)
    return " · ".join(part for part in known if part)


def why(parts: Sequence[Part], topic: str = "", tongue: Language = ENGLISH) -> str:
    """Return the largest reasons in the reader's own words, "" if there is none.

    Words found in the same place are told together: “sparse attention” and “memory” in the title.
    A word that one of the phrases holds is not told by itself, nor the topic, which stands above
    the title, unless there is nothing else to tell.
    """
    shown = sorted((part for part in parts if part.value > 0), key=lambda part: -part.share)
    phrases = [part.name for part in shown if not part.name.startswith(("term:", "meaning:"))]
    told = [part for part in shown if not is_held(part, phrases)]
    others = [part for part in told if part.quote or part.name != f"topic:{topic}"]
    places: dict[str, list[str]] = {}
    words: list[str] = []
    for part in others or told:
        if len(words) == REASONS_SHOWN:
            break
        word, place = reason(part, tongue)
        bare = word.strip("“”„").casefold()
        if bare in words:
            continue
        words.append(bare)
        places.setdefault(place or word, []).extend([word] if place else [])
    # A word of its own, for languages differ in where it stands.
    joined = tongue.say(" and ")
    return "; ".join(f"{joined.join(one)} {place}".lstrip() for place, one in places.items())


def is_held(part: Part, phrases: list[str]) -> bool:
    """Return whether the part is a single word that one of the phrases has."""
    kind, _, word = part.name.partition(":")
    return kind == "term" and any(
        word.casefold() in one.partition(":")[2].casefold().split() for one in phrases
    )


def reason(part: Part, tongue: Language) -> tuple[str, str]:
    """Return what the part says, and the place in the paper that it quotes, "" if none."""
    kind, _, name = part.name.partition(":")
    name = tidy(name)
    if kind in ("keyword", "term", "pin") or (kind == "topic" and part.quote):
        # The paper's own words, as they stand there: "Robotic" for a keyword "robotics".
        words = tidy(part.quote.text) if part.quote else name
        quoted = f'"{words}"' if kind == "pin" else tongue.say("“{words}”", words=words)
        return quoted, tongue.say(PLACES[part.quote.field]) if part.quote else ""
    if kind in SAID:
        return tongue.say(SAID[kind], name=cut(name, SAVED_LENGTH)), ""
    return tidy(part.name.replace(":", " ")), ""


PLACES = {"title": "in the title", "abstract": "in the abstract"}
SAID = {
    "topic": "topic {name}",
    "category": "category {name}",
    "like": "because you saved “{name}”",
    "author": "by {name}",
    "likes": "other papers you liked",
    "meaning": "close in meaning to “{name}”",
    "votes": "readers’ votes",
    "freshness": "just out",
}
