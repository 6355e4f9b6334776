"""Readers' libraries and the bench -> each one's likest papers, and which liked ones say so."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice

import numpy as np
import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order
from newsletter.actions.crediting import Reasons, Words, credits, lately
from newsletter.actions.embed import vectors_for, vectors_of
from newsletter.domain.issue import Credit
from newsletter.domain.library import VERDICTS, Verdict
from newsletter.ranking.candidate import Scored
from newsletter.ranking.meaning import Meaning
from newsletter.ranking.model import Bag, Libraries, Papers, bag
from newsletter.ranking.model.archive import Kind
from newsletter.ranking.model.many import Likes, Rows, best, in_columns
from newsletter.ranking.model.telling import Scales, tell
from newsletter.store import composing, libraries, works
from newsletter.store.database import Store

LIKED = "Like papers you liked"  # the library's name as a topic
LEAST = 1.5  # spreads over what is usual, from which a paper is like a library
TOLD = 3  # liked papers that are told of as reasons; the others are told together
SPARE = 3  # times an issue's length: papers of the shortlist may be had, or be taken by others
HALF_LIFE_DAYS = 365.0
DAY_SECONDS = 86_400
NO_SCALES = Scales(np.zeros((0, 0), np.float32), np.zeros(0, np.float32))
WEIGHTS = {Verdict.LESS: -1.0}  # the others weigh 1


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What all libraries share: the liked papers, compared with the archive's."""

    likes: Likes
    works: Rows  # the store's rows of the liked papers, ascending
    names: tuple[str, ...]  # their titles as names of parts, in JSON
    now: datetime


@dataclass(slots=True)
class Liked:
    """The libraries of a block of readers, and what is like them."""

    shelf: Shelf
    libraries: Libraries
    number: dict[int, int]  # of each reader's library
    papers: dict[int, list[Scored]] = field(default_factory=dict)  # by reader, the likest first
    scales: Scales = NO_SCALES  # of the libraries, once compared
    words: Words | None = None  # of late
    credits: dict[int, tuple[Credit, ...]] = field(default_factory=dict)  # by reader, once told

    def reasons(self, wanted: Mapping[int, Sequence[int]]) -> dict[int, list[tuple[float, str]]]:
        """Return by reader, for each of their places, the score and its parts as they are kept."""
        if not wanted:
            return {}
        likes, names = self.shelf.likes, self.shelf.names
        counts = [len(places) for places in wanted.values()]
        numbers = np.repeat([self.number[reader] for reader in wanted], counts)
        places = np.fromiter(chain.from_iterable(wanted.values()), np.intp, len(numbers))
        chosen = np.searchsorted(likes.candidates, places)
        found = tell(likes, self.libraries, self.scales, (numbers, chosen), TOLD)
        texts = [
            told(score, values, [names[one] for one in papers], length)
            for score, values, papers, length in zip(
                found.scores, found.values, found.papers, found.lengths, strict=True
            )
        ]
        if self.words and len(self.words.papers):
            reasons = Reasons(found.papers, found.values)
            self.credits = credits(self.words, self.number, wanted, reasons, names)
        each = iter(texts)
        return {reader: list(islice(each, len(places))) for reader, places in wanted.items()}


def told(
    score: float, values: Sequence[float], names: Sequence[str], number: int
) -> tuple[float, str]:
    """Return the score and its largest parts as JSON; the rest of the library is one part.

    `number`: of papers in the library.
    """
    rest, found = score, []
    for name, value in zip(names, values, strict=True):
        if value > 0:
            number, rest = number - 1, rest - value
            found.append(PART % (name, value, value / score))
    if number:
        found.append(PART % ('"likes"', rest, rest / score))
    return score, f"[{', '.join(found)}]"


# Twelve digits: writing all seventeen of each took most of the time.
PART = '{"name": %s, "value": %.12g, "share": %.12g, "quote": null}'


def with_shelf(store: Store, bench: Bench, readers: Sequence[int], order: Order) -> Bench:
    """Return the bench with what papers mean and the readers' libraries.

    Vectors that are missing are made and kept. Without an embedder it is returned as it is.
    """
    archive = [one.paper for one in bench.ranker.papers]
    embedder = order.embedder
    if embedder is None or not archive:
        return bench
    with store.read() as tx:
        rows = composing.liked_by(tx, readers)
        found = works.texts(tx, rows) if rows else {}
    works_found = [found[row] for row in rows]
    every = archive + works_found
    vectors = vectors_for(store, embedder, every)
    kind: Kind = "static" if embedder.name.startswith("static") else "semantic"
    bench.ranker.meaning = Meaning(
        vectors[: len(archive)],
        bench.ranker.corpus.older,
        kind,
        lambda texts: vectors_of(store, embedder, texts),
    )
    if not rows:
        return bench
    since = bench.since
    papers = Papers(
        bags=[bag_of(one.title, one.abstract) for one in every],
        vectors=(vectors,),
        kind=kind,
        categories=[one.categories for one in every],
        counted=np.arange(len(every)) < len(archive),
    )
    places = np.flatnonzero(np.isin(bench.ranker.rows, [row for row in bench.news if row > since]))
    likes = Likes(papers, bench.ranker.corpus.older, places, len(readers))
    shelf = Shelf(
        likes=likes,
        works=np.array(rows, np.intp),
        names=tuple(json.dumps(f"like:{one.title}", ensure_ascii=False) for one in works_found),
        now=order.at,
    )
    return replace(bench, shelf=shelf)


@lru_cache(maxsize=32_768)
def bag_of(title: str, abstract: str) -> Bag:
    """Return a text's terms: a server composes the same archive again and again."""
    return bag(title, abstract)


VERDICT_WEIGHTS = np.array([WEIGHTS.get(one, 1.0) for one in VERDICTS])


def read(tx: sa.Connection, ids: Sequence[int], shelf: Shelf) -> Liked:
    """Return the libraries of these readers; nothing is compared yet.

    Of what is liked or not, the newer weighs more; what is on no shelf yet is left out.
    """
    found = libraries.shelved(tx, ids)
    ages = np.maximum(shelf.now.timestamp() - found.at, 0) / DAY_SECONDS
    weights = np.exp2(-ages / HALF_LIFE_DAYS) * VERDICT_WEIGHTS[found.verdicts]
    places = np.searchsorted(shelf.works, found.works)
    there = places < len(shelf.works)
    there[there] = shelf.works[places[there]] == found.works[there]
    starts = np.concatenate([[0], np.cumsum(there)])[found.starts]
    columns = in_columns(starts, places[there], weights[there])
    numbers = {reader: at for at, reader in enumerate(found.readers)}
    words = lately(starts, places[there], found.verdicts[there], ages[there])
    return Liked(shelf, shelf.likes.libraries(columns), numbers, words=words)


def compare(liked: Liked, windows: dict[int, int], bench: Bench, most: int) -> None:
    """Find each reader's likest papers among those after the row of the reader's window."""
    if not liked.number:
        return
    likes = liked.shelf.likes
    scores, spreads = likes.scores(liked.libraries)
    liked.scales = Scales(likes.factors(liked.libraries), spreads)
    rows = np.array(bench.ranker.rows, np.intp)[likes.candidates]
    grouped: dict[int, list[int]] = {}
    for reader in liked.number:
        grouped.setdefault(windows[reader], []).append(reader)
    for after, readers in grouped.items():
        columns = np.flatnonzero(rows > after)
        numbers = [liked.number[one] for one in readers]
        some = scores if len(numbers) == len(scores) else scores[numbers]
        found = best(some, columns, likes.candidates, most * SPARE, LEAST)
        liked.papers.update(zip(readers, found, strict=True))
