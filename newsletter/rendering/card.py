"""An item as a reader sees it: names cut short, links that lead somewhere, and why it is here."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from newsletter.domain.issue import Item, Part
from newsletter.domain.paper import Paper
from newsletter.rendering.plain import count, tidy

AUTHORS_SHOWN = 3
CATEGORIES_SHOWN = 4
REASONS_SHOWN = 3


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
    why: str

    @property
    def meta(self) -> str:
        """Return what the grey line under the title says."""
        known = (self.label, self.categories, self.comments)
        return " · ".join(part for part in known if part)


def to_card(item: Item) -> Card:
    """Return the item's card with its whole abstract."""
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
        tldr=tidy(item.tldr),
        abstract=tidy(paper.abstract),
        why=why(item.parts),
    )


def paper_link(paper: Paper) -> str:
    """Return where the paper is to be read; without an address, arXiv's search by its title."""
    if reachable(paper.url):
        return reachable(paper.url)
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{quote(paper.arxiv_id)}"
    if paper.doi:
        return f"https://doi.org/{quote(paper.doi)}"
    asked = urlencode({"query": tidy(paper.title), "searchtype": "title"})
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


def why(parts: tuple[Part, ...]) -> str:
    """Return the largest reasons in the reader's own words, "" if there is none.

    Words found in the same place are told together: "sparse attention" and "memory" in the title.
    """
    largest = sorted((part for part in parts if part.value > 0), key=lambda part: -part.share)
    places: dict[str, list[str]] = {}
    for word, place in map(reason, largest[:REASONS_SHOWN]):
        said = places.setdefault(place or word, [])
        if place and word not in said:
            said.append(word)
    return "; ".join(f"{' and '.join(said)} {place}".lstrip() for place, said in places.items())


def reason(part: Part) -> tuple[str, str]:
    """Return what the part says, and the place in the paper that it quotes, "" if none."""
    kind, _, name = part.name.partition(":")
    name = tidy(name)
    match kind:
        case "keyword" | "term":
            return f'"{name}"', f"in the {part.quote.field}" if part.quote else ""
        case "topic" | "category":
            return f"{kind} {name}", ""
        case "author":
            return f"by {name}", ""
        case "votes":
            return "readers’ votes", ""
        case "freshness":
            return "just out", ""
    return tidy(part.name.replace(":", " ")), ""
