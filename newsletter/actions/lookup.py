"""Asking arXiv's API for papers: by ids, by a title, by an author; in turn, a page at a time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.actions.reading import Fetch
from newsletter.actions.resolve import API, address, is_same
from newsletter.domain.paper import Paper, plain
from newsletter.feeds.arxiv import next_page, read_api
from newsletter.feeds.fetch import NO_VALIDATORS

SITE = "https://arxiv.org"
IDS = 100  # in one question
PAGE = 100  # papers of an author in one answer
MOST_PAGES = 10
AUTHOR_ID = re.compile(r"[a-z][a-z'-]{0,60}_[a-z]{1,3}_\d{1,4}")  # okafor_a_1


@dataclass(frozen=True, slots=True)
class Arxiv:
    """How arXiv is asked; `fetch` waits for its turn."""

    fetch: Fetch
    api: str = API
    site: str = SITE

    def answer(self, url: str) -> tuple[Paper, ...]:
        """Return the papers of one answer; raises FeedError."""
        return read_api(url, self.fetch(url, NO_VALIDATORS).body or b"").papers

    def by_ids(self, ids: Sequence[str]) -> dict[str, Paper]:
        """Return the papers with these ids; unknown ones are left out. Raises FeedError."""
        found: dict[str, Paper] = {}
        for start in range(0, len(ids), IDS):
            some = ids[start : start + IDS]
            query = f"id_list={quote(','.join(some), safe=',/')}&max_results={len(some)}"
            found |= {one.arxiv_id: one for one in self.answer(f"{self.api}?{query}")}
        return found

    def by_title(self, paper: Paper) -> Paper | None:
        """Return the one paper with this title (and first author, if told), None if not one."""
        url = address(paper.title).replace(API, self.api, 1)
        fitting = [one for one in self.answer(url) if is_same(paper, one)]
        return fitting[0] if len(fitting) == 1 else None

    def of_author(self, author: str) -> list[Paper]:
        """Return the papers of an arXiv author id, or of a name, the newest first.

        Of a name those are left out whose authors only share the family name. Raises FeedError.
        """
        if AUTHOR_ID.fullmatch(author):
            return list(self.answer(f"{self.site}/a/{author}.atom2"))
        words = quote(f'au:"{plain(author)}"')
        order = "sortBy=submittedDate&sortOrder=descending"
        first = f"{self.api}?search_query={words}&{order}&start=0&max_results={PAGE}"
        return [
            one
            for page in self.pages(first)
            for one in page
            if any(is_person(author, name) for name in one.authors)
        ]

    def pages(self, url: str) -> Iterator[tuple[Paper, ...]]:
        """Yield the papers of each page, up to a limit; raises FeedError."""
        for _ in range(MOST_PAGES):
            body = self.fetch(url, NO_VALIDATORS).body or b""
            yield read_api(url, body).papers
            url = next_page(url, body)
            if not url:
                return


def is_person(wanted: str, name: str) -> bool:
    """Return whether a name may be the wanted one: A. B. Okafor may be Ada Okafor, Al not."""
    ours, theirs = plain(wanted).split(), plain(name).split()
    if not ours or not theirs or ours[-1] != theirs[-1]:
        return False
    if len(ours) == 1 or len(theirs) == 1:
        return len(ours) == len(theirs)
    mine, other = ours[0], theirs[0]
    return mine == other or (min(len(mine), len(other)) == 1 and mine[0] == other[0])
