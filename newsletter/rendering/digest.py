"""An issue rendered: subject, preheader, HTML within its size budget, and the same as text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from newsletter.domain.issue import Issue
from newsletter.domain.message import Links, Rendered, Site
from newsletter.rendering.card import Card, to_card
from newsletter.rendering.plain import cut, tidy
from newsletter.rendering.receipt import counts, edition_date, quiet, to_receipt
from newsletter.rendering.templates import Templates

HTML_BYTES = 80_000  # Gmail clips a mail near 102 kB
SUBJECT_LENGTH = 70
PREHEADER_LENGTH = 110
WHOLE = 1_000_000  # characters: longer than any abstract
SHORT = 400  # characters of an abstract, about 60 words
# What gives way when the HTML is too large, in this order. The foot never does, and a title only
# where it is longer than any honest one.
ABSTRACT_LENGTHS = (WHOLE, 800, SHORT, 200, 0)
TITLE_LENGTH, LINE_LENGTH = 200, 80


@dataclass(frozen=True, slots=True)
class FootLink:
    """A link under the papers that is the reader's own."""

    label: str
    link: str


def digest(templates: Templates, issue: Issue, site: Site, links: Links) -> Rendered:
    """Return the issue as one reader sees it.

    Without a public address (site.url "") the mail holds its full content and only mailto links
    to us; with one, a paper's sentence stands for its abstract. Raises TemplateError.
    """
    items = sorted(issue.items, key=lambda item: item.position)
    cards = tuple(to_card(item) for item in items)
    if site.url:
        cards = tuple(abridge(card, 0 if card.tldr else SHORT) for card in cards)
    subject, preheader = subject_of(issue, cards), preheader_of(issue, cards)
    frame = {"subject": subject, "preheader": preheader, **frame_of(issue, site, links)}
    html, values = "", dict[str, object]()
    for shorter in shortenings(cards):
        values = {**frame, "cards": shorter, "is_cut": shorter != cards}
        html = templates.html("mail/digest.mjml", values)
        if len(html.encode()) <= HTML_BYTES:
            break
    return Rendered(subject, preheader, html, templates.plain("mail/digest.txt", values))


def shortenings(cards: tuple[Card, ...]) -> list[tuple[Card, ...]]:
    """Return the cards as they are, then shorter and shorter, last without sentence and reason."""
    steps = [tuple(abridge(card, length) for card in cards) for length in ABSTRACT_LENGTHS]
    bare = tuple(replace(card, abstract="", tldr="", why="") for card in cards)
    return [*steps, bare, tuple(shortest(card) for card in bare)]


def shortest(card: Card) -> Card:
    """Return the card with each of its lines cut short."""
    return replace(
        card,
        title=cut(card.title, TITLE_LENGTH),
        authors=cut(card.authors, LINE_LENGTH),
        categories=cut(card.categories, LINE_LENGTH),
        comments=cut(card.comments, LINE_LENGTH),
    )


def abridge(card: Card, length: int) -> Card:
    """Return the card with at most this many characters of its abstract."""
    return replace(card, abstract=cut(card.abstract, length) if length else "")


def subject_of(issue: Issue, cards: tuple[Card, ...]) -> str:
    """Return the best paper's title, cut at a word, and how many more there are."""
    if not cards:
        return quiet(issue).rstrip(".")
    title = cut(cards[0].title, SUBJECT_LENGTH)
    if len(cards) == 1:
        return title
    comma = "" if title.endswith(("…", ".", "?", "!")) else ","
    return f"{title}{comma} and {len(cards) - 1} more"


def preheader_of(issue: Issue, cards: tuple[Card, ...]) -> str:
    """Return the line that an inbox shows after the subject: the next two titles."""
    following = cards[1:3]
    if following:
        each = PREHEADER_LENGTH // len(following) - 2
        return " · ".join(cut(card.title, each) for card in following)
    if cards:
        return cut(cards[0].tldr or cards[0].abstract or cards[0].authors, PREHEADER_LENGTH)
    return to_receipt(issue.coverage).line


def frame_of(issue: Issue, site: Site, links: Links) -> Mapping[str, object]:
    """Return the values around the papers: head, receipt and foot."""
    receipt = to_receipt(issue.coverage)
    is_quiet = not issue.items  # then the one line says it all
    return {
        "site_name": tidy(site.name),
        "date": edition_date(issue),
        "counts": "" if is_quiet else counts(issue.coverage),
        "quiet": quiet(issue),
        "receipt": receipt.line,
        "troubles": receipt.troubles,
        "web_view": links.web_view if site.url and not is_quiet else "",
        "foot_links": foot_links(site, links),
        "postal_address": tidy(site.postal_address),
    }


def foot_links(site: Site, links: Links) -> tuple[FootLink, ...]:
    """Return the reader's own links; without a public address those by mail alone."""
    if site.url:
        unsubscribe = links.unsubscribe or links.unsubscribe_mailto
    else:
        unsubscribe = links.unsubscribe_mailto or links.unsubscribe
    named = (
        FootLink("Preferences", links.preferences),
        FootLink("Pause", links.pause),
        FootLink("Unsubscribe", unsubscribe),
    )
    allowed = ("https://", "http://", "mailto:") if site.url else ("mailto:",)
    return tuple(one for one in named if one.link.startswith(allowed))
