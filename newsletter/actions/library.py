"""A reader's library: files, ids, titles and authors -> works and examples, and what was not found.

What is known here is looked up here first: the archive of papers and other readers' works. arXiv is
asked for ids and authors, and for the rest if that is wished.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from newsletter.actions.lookup import AUTHOR_ID, Arxiv
from newsletter.actions.reading import Limits, Origin, load
from newsletter.domain.library import SHELVED, Judged, Verdict, key_of
from newsletter.domain.paper import Paper, Skipped, keys, same_work
from newsletter.errors import FeedError
from newsletter.feeds import lines, shelf
from newsletter.store import works
from newsletter.store.database import Store
from newsletter.store.known import by_short_title, known

OWN_READERS = ("arxiv-author", "orcid")  # whose papers are by the reader
BY_NAME_ONLY = "lines"  # whose papers are nothing but a title or an id
AUTHOR = "author:"
ORCID_DIGITS = 16
ASK_ORCID = (
    "an ORCID iD; save its works and give the file: "
    "curl -H 'Accept: application/json' https://pub.orcid.org/v3.0/{}/works > works.json"
)


def nobody(_done: int, _of: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a library is looked up with."""

    arxiv: Arxiv
    limits: Limits
    now: datetime
    ask_titles: bool = False  # also for titles, one question each
    verdict: Verdict | None = None  # by default what fits the source
    progress: Callable[[int, int], None] = nobody  # how many were asked for, of how many


@dataclass(slots=True)
class Source:
    """What one source gave."""

    source: str
    reader: str = ""
    read: int = 0
    added: int = 0
    known: int = 0  # in this library already
    error: str | None = None


@dataclass(slots=True)
class Report:
    """What all sources gave."""

    sources: list[Source] = field(default_factory=list)
    not_found: list[Skipped] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def added(self) -> int:
        """Return how many papers are new in the library."""
        return sum(one.added for one in self.sources)

    @property
    def known(self) -> int:
        """Return how many were in it already."""
        return sum(one.known for one in self.sources)


def add(store: Store, subscriber_id: int, given: Sequence[str], means: Means) -> Report:
    """Put the papers of the sources into the reader's library; a bad source stops no other."""
    report = Report()
    for text in given:
        source = Source(text)
        report.sources.append(source)
        try:
            found = read(text, means)
            source.reader, source.read = found.reader, len(found.papers) + len(found.skipped)
            report.skipped += found.skipped
            complete(store, subscriber_id, found, source, report, means)
        except FeedError as error:
            source.error = error.reason
    return report


def read(text: str, means: Means) -> shelf.Shelf:
    """Return what a source holds: a file, an id, or an author; raises FeedError."""
    if text.startswith(AUTHOR) or AUTHOR_ID.fullmatch(text):
        return by_author(text.removeprefix(AUTHOR).strip(), means)
    if is_file(text):
        body = load(Origin(text, text), means.limits).body or b""
        return shelf.read(text, body)
    key = key_of(text)
    if key.startswith(("arxiv:", "doi:")):
        return shelf.Shelf("id", ((lines.named(key), None),))
    bare = text.removeprefix("https://orcid.org/").replace("-", "")
    if len(bare) == ORCID_DIGITS and bare[:-1].isdigit():
        raise FeedError(text, ASK_ORCID.format(text.removeprefix("https://orcid.org/")))
    if " " in text.strip() and not {"/", "\\"} & set(text):
        return by_author(text, means)
    raise FeedError(text, "there is no such file, and it is no arXiv id, DOI or author's name")


def is_file(text: str) -> bool:
    """Return whether there is something of this name; a title may be longer than any name."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def by_author(name: str, means: Means) -> shelf.Shelf:
    """Return the author's own papers; raises FeedError."""
    found = means.arxiv.of_author(name)
    if not found:
        raise FeedError(name, "arXiv knows no paper of this author")
    return shelf.Shelf("arxiv-author", tuple((one, one.published) for one in found))


def complete(
    store: Store,
    subscriber_id: int,
    found: shelf.Shelf,
    source: Source,
    report: Report,
    means: Means,
) -> None:
    """Look up what the source left out, and keep what was found."""
    bare = found.reader in (BY_NAME_ONLY, "id")
    with store.read() as tx:
        whole = look_up(tx, [paper for paper, _ in found.papers])
    asked, trouble = ask(whole, means)
    wanted: list[tuple[Paper, datetime | None]] = []
    for (given, added), here, there in zip(found.papers, whole, asked, strict=True):
        paper = there or here
        if bare and not there and (not here.title or here is given):
            name = given.title or given.arxiv_id or given.doi
            report.not_found.append(Skipped(name, trouble or why(given, means)))
        else:
            wanted.append((paper, added))
    own = found.reader in OWN_READERS
    verdict = means.verdict or (Verdict.OWN if own else Verdict.LIKED)
    with store.write() as tx:
        source.added = keep(tx, subscriber_id, wanted, verdict, means.now)
    source.known = len(wanted) - source.added


def look_up(tx: sa.Connection, found: Sequence[Paper]) -> list[Paper]:
    """Return each paper that has no abstract with what is known of it here, the others as is."""
    named = {paper: names(paper) for paper in found if not (paper.title and paper.abstract)}
    here = dict(known(tx, [key for mine in named.values() for key in mine]))
    return [best(tx, paper, named.get(paper, ()), here) for paper in found]


def names(paper: Paper) -> tuple[str, ...]:
    """Return the keys to look for; of a paper without a title its id alone."""
    return keys(paper) if paper.title else keys(replace(paper, title="-"))[:1]


def best(tx: sa.Connection, paper: Paper, named: Sequence[str], here: Mapping[str, Paper]) -> Paper:
    """Return the paper as it is known under the first of these keys that proves it."""
    for key in named:
        one = here.get(key)
        if one and (not paper.title or same_work(one, paper, key)):
            return one
    if named and paper.title and not (paper.arxiv_id or paper.doi):
        return by_short_title(tx, paper.title) or paper
    return paper


def ask(found: Sequence[Paper], means: Means) -> tuple[list[Paper | None], str]:
    """Return what arXiv knows of those without an abstract, None where it was not asked.

    If it stops answering, the others are not asked for; why, comes second.
    """
    answers: list[Paper | None] = [None] * len(found)
    poor = [(place, one) for place, one in enumerate(found) if not one.abstract]
    try:
        ids = {
            one.arxiv_id for _, one in poor if one.arxiv_id and (means.ask_titles or not one.title)
        }
        by_id = means.arxiv.by_ids(sorted(ids)) if ids else {}
        for number, (place, one) in enumerate(poor, 1):
            means.progress(number, len(poor))
            answers[place] = by_id.get(one.arxiv_id)
            if means.ask_titles and one.title and not one.arxiv_id:
                answers[place] = means.arxiv.by_title(one)
    except FeedError as error:
        return answers, error.reason
    return answers, ""


def why(paper: Paper, means: Means) -> str:
    """Return why a paper was not found."""
    if paper.arxiv_id:
        return "arXiv knows no paper with this id"
    if paper.doi:
        return "no paper here has this DOI; give a BibTeX or RIS file that describes it"
    if means.ask_titles:
        return "neither this archive nor arXiv has exactly one paper with this title"
    return "no paper here has this title; with --resolve arXiv is asked"


def keep(
    tx: sa.Connection,
    subscriber_id: int,
    wanted: Sequence[tuple[Paper, datetime | None]],
    verdict: Verdict,
    now: datetime,
) -> int:
    """Keep the papers as examples and return how many are new; what the reader said stays."""
    rows = works.add(tx, [paper for paper, _ in wanted], now)
    said = works.said(tx, subscriber_id)
    new: dict[int, Judged] = {}
    for row, (_, added) in zip(rows, wanted, strict=True):
        had = said.get(row)
        turned = had and had[0] is Verdict.LIKED and verdict is Verdict.OWN
        if row not in said or turned:
            new.setdefault(row, Judged(row, verdict, min(added or now, now)))
    works.judge(tx, subscriber_id, new.values())
    return len([row for row in new if row not in said])


def remove(store: Store, subscriber_id: int, wanted: Sequence[str]) -> list[str]:
    """Take papers, named by key or id, out of the library and return those that were in it."""
    named = {one: key_of(one) or one for one in wanted}
    with store.write() as tx:
        rows = works.by_keys(tx, list(named.values()))
        gone = [
            one
            for one, key in named.items()
            if key in rows and works.forget(tx, subscriber_id, SHELVED, row=rows[key], topic="")
        ]
        works.sweep(tx, rows.values())
    return gone


def clear(store: Store, subscriber_id: int) -> int:
    """Empty the library and return how many papers were in it; topics and feedback stay."""
    with store.write() as tx:
        rows = works.said(tx, subscriber_id)
        gone = works.forget(tx, subscriber_id, SHELVED, topic="")
        works.sweep(tx, rows)
    return gone
