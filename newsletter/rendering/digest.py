"""An issue rendered: subject, preheader, HTML within its size budget, and the same as text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from newsletter.domain.issue import Issue
from newsletter.domain.message import Links, Rendered, Site
from newsletter.rendering.card import Card
from newsletter.rendering.octets import Segment, joined
from newsletter.rendering.plain import cut, tidy
from newsletter.rendering.receipt import counts, edition_date, quiet, to_receipt
from newsletter.rendering.templates import Templates

HTML_BYTES = 80_000  # Gmail clips a mail near 102 kB
SUBJECT_LENGTH = 70
PREHEADER_LENGTH = 110
WHOLE = 1_000_000  # characters: longer than any abstract
SHORT = 400  # characters of an abstract, about 60 words
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
    made = templates.cards
    items = sorted(issue.items, key=lambda item: item.position)
    bases = [made.card(item) for item in items]
    if site.url:
        bases = [made.changed(card, "public", public) for card in bases]
    reasons = [made.why(item) for item in items]
    subject, preheader = subject_of(issue, bases), preheader_of(issue, bases)
    values: dict[str, object] = {
        "subject": subject,
        "preheader": preheader,
        **frame_of(issue, site, links),
    }
    whole = None
    for step, (shorten, has_reasons) in enumerate(SHORTENINGS):
        shared = [made.changed(card, step, shorten) for card in bases]
        whole = whole or shared
        told = reasons if has_reasons else [""] * len(shared)
        values["is_cut"] = shared != whole or not has_reasons
        html = templates.segments("mail/digest.mjml", values, shared, told)
        if sum([one.size for one in html]) <= HTML_BYTES:
            break
    text = templates.segments("mail/digest.txt", values, shared, told)
    return to_rendered(subject, preheader, html, text)


def to_rendered(
    subject: str, preheader: str, html: Sequence[Segment], text: Sequence[Segment]
) -> Rendered:
    """Return the segments of both parts joined."""
    return Rendered(
        subject,
        preheader,
        [one.text for one in html],
        [one.text for one in text],
        joined(html),
        joined(text),
    )


def public(card: Card) -> Card:
    """Return the card as it stands in a mail beside the web: its sentence for its abstract."""
    return abridge(card, 0 if card.tldr else SHORT)


def bare(card: Card) -> Card:
    """Return the card without its texts."""
    return replace(card, abstract="", tldr="")


def shortest(card: Card) -> Card:
    """Return the card without its texts and with each of its lines cut short."""
    return replace(
        bare(card),
        title=cut(card.title, TITLE_LENGTH),
        authors=cut(card.authors, LINE_LENGTH),
        categories=cut(card.categories, LINE_LENGTH),
        comments=cut(card.comments, LINE_LENGTH),
    )


def abridge(card: Card, length: int) -> Card:
    """Return the card with at most this many characters of its abstract."""
    abstract = cut(card.abstract, length) if length else ""
    return card if abstract == card.abstract else replace(card, abstract=abstract)


# What gives way when the HTML is too large, in this order: a change of each card, and whether its
# reasons stay. The foot never does, and a title only where it is longer than any honest one.
SHORTENINGS: tuple[tuple[Callable[[Card], Card], bool], ...] = (
    *((partial(abridge, length=length), True) for length in (WHOLE, 800, SHORT, 200, 0)),
    (bare, False),
    (shortest, False),
)


def subject_of(issue: Issue, cards: Sequence[Card]) -> str:
    """Return the best paper's title, cut at a word, and how many more there are."""
    if not cards:
        return quiet(issue).rstrip(".")
    title = cut(cards[0].title, SUBJECT_LENGTH)
    if len(cards) == 1:
        return title
    comma = "" if title.endswith(("…", ".", "?", "!")) else ","
    return f"{title}{comma} and {len(cards) - 1} more"


def preheader_of(issue: Issue, cards: Sequence[Card]) -> str:
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
    site_name, postal_address = signature(site)
    is_quiet = not issue.items  # then the one line says it all
    return {
        "site_name": site_name,
        "date": edition_date(issue),
        "counts": "" if is_quiet else counts(issue.coverage),
        "quiet": quiet(issue),
        "receipt": receipt.line,
        "troubles": receipt.troubles,
        "web_view": links.web_view if site.url and not is_quiet else "",
        "foot_links": foot_links(site, links),
        "postal_address": postal_address,
    }


@lru_cache(maxsize=16)
def signature(site: Site) -> tuple[str, str]:
    """Return the site's name and its postal address."""
    return tidy(site.name), tidy(site.postal_address)


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
