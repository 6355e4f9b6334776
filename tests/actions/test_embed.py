"""Papers get their vectors, newest first, once, and whoever asks gets what is kept."""

import threading

import numpy as np
import pytest

from newsletter.actions.embed import BATCH, READY, embed_missing, usable, vectors_for, vectors_of
from newsletter.domain.paper import Paper
from newsletter.ranking.embedding import normalised
from newsletter.store import vectors
from newsletter.store.database import Store
from tests.store.samples import GATES, SPINDLES, add_papers


class Counting:
    """An embedder that makes a vector of how often each letter stands in a text."""

    dimensions = 26

    def __init__(self, name="letters"):
        self.name = name
        self.seen = []

    def embed(self, texts):
        self.seen += texts
        rows = [[text.lower().count(chr(97 + one)) for one in range(26)] for text in texts]
        return normalised(np.array(rows, np.float32))


@pytest.fixture
def store(tmp_path):
    made = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    made.make_ready()
    yield made
    made.close()


def many(number):
    return [Paper(f"Paper number {one}", "Words " * (one % 7)) for one in range(number)]


def lacking(store, embedder):
    with store.read() as tx:
        return vectors.count_lacking(tx, embedder.name)


def test_the_newest_papers_come_first_and_each_only_once(store):
    add_papers(store, GATES)
    add_papers(store, SPINDLES)
    embedder = Counting()
    done = embed_missing(store, embedder, limit=1)
    assert (done.done, done.left) == (1, 1)
    assert embedder.seen == ["Sleep Spindles. We count spindles."]
    assert embed_missing(store, embedder).done == 1
    assert embed_missing(store, embedder).done == 0
    assert len(embedder.seen) == 2


def test_it_works_in_batches_and_tells_how_far_it_is(store):
    add_papers(store, *many(BATCH + 10))
    moves = []
    done = embed_missing(store, Counting(), progress=lambda *one: moves.append(one))
    assert done.done == BATCH + 10
    assert moves == [(BATCH, BATCH + 10), (BATCH + 10, BATCH + 10)]


def test_it_stops_between_batches_and_goes_on_later(store):
    add_papers(store, *many(BATCH + 10))
    embedder = Counting()
    stops = iter([False, True])
    done = embed_missing(store, embedder, stopping=lambda: next(stops))
    assert (done.done, done.left) == (BATCH, 10)
    assert embed_missing(store, embedder).done == 10


def test_two_at_once_do_no_harm(store):
    add_papers(store, *many(3 * BATCH))
    one, other = Counting(), Counting()
    beside = threading.Thread(target=embed_missing, args=(store, other))
    beside.start()
    embed_missing(store, one)
    beside.join()
    assert lacking(store, one) == 0


def test_what_is_asked_for_is_made_now_and_the_same_later(store):
    add_papers(store, GATES, SPINDLES)
    embedder = Counting()
    first = vectors_for(store, embedder, [SPINDLES, GATES, SPINDLES])
    assert first.shape == (3, 26)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    assert (first[0] == first[2]).all()
    assert len(embedder.seen) == 2
    assert vectors_for(store, embedder, [SPINDLES, GATES]).tobytes() == first[:2].tobytes()
    assert len(embedder.seen) == 2
    assert lacking(store, embedder) == 0


def test_texts_that_are_no_papers_have_vectors_too(store):
    rows = vectors_of(store, Counting(), ["sleep", "", "sleep"])
    assert (rows[0] == rows[2]).all()
    assert not rows[1].any()
    assert vectors_of(store, Counting(), []).shape == (0, 26)


@pytest.mark.parametrize(("missing", "chosen"), [(READY + 1, "old"), (READY, "new")])
def test_a_new_embedder_ranks_when_it_has_nearly_caught_up(store, missing, chosen):
    add_papers(store, *many(missing + 5))
    new, old = Counting("new"), Counting("old")
    embed_missing(store, new, limit=5)
    assert usable(store, (new, old), after=0).name == chosen
    assert usable(store, (new,), after=0).name == "new"
    assert usable(store, (new, old), after=missing).name == "new"
