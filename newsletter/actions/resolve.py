"""Papers without an id -> looked up by title in arXiv's API, and merged with what it knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from newsletter.actions.ingest import Fetch
from newsletter.domain.paper import Paper, family_name, plain
from newsletter.errors import FeedError
from newsletter.feeds.arxiv import read_api
from newsletter.feeds.fetch import Validators
from newsletter.store import feeds, keeping, library
from newsletter.store.database import Store

API = "https://export.arxiv.org/api/query"
RESULTS = 5  # of one title: the first is nearly always the one


@dataclass(frozen=True, slots=True)
class Resolved:
    """A paper that had no id, and the one it was found to be; or why it was not found."""

    title: str
    key: str = ""  # by which it is known now
    why: str = ""


def from_answer(store: Store, body: bytes, place: str, now: datetime) -> list[Resolved]:
    """Resolve by a saved answer of the API; raises FeedError if it cannot be read."""
    answered = read_api(place, body).papers
    with store.read() as tx:
        wanted = library.without_id(tx)
    return [settle(store, one, answered, now) for one in wanted.items()]


def by_asking(store: Store, fetch: Fetch, now: datetime) -> list[Resolved]:
    """Resolve by asking the API, a title at a time; `fetch` waits for arXiv's turn."""
    with store.read() as tx:
        wanted = library.without_id(tx)
    found = []
    for key, paper in wanted.items():
        url = address(paper.title)
        try:
            answered = read_api(url, fetch(url, Validators()).body or b"").papers
        except FeedError as error:
            found.append(Resolved(paper.title, why=error.reason))
            continue
        found.append(settle(store, (key, paper), answered, now))
    return found


def address(title: str) -> str:
    """Return the query for a title; signs in it would be operators of the query's language."""
    words = quote(f'ti:"{plain(title)}"')
    return f"{API}?search_query={words}&max_results={RESULTS}"


def settle(
    store: Store, wanted: tuple[str, Paper], answered: Sequence[Paper], now: datetime
) -> Resolved:
    """Merge the paper, given with its key, with the one answer that is it."""
    key, paper = wanted
    fitting = [one for one in answered if is_same(paper, one)]
    if not fitting:
        return Resolved(paper.title, why="arXiv knows no paper with this title and first author")
    if len(fitting) > 1:
        several = ", ".join(one.arxiv_id for one in fitting)
        return Resolved(paper.title, why=f"several papers have this title: {several}")
    found = fitting[0]
    with store.write() as tx:
        feed = feeds.find_or_add(tx, API, "arXiv, by title")
        keeping.join(tx, key, found, keeping.Visitor(feed.id, now))
    return Resolved(paper.title, found.key)


def is_same(paper: Paper, other: Paper) -> bool:
    """Return whether the plain titles are equal, and the first authors where both are known."""
    if plain(paper.title) != plain(other.title):
        return False
    if not (paper.authors and other.authors):
        return True
    first = [plain(family_name(one.authors[0])) for one in (paper, other)]
    return first[0] == first[1]
