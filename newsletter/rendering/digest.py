"""An issue rendered: subject, preheader, HTML within its size budget, and the same as text."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from html import escape
from operator import attrgetter
from urllib.parse import quote

from newsletter.domain.issue import Issue
from newsletter.domain.message import Links, Rendered, Site
from newsletter.domain.subscriber import Detail
from newsletter.rendering.card import Card
from newsletter.rendering.credits import sentences
from newsletter.rendering.language import Language
from newsletter.rendering.links import search_link
from newsletter.rendering.mentions import groups
from newsletter.rendering.octets import size_of
from newsletter.rendering.plain import cut, tidy
from newsletter.rendering.receipt import edition_date, quiet, to_receipt
from newsletter.rendering.rows import Shown
from newsletter.rendering.spots import LINE_LENGTH
from newsletter.rendering.templates import Templates

POSITION = attrgetter("position")
HTML_BYTES = 80_000  # Gmail clips a mail near 102 kB
SUBJECT_LENGTH = 70
PREHEADER_LENGTH = 110
SHORT = 400  # characters of an abstract, about 60 words
TITLE_LENGTH = 200
SMALLEST_TITLE, SMALLEST_LINK = 50, 200
BY_MAIL = "mailto:"
PAGES = ("https://", "http://", BY_MAIL)
CONTENTS_FROM = 8  # papers
MOST_KEPT = 4096  # titles cut short


def digest(templates: Templates, issue: Issue, site: Site, links: Links) -> Rendered:
    """Return the issue as one reader sees it.

    Without a public address (site.url "") the mail holds its full content and only mailto links
    to us; with one, a paper's sentence stands for its abstract. Raises TemplateError.
    """
    made = templates.cards
    items = sorted(issue.items, key=POSITION)
    every, spots = made.of(items, SHAPES[issue.detail, bool(site.url)]), made.spots(items)
    tongue, first = templates.language, [one.card for one in every[:3]]
    subject = subject_of(issue, first, len(items), tongue)
    preheader = preheader_of(issue, first, tongue)
    frame = frame_of(issue, site, links, tongue)
    values = {"subject": subject, "preheader": preheader, **frame}
    for shorten, has_reasons in SHORTENINGS:
        is_whole = has_reasons and not shorten
        shown = every if is_whole else [made.shorter(one, shorten, has_reasons) for one in every]
        stand = spots if has_reasons else made.spots(items, is_brief=True)
        values["contents"] = has_reasons and len(items) >= CONTENTS_FROM
        values["after"] = frame["after"] if has_reasons else ()
        values["is_cut"] = not has_reasons or (not is_whole and differ(shown, every))
        html = b"".join(templates.octets("mail/digest.mjml", values, shown, stand))
        # On the wire they are never fewer than those of the text itself.
        if len(html) <= HTML_BYTES or size_of(html) <= HTML_BYTES:
            break
    text = templates.octets("mail/digest.txt", values, shown, stand)
    return Rendered(subject, preheader, html_octets=[html], text_octets=text)


def whole(card: Card) -> Card:
    """Return the card with its sentence and its abstract."""
    is_pointed = card.problem or card.idea or card.result
    return replace(card, problem="", idea="", result="") if is_pointed else card


def public(card: Card) -> Card:
    """Return the card as it stands in a mail beside the web: its sentence for its abstract."""
    return abridge(whole(card), 0 if card.tldr else SHORT)


def pointed(card: Card, otherwise: Callable[[Card], Card]) -> Card:
    """Return the card with problem, idea and result for its abstract, if one of them is there."""
    is_pointed = card.problem or card.idea or card.result
    return replace(card, abstract="") if is_pointed else otherwise(card)


# What becomes of a card, by what the reader chose and whether the newsletter has pages. Made once:
# what was changed is kept by the function that did it.
SHAPES: dict[tuple[Detail, bool], Callable[[Card], Card]] = {
    (Detail.USUAL, True): public,
    (Detail.USUAL, False): whole,
    (Detail.ABSTRACT, True): whole,
    (Detail.ABSTRACT, False): whole,
    (Detail.CARD, True): partial(pointed, otherwise=public),
    (Detail.CARD, False): partial(pointed, otherwise=whole),
}


def briefest(card: Card) -> Card:
    """Return the card with its sentence alone."""
    return whole(abridge(card, 0))


def bare(card: Card) -> Card:
    """Return the card without its texts."""
    return replace(card, abstract="", tldr="", problem="", idea="", result="")


def shortest(card: Card) -> Card:
    """Return the card without its texts and with each of its lines cut short."""
    return replace(
        bare(card),
        title=cut(card.title, TITLE_LENGTH),
        authors=cut(card.authors, LINE_LENGTH),
        categories=cut(card.categories, LINE_LENGTH),
        comments=cut(card.comments, LINE_LENGTH),
    )


def smallest(card: Card) -> Card:
    """Return the card with what names the paper alone, and little of that."""
    is_short = len(escape(card.link)) <= SMALLEST_LINK
    return replace(
        bare(card),
        authors="",
        categories="",
        comments="",
        code="",
        title=cut(card.title, SMALLEST_TITLE),
        link=card.link if is_short else search_link(card.brief.rstrip("…")[: SMALLEST_TITLE // 3]),
        label=cut(card.label, SMALLEST_TITLE),
    )


def abridge(card: Card, length: int) -> Card:
    """Return the card with at most this many characters of its abstract."""
    abstract = cut(card.abstract, length) if length else ""
    return card if abstract == card.abstract else replace(card, abstract=abstract)


# What gives way when the HTML is too large, in this order: a change of each card, and whether its
# reasons, the list of contents and the lines behind the papers stay. The foot never does, and a
# title only where it is longer than any honest one.
SHORTENINGS: tuple[tuple[Callable[[Card], Card] | None, bool], ...] = (
    (None, True),
    *((partial(abridge, length=length), True) for length in (800, SHORT, 200, 0)),
    (briefest, True),
    (bare, False),
    (shortest, False),
    (smallest, False),
)


def differ(shown: Sequence[Shown], every: Sequence[Shown]) -> bool:
    """Return whether any card is not shown as it is, what is a reader's own apart."""
    return any(one.card != other.card for one, other in zip(shown, every, strict=True))


def subject_of(issue: Issue, cards: Sequence[Card], number: int, tongue: Language) -> str:
    """Return the best paper's title, cut at a word, and how many more there are."""
    return (
        headline(cards[0].title, number - 1, tongue) if cards else quiet(issue, tongue).rstrip(".")
    )


@lru_cache(maxsize=MOST_KEPT)
def headline(title: str, more: int, tongue: Language) -> str:
    """Return the subject of a mail with this title and so many more."""
    shown = cut(title, SUBJECT_LENGTH)
    if not more:
        return shown
    comma = "" if shown.endswith(("…", ".", "?", "!")) else ","
    return tongue.say("{title} and {n} more", title=shown + comma, n=more)


def preheader_of(issue: Issue, cards: Sequence[Card], tongue: Language) -> str:
    """Return the line that an inbox shows after the subject: the next two titles."""
    following = cards[1:3]
    if following:
        each = PREHEADER_LENGTH // len(following) - 2
        return " · ".join([brief(card.title, each) for card in following])
    told = (cards[0].tldr or cards[0].abstract or cards[0].authors) if cards else ""
    return cut(told or to_receipt(issue.coverage, tongue).line, PREHEADER_LENGTH)


@lru_cache(maxsize=MOST_KEPT)
def brief(title: str, length: int) -> str:
    """Return a title cut at a word."""
    return cut(title, length)


def frame_of(issue: Issue, site: Site, links: Links, tongue: Language) -> dict[str, object]:
    """Return the values around the papers: head, receipt and foot."""
    receipt = to_receipt(issue.coverage, tongue)
    site_name, postal_address = signature(site)
    is_quiet = not issue.items  # then the one line says it all
    return {
        "site_name": site_name,
        "date": edition_date(issue, tongue),
        "counts": "" if is_quiet else receipt.counts,
        "quiet": quiet(issue, tongue),
        "receipt": receipt.line,
        # Before them what feedback changed: a loop of its own costs every mail a piece more.
        "troubles": (*sentences(issue.credits, tongue), *receipt.troubles)
        if issue.credits
        else receipt.troubles,
        "after": groups(issue.mentions, tongue),
        "postal_address": postal_address,
        **personal_links(site, links),
        "web_view": links.web_view if site.url and not is_quiet else "",
    }


@lru_cache(maxsize=16)
def signature(site: Site) -> tuple[str, str]:
    """Return the site's name and its postal address."""
    return tidy(site.name), tidy(site.postal_address)


def personal_links(site: Site, links: Links) -> dict[str, str]:
    """Return the reader's own links; without a public address those by mail alone."""
    if site.url:
        rate = allowed(links.rate)
        return {
            "unsubscribe": allowed(links.unsubscribe or links.unsubscribe_mailto),
            "preferences": allowed(links.preferences),
            "pause": allowed(links.pause),
            "subscribe": allowed(links.subscribe),
            "rate": rate,
            "rate_mail": "" if rate else links.rate_mailto,
            "write_to": "",
        }
    return {
        "unsubscribe": allowed(links.unsubscribe_mailto or links.unsubscribe, BY_MAIL),
        "preferences": "",
        "pause": allowed(links.pause, BY_MAIL),
        "subscribe": "",
        "rate": "",
        "rate_mail": links.rate_mailto,
        "write_to": write_to(site),
    }


def allowed(link: str, ways: str | tuple[str, ...] = PAGES) -> str:
    """Return a link if it begins as a reader may follow it, else ""."""
    return link if link.startswith(ways) else ""


@lru_cache(maxsize=16)
def write_to(site: Site) -> str:
    """Return the address at which a person reads, "" if it cannot stand in a link."""
    address = site.reply_to or site.from_address
    return address if quote(address, safe="@+") == address else ""
