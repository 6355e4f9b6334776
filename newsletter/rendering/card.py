"""An item as a reader sees it: names cut short, links that lead somewhere, and why it is here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from newsletter.domain.issue import Item, Part
from newsletter.domain.paper import Paper
from newsletter.rendering.plain import count, cut, tidy

AUTHORS_SHOWN = 3
CATEGORIES_SHOWN = 4
REASONS_SHOWN = 3
SEARCHED_LENGTH = 150  # characters of a title
MOST_KEPT = 8192
TLDR_LENGTH = 1000  # characters; what is longer is no sentence

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
    why: str = ""  # the reader's own

    @property
    def meta(self) -> str:
        """Return what the grey line under the title says."""
        known = (self.label, self.categories, self.comments)
        return " · ".join(part for part in known if part)

    def of(self, why: str) -> "Card":
        """Return the card of one reader, with the reasons."""
        return replace(self, why=why) if why else self


class Cards:
    """The cards made so far: a paper that thousands get is put into words once.

    Kept by the identity of what they are made from, which is kept too; a store that reads a paper
    anew for each reader gets the same cards, only slower.
    """

    def __init__(self) -> None:
        self.shared: Known[Card] = {}
        self.reasons: Known[str] = {}

    def card(self, item: Item) -> Card:
        """Return the item's card as all its readers share it, with its whole abstract."""
        key = (id(item.paper), id(item.summary))
        found = self.shared.get(key)
        source = (item.paper, item.summary)
        return found[1] if found else kept(self.shared, key, source, to_card(item))

    def changed(self, card: Card, step: object, change: Callable[[Card], Card]) -> Card:
        """Return a shared card changed, once for each card and step."""
        key = (id(card), step)
        found = self.shared.get(key)
        return found[1] if found else kept(self.shared, key, card, change(card))

    def why(self, item: Item) -> str:
        """Return the item's reasons in words."""
        key = (id(item.parts), item.topic)
        found = self.reasons.get(key)
        return (
            found[1] if found else kept(self.reasons, key, item.parts, why(item.parts, item.topic))
        )


def kept(known: Known[T], key: tuple[object, ...], of: object, made: T) -> T:
    """Keep what was made, and what it was made of; forget the first when it is too much."""
    if len(known) >= MOST_KEPT:
        del known[next(iter(known))]
    known[key] = (of, made)
    return made


def to_card(item: Item) -> Card:
    """Return the item's card with its whole abstract and without reasons."""
    paper = item.paper
    return Card(
        title=tidy(paper.title),
        link=paper_link(paper),
        authors=authors(paper.authors),
        label=label(paper),
        categories=", ".join(tidy(one) for one in paper.categories[:CATEGORIES_SHOWN]),
        comments=comments(paper),
        code=reachable(paper.code_url),
        pdf=f"https://arxiv.org/pdf/{quote(paper.arxiv_id)}" if paper.arxiv_id else "",
        tldr=cut(tidy(item.tldr), TLDR_LENGTH),
        abstract=tidy(paper.abstract),
    )


def paper_link(paper: Paper) -> str:
    """Return where the paper is to be read; without an address, arXiv's search by its title."""
    if reachable(paper.url):
        return reachable(paper.url)
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{quote(paper.arxiv_id)}"
    if paper.doi:
        return f"https://doi.org/{quote(paper.doi)}"
    words = cut(tidy(paper.title), SEARCHED_LENGTH).rstrip("…")
    asked = urlencode({"query": words, "searchtype": "title"})
    return f"https://arxiv.org/search/?{asked}"


def reachable(url: str) -> str:
    """Return the address if a reader anywhere can open it: http or https, not this machine's."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    here = host in ("", "localhost", "::1", "0.0.0.0") or host.startswith("127.")  # noqa: S104 - refused
    if parts.scheme not in ("http", "https") or here or host.endswith(".localhost"):
        return ""
    return url if url.isprintable() and " " not in url else ""


def authors(names: tuple[str, ...]) -> str:
    """Return "A, B, C and 12 more"; as many as fit in the same space are named in full."""
    if len(names) <= AUTHORS_SHOWN + 1:
        return ", ".join(tidy(name) for name in names)
    shown = ", ".join(tidy(name) for name in names[:AUTHORS_SHOWN])
    return f"{shown} and {len(names) - AUTHORS_SHOWN:,} more"


def label(paper: Paper) -> str:
    """Return the id that researchers quote, or ""."""
    if paper.arxiv_id:
        return f"arXiv:{tidy(paper.arxiv_id)}"
    return f"doi:{tidy(paper.doi)}" if paper.doi else ""


def comments(paper: Paper) -> str:
    """Return what else is known: whether it was withdrawn, where it appeared, its votes."""
    votes = count(paper.votes, "vote") if paper.votes else ""
    known = ("withdrawn" if paper.withdrawn else "", tidy(paper.venue), votes)
    return " · ".join(part for part in known if part)


def why(parts: tuple[Part, ...], topic: str = "") -> str:
    """Return the largest reasons in the reader's own words, "" if there is none.

    Words found in the same place are told together: "sparse attention" and "memory" in the title.
    A word that one of the phrases holds is not told by itself. The topic stands before all, unless
    its name is the first thing told.
    """
    shown = sorted((part for part in parts if part.value > 0), key=lambda part: -part.share)
    phrases = [part.name for part in shown if not part.name.startswith("term:")]
    largest = [part for part in shown if not is_held(part, phrases)]
    places: dict[str, list[str]] = {}
    told: list[str] = []
    for word, place in map(reason, largest):
        bare = word.strip('"').casefold()
        if len(told) == REASONS_SHOWN or bare in told:
            continue
        told.append(bare)
        places.setdefault(place or word, []).extend([word] if place else [])
    said = "; ".join(f"{' and '.join(words)} {place}".lstrip() for place, words in places.items())
    name = tidy(topic)
    return said if not name or name.casefold() in told[:1] else f"{name}: {said}"


def is_held(part: Part, phrases: list[str]) -> bool:
    """Return whether the part is a single word that one of the phrases has."""
    kind, _, word = part.name.partition(":")
    return kind == "term" and any(
        word.casefold() in one.partition(":")[2].casefold().split() for one in phrases
    )


def reason(part: Part) -> tuple[str, str]:
    """Return what the part says, and the place in the paper that it quotes, "" if none."""
    kind, _, name = part.name.partition(":")
    name = tidy(name)
    match kind:
        case "topic" if part.quote is None:
            return f"topic {name}", ""
        case "keyword" | "term" | "topic":
            # The paper's own words, as they stand there: "Robotic" for a keyword "robotics".
            quoted = tidy(part.quote.text) if part.quote else name
            return f'"{quoted}"', f"in the {part.quote.field}" if part.quote else ""
        case "category":
            return f"category {name}", ""
        case "author":
            return f"by {name}", ""
        case "pin":
            quoted = tidy(part.quote.text) if part.quote else name
            return f'"{quoted}"', f"in the {part.quote.field}" if part.quote else ""
        case "like":
            return f"you liked “{name}”", ""
        case "likes":
            return "other papers you liked", ""
        case "votes":
            return "readers’ votes", ""
        case "freshness":
            return "just out", ""
    return tidy(part.name.replace(":", " ")), ""
