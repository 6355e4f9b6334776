"""Vectors are kept by embedder and text, found for the newest papers first, and pruned."""

from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from newsletter.domain.wording import digest, wording
from newsletter.store import vectors
from newsletter.store.schema import papers
from tests.store.samples import GATES, HOUR, NOW, SPINDLES, add_papers


def unit(seed, dimensions=384):
    row = np.random.default_rng(seed).normal(size=dimensions).astype(np.float32)
    return row / np.linalg.norm(row)


def named(paper):
    return digest(wording(paper.title, paper.abstract))


def keep(store, embedder, **rows):
    with store.write() as tx:
        vectors.keep(tx, embedder, rows)


def kept(store, embedder, *digests):
    with store.read() as tx:
        return vectors.kept(tx, embedder, digests)


def test_a_vector_comes_back_as_long_as_one_and_nearly_as_it_was(store):
    keep(store, "e", a=unit(1), b=unit(2))
    found = kept(store, "e", "a", "b", "c")
    assert found.keys() == {"a", "b"}
    assert np.linalg.norm(found["a"]) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(found["a"], unit(1), atol=1e-4)
    assert found["a"] @ found["b"] == pytest.approx(float(unit(1) @ unit(2)), abs=1e-4)


def test_a_row_of_zeros_stays_one(store):
    keep(store, "e", a=np.zeros(4, np.float32))
    assert not kept(store, "e", "a")["a"].any()


def test_the_vector_that_was_kept_first_stays(store):
    keep(store, "e", a=unit(1))
    keep(store, "e", a=unit(2), b=unit(3))
    assert kept(store, "e", "a")["a"] @ unit(1) > 0.999
    assert kept(store, "other", "a") == {}


def test_thousands_are_asked_for_at_once(store):
    rows = {f"text{number}": unit(number, 8) for number in range(1201)}
    keep(store, "e", **rows)
    assert kept(store, "e", *rows).keys() == rows.keys()


def test_papers_without_a_vector_are_found_newest_first(store):
    add_papers(store, GATES, SPINDLES)
    keep(store, "e", x=unit(1))
    with store.read() as tx:
        assert vectors.count_lacking(tx, "e") == 2
        assert [one.title for one in vectors.lacking(tx, "e", 9)] == [SPINDLES.title, GATES.title]
        assert [one.title for one in vectors.lacking(tx, "e", 1)] == [SPINDLES.title]
        assert vectors.count_lacking(tx, "e", after=1) == 1
    keep(store, "e", **{named(SPINDLES): unit(2)})
    with store.read() as tx:
        (wanted,) = vectors.lacking(tx, "e", 9)
        assert (wanted.title, wanted.digest) == (GATES.title, named(GATES))
        assert vectors.count_lacking(tx, "another") == 2


def test_a_changed_text_wants_a_vector_of_its_own(store):
    add_papers(store, GATES)
    keep(store, "e", **{named(GATES): unit(1)})
    later = replace(GATES, version=2, abstract="We gate memory twice.")
    add_papers(store, later, now=NOW + HOUR)
    with store.read() as tx:
        assert [one.digest for one in vectors.lacking(tx, "e", 9)] == [named(later)]


def test_a_folded_paper_wants_none(store):
    add_papers(store, GATES, SPINDLES)
    with store.write() as tx:
        tx.execute(papers.update().where(papers.c.title == SPINDLES.title).values(twin_id=1))
    with store.read() as tx:
        assert [one.title for one in vectors.lacking(tx, "e", 9)] == [GATES.title]


def test_pruning_keeps_what_a_paper_needs_of_this_embedder_alone(store):
    add_papers(store, GATES)
    for embedder in ("e", "old"):
        keep(store, embedder, gone=unit(1), **{named(GATES): unit(2)})
    with store.write() as tx:
        assert vectors.prune(tx, "e") == 3
        assert vectors.prune(tx, "e") == 0
    assert kept(store, "e", named(GATES), "gone").keys() == {named(GATES)}
    assert kept(store, "old", named(GATES)) == {}


def test_looking_for_papers_without_a_vector_reads_no_text_on_sqlite(sqlite):
    with sqlite.read() as tx:
        query = vectors.without(sa.select(sa.func.count()), "e", 0)
        told = query.compile(tx, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in tx.execute(sa.text(f"EXPLAIN QUERY PLAN {told}"))]
    assert any("COVERING INDEX ix_papers_twin_id_text_digest" in one for one in plan), plan
