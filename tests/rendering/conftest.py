"""A small issue written by us, the sites and links around it, and ways to read what came out."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Coverage, FeedCoverage, Issue, Item, Part, Quote
from newsletter.domain.message import Links, Site
from newsletter.domain.paper import Paper
from newsletter.domain.subscriber import SubscriberId
from newsletter.domain.summary import Extract, Summary
from newsletter.rendering.templates import Templates

from .screen import Screen, chromium_of

DEFAULTS = Path(__file__).parents[2] / "templates"
DUE = datetime(2026, 3, 14, 6, tzinfo=UTC)

PUBLIC = Site(
    name="Morning Papers",
    url="https://papers.example.org",
    postal_address="12 Long Street, Riverton",
    from_address="papers@example.org",
)
LAB = replace(PUBLIC, url="")

PUBLIC_LINKS = Links(
    unsubscribe="https://papers.example.org/unsubscribe/t1",
    one_click="https://papers.example.org/one-click/t1",
    unsubscribe_mailto="mailto:papers@example.org?subject=unsubscribe%20t1",
    pause="https://papers.example.org/pause/t2",
    preferences="https://papers.example.org/preferences/t3",
    web_view="https://papers.example.org/read/t4",
    confirm="https://papers.example.org/confirm/t5",
)
LAB_LINKS = Links(
    unsubscribe="mailto:papers@example.org?subject=unsubscribe%20t1",
    unsubscribe_mailto="mailto:papers@example.org?subject=unsubscribe%20t1",
    pause="mailto:papers@example.org?subject=pause%20t2",
    confirm="mailto:papers@example.org?subject=confirm%20t5",
)

GATES = Paper(
    title="Reading Less to Remember More: Gated Summary Memory for Long Documents",
    abstract="Models keep a long list of past turns. We show how little of it is needed.",
    authors=("Ada Okafor", "Jun Watanabe", "Lena Brandt", "Tom Baker", "Eva Lindqvist"),
    categories=("cs.CL", "cs.LG"),
    arxiv_id="2609.01234",
    votes=41,
    code_url="https://github.com/example/gates",
)
SPINDLES = Paper(
    title="Sleep Spindles Predict Next-Day Learning in 4,120 Adults",
    abstract="We followed 4,120 adults for a year and recorded their sleep at home.",
    authors=("Grace Mbeki", "Olu Adeyemi"),
    doi="10.1101/2026.09.01.123456",
    venue="Journal of Sleep",
)
KMEANS = Paper(title="Tight Bounds for Online k-Means", abstract="We close the gap.")

WHY = (
    Part("keyword:gated memory", 0.6, 0.6, Quote("title", 25, 37, "Gated Summary")),
    Part("topic:Language", 0.3, 0.3),
    Part("freshness", 0.05, 0.05),
    Part("votes", 0.05, 0.05),
)


def to_issue(*papers, tldr="A gate decides.", parts=WHY, coverage=None, edition="daily-2026-03-14"):
    said = Summary("a test", Extract(tldr, 0, len(tldr)) if tldr else None)
    items = tuple(
        Item(position, paper, "Language", 1.0, parts, said)
        for position, paper in enumerate(papers, start=1)
    )
    feeds = (FeedCoverage("cs.CL", 120, "fetched"), FeedCoverage("cs.LG", 94, "unchanged"))
    receipt = coverage or Coverage(214, 214, len(items), feeds)
    return Issue(IssueId(1), edition, SubscriberId(1), DUE, DUE, items, receipt)


def same(one, other):
    """Return whether two parts are byte for byte the same, as they are sent and signed."""
    return b"".join(one) == b"".join(other)


def plainly(templates):
    """Return templates that render each mail whole and keep nothing."""
    templates.octets = lambda name, *values: templates.sheet(name).plainly(*values)
    return templates


class Reader(HTMLParser):
    """Collects what a reader meets in a mail: words, links, headings and tags."""

    def __init__(self):
        super().__init__()
        self.words, self.links, self.tags, self.headings = [], [], [], []
        self.open_heading = None
        self.links_in = {}  # by the words of the heading

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag in ("h1", "h2"):
            self.headings.append((tag, ""))
            self.open_heading = tag

    def handle_endtag(self, tag):
        if tag == self.open_heading:
            self.links_in[self.headings[-1][1]] = self.links[-1] if self.links else ""
            self.open_heading = None

    def handle_data(self, data):
        self.words.append(data)
        if self.open_heading:
            tag, words = self.headings[-1]
            self.headings[-1] = (tag, words + data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def read_html(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def links_in_text(text):
    return re.findall(r"(?:https?://|mailto:)\S+", text)


def titles_in_text(text):
    found = re.findall(r"^Title: (.+(?:\n  .+)*)$", text, re.MULTILINE)
    return [" ".join(title.split()) for title in found]


@pytest.fixture(scope="session")
def templates():
    return Templates([DEFAULTS])


@pytest.fixture(scope="module")
def browser(chromium):
    with chromium_of(chromium) as made:
        yield made


@pytest.fixture(scope="module")
def screen(browser):
    """A phone in light mode."""
    return Screen(browser)
