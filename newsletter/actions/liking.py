"""Readers' libraries and the bench -> each one's likest papers, and which liked ones say so."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order
from newsletter.actions.embed import vectors_for
from newsletter.domain.library import VERDICTS, Verdict
from newsletter.domain.library import Library as Kept
from newsletter.ranking.candidate import Scored
from newsletter.ranking.likes import Floats, Libraries, Likes, Rows, in_columns
from newsletter.store import composing, works
from newsletter.store.database import Store

LIKED = "Like papers you liked"  # the library's name as a topic
LEAST = 1.5  # spreads over what is usual, from which a paper is like a library
TOLD = 3  # liked papers that are told of as reasons; the others are told together
SPARE = 3  # times an issue's length: papers of the shortlist may be had, or be taken by others
HALF_LIFE_DAYS = 365.0
WEIGHTS = {Verdict.LESS: -0.5}  # the others weigh 1


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
    papers: dict[int, list[Scored]]  # by reader, the likest first

    def reasons(self, reader: int, places: Sequence[int]) -> list[tuple[float, str]]:
        """Return for each place the score and its parts as they are kept."""
        number = self.number[reader]
        chosen = np.array(places, np.intp)
        parts = self.shelf.likes.parts(self.libraries, number, chosen).astype(np.float64)
        start = self.libraries.starts[number]
        rows = self.libraries.rows[start : start + len(parts)]
        return [told(column, rows, self.shelf.names) for column in parts.T]


def told(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]", rows: Rows, names: Sequence[str]
) -> tuple[float, str]:
    """Return the score and its largest parts as JSON; the rest of the library is one part."""
    score = float(values.sum())
    order = np.argsort(-values, kind="stable")[:TOLD].tolist()
    parts = [(names[rows[at]], float(values[at])) for at in order if values[at] > 0]
    if len(values) > len(parts):
        parts.append(('"likes"', score - sum(value for _, value in parts)))
    text = ", ".join(
        f'{{"name": {name}, "value": {value!r}, "share": {value / score!r}, "quote": null}}'
        for name, value in parts
    )
    return score, f"[{text}]"


def with_shelf(store: Store, bench: Bench, readers: Sequence[int], order: Order) -> Bench:
    """Return the bench with the readers' libraries; vectors that are missing are made and kept.

    Without an embedder, or where nobody has a library, it is returned as it is.
    """
    if order.embedder is None:
        return bench
    with store.read() as tx:
        rows = composing.liked_by(tx, readers)
        if not rows:
            return bench
        found = works.texts(tx, rows)
    liked = vectors_for(store, order.embedder, [found[row] for row in rows])
    papers = [one.paper for one in bench.ranker.papers]
    vectors = vectors_for(store, order.embedder, papers)
    shelf = Shelf(
        likes=Likes(vectors, liked, slice(bench.ranker.corpus.older, None)),
        works=np.array(rows, np.intp),
        names=tuple(json.dumps(f"like:{found[row].title}", ensure_ascii=False) for row in rows),
        now=order.at,
    )
    return replace(bench, shelf=shelf)


def to_library(kept: Kept, shelf: Shelf) -> tuple[Rows, Floats]:
    """Return the library's papers and their weights; newer ones weigh more."""
    rows = np.frombuffer(kept.works, np.int64)
    verdicts = np.frombuffer(kept.verdicts, np.int8)
    ages = np.frombuffer(kept.ages(shelf.now), np.float64)
    weights = np.exp2(-ages / HALF_LIFE_DAYS) * VERDICT_WEIGHTS[verdicts]
    places = np.searchsorted(shelf.works, rows)
    there = places < len(shelf.works)
    there[there] = shelf.works[places[there]] == rows[there]
    return places[there].astype(np.intp), weights[there].astype(np.float32)


VERDICT_WEIGHTS = np.array([WEIGHTS.get(one, 1.0) for one in VERDICTS])


def read(tx: sa.Connection, ids: Sequence[int], shelf: Shelf) -> Liked:
    """Return the libraries of these readers; nothing is compared yet."""
    found = works.libraries(tx, ids)
    readers = list(found)
    libraries = in_columns([to_library(found[one], shelf) for one in readers])
    return Liked(shelf, libraries, {one: at for at, one in enumerate(readers)}, {})


def compare(liked: Liked, windows: dict[int, int], bench: Bench, most: int) -> None:
    """Find each reader's likest papers among those after the row of the reader's window."""
    profiles = liked.shelf.likes.profiles(liked.libraries)
    rows = np.array(bench.ranker.rows, np.intp)
    news = np.isin(rows, np.array(bench.news, np.intp))
    grouped: dict[int, list[int]] = {}
    for reader in liked.number:
        if reader in windows:
            grouped.setdefault(windows[reader], []).append(reader)
    for after, readers in grouped.items():
        places = np.flatnonzero(news & (rows > after))
        numbers = np.array([liked.number[one] for one in readers], np.intp)
        best = liked.shelf.likes.best(profiles[numbers], places, most * SPARE)
        for reader, found in zip(readers, best, strict=True):
            liked.papers[reader] = [one for one in found if one[0] >= LEAST]
