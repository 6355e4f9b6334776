"""Templates that follow their files: each change is tried out first, and the last good ones stay.

In: templates that are in use; out: the same, or new ones after a change that renders every mail.
"""

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Coverage, FeedCoverage, Issue, Item, Part, Quote
from newsletter.domain.message import Links, Site
from newsletter.domain.paper import Paper
from newsletter.domain.subscriber import SubscriberId
from newsletter.domain.summary import Extract, Summary
from newsletter.errors import TemplateError
from newsletter.rendering.confirmation import confirmation
from newsletter.rendering.digest import digest
from newsletter.rendering.templates import Templates

log = logging.getLogger(__name__)
Stamp = tuple[tuple[str, int, int], ...]  # of each file: path, time of its change, size


class Fresh:
    """The templates in use, and what is wrong with those that would follow them."""

    def __init__(self, templates: Templates) -> None:
        self.good = templates
        self.trouble: TemplateError | None = None
        self._stamp = stamp(templates.folders)
        self._lock = threading.Lock()

    def look(self) -> Templates:
        """Return the newest templates that render every mail; a fault is told once, and kept."""
        with self._lock:
            now = stamp(self.good.folders)
            if now != self._stamp:
                self._stamp = now
                self.follow(Templates(self.good.folders, self.good.language))
            return self.good

    def follow(self, made: Templates) -> None:
        """Use these templates, if they render every mail."""
        try:
            try_out(made)
        except TemplateError as error:
            self.trouble = error
            log.error("the template is broken, the last good one stays in use: %s", error)
        else:
            self.good, self.trouble = made, None


def stamp(folders: tuple[Path, ...]) -> Stamp:
    """Return what changes when a template file of mails does."""
    found = []
    for folder in folders:
        for file in sorted((folder / "mail").glob("*")):
            try:
                known = file.stat()
            except OSError:  # gone this moment
                continue
            found.append((str(file), known.st_mtime_ns, known.st_size))
    return tuple(found)


def try_out(templates: Templates) -> None:
    """Render each kind of mail with all that may stand in it. Raises TemplateError."""
    for site, links in ((PAGES, WEB), (BY_MAIL, MAILTO)):
        for count in (0, 1, 8):
            digest(templates, sample(count), site, links)
        confirmation(templates, site, links, "reader@example.org")


def sample(count: int) -> Issue:
    """Return an issue of so many papers of which everything is known, and of which nothing is."""
    said = Summary("written:a sample", Extract("It works.", 0, 9))
    full = Item(1, FULL, "A topic", 1.0, REASONS, said)
    bare = [Item(n, Paper("A title"), "", 0.0, ()) for n in range(2, count + 1)]
    feeds = tuple(FeedCoverage("A feed", 1, one) for one in ("fetched", "failed", "late", "stale"))
    items = (full, *bare)[:count]
    return Issue(
        IssueId(1), "daily-2026-03-14", SubscriberId(1), WHEN, WHEN, items,
        Coverage(9, 8, count, feeds),
    )  # fmt: skip


WHEN = datetime(2026, 3, 14, tzinfo=UTC)
FULL = Paper(
    title="A title of a paper",
    abstract="An abstract. " * 9,
    authors=("Ada Okafor",) * 9,
    categories=("cs.CL",),
    arxiv_id="2609.01234",
    venue="A journal",
    code_url="https://example.org/code",
    votes=3,
    withdrawn=True,
)
REASONS = (Part("keyword:title", 0.6, 0.6, Quote("title", 2, 7, "title")), Part("votes", 0.4, 0.4))
BY_MAIL = Site("A newsletter", postal_address="1 Street", from_address="letter@example.org")
PAGES = Site("A newsletter", "https://example.org", "1 Street", "letter@example.org")
WEB = Links(*(f"https://example.org/{n}" for n in range(9)))
MAIL = "mailto:letter@example.org?subject=x"
MAILTO = Links(MAIL, "", MAIL, MAIL, confirm=MAIL, rate_mailto=MAIL)
