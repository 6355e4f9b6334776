"""Works of readers' libraries: one row a work, the last word counts, thousands at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from newsletter.domain.library import VERDICTS, Example, Judged, Verdict
from newsletter.domain.paper import Paper
from newsletter.store import libraries, papers, works
from newsletter.store.tables_works import examples
from newsletter.store.tables_works import works as table
from tests.store.samples import GATES, HOUR, NOW, SPINDLES, add_papers, add_reader

DAY = timedelta(days=1)
LONG = "A Bound on the Information Bottleneck for Heavy Tails"


def add(store, *found, now=NOW):
    with store.write() as tx:
        return works.add(tx, found, now)


def judge(store, reader, *said):
    with store.write() as tx:
        works.judge(tx, reader, said)


def listed(store, reader, **options):
    with store.read() as tx:
        return works.of(tx, reader, **options)


def test_a_work_is_kept_once_whoever_brings_it(store):
    first = add(store, GATES, SPINDLES, GATES)
    assert first[0] == first[2] != first[1]
    assert add(store, SPINDLES, GATES) == [first[1], first[0]]
    with store.read() as tx:
        found = works.texts(tx, first)
        assert works.by_keys(tx, [GATES.key, "doi:10.1/0"]) == {GATES.key: first[0]}
    assert found[first[0]].title == GATES.title
    assert found[first[0]].authors == GATES.authors
    assert found[first[0]].published == GATES.published


def test_a_library_paper_is_no_news_and_hides_none(store):
    add(store, GATES)
    with store.read() as tx:
        assert papers.count(tx) == 0
    assert add_papers(store, GATES)["new"] == 1


@pytest.mark.parametrize(
    "other",
    [
        Paper(LONG, authors=("Ada Okafor", "Jun Sato")),
        Paper(LONG.upper(), doi="10.1000/9", authors=("A. Okafor",)),
        Paper(LONG),
    ],
)
def test_a_work_is_found_under_another_of_its_keys(store, other):
    known = Paper(LONG, "We bound.", ("Ada Okafor",), arxiv_id="2603.01111")
    (row,) = add(store, known)
    assert add(store, other) == [row]


def test_works_of_one_title_by_others_stay_apart(store):
    first = Paper(LONG, authors=("Ada Okafor",), arxiv_id="2603.01111")
    for other in (replace(first, arxiv_id="2603.02222"), Paper(LONG, authors=("Jun Sato",))):
        assert add(store, first) != add(store, other)


def test_copies_in_one_batch_are_one_work(store):
    copies = (
        Paper(LONG, "We bound.", ("Ada Okafor",), arxiv_id="2603.01111"),
        Paper(LONG, authors=("Ada Okafor",), doi="10.1000/9"),
    )
    rows = add(store, *copies)
    assert rows[0] == rows[1]
    assert add(store, *copies) == rows


def test_a_removed_works_number_is_not_given_again(store):
    (row,) = add(store, GATES)
    with store.write() as tx:
        assert works.sweep(tx, [row]) == 1
    assert add(store, SPINDLES) != [row]


def test_a_title_alone_gains_the_abstract_that_comes_later(store):
    (row,) = add(store, Paper(LONG))
    full = Paper(LONG, "We bound.", ("Ada Okafor",), ("cs.LG",), arxiv_id="2603.01111")
    assert add(store, full, now=NOW + DAY) == [row]
    assert add(store, Paper(LONG), now=NOW + 2 * DAY) == [row]
    with store.read() as tx:
        found = works.texts(tx, [row])[row]
        at = tx.execute(sa.select(table.c.at)).scalar_one()
    assert (found.abstract, found.arxiv_id, found.categories) == (
        "We bound.",
        "2603.01111",
        ("cs.LG",),
    )
    assert at == NOW + DAY, "a vector made before is out of date"


def test_the_last_word_on_a_work_counts(store):
    reader = add_reader(store)
    first, second = add(store, GATES, SPINDLES)
    judge(store, reader, Judged(first, Verdict.OWN, NOW), Judged(second, Verdict.MORE, NOW + HOUR))
    judge(store, reader, Judged(first, Verdict.LESS, NOW + DAY))
    assert listed(store, reader) == [
        Example(GATES.key, GATES.title, Verdict.LESS, NOW + DAY),
        Example(SPINDLES.key, SPINDLES.title, Verdict.MORE, NOW + HOUR),
    ]
    assert [one.key for one in listed(store, reader, verdicts=[Verdict.LESS])] == [GATES.key]


def test_an_example_of_a_topic_stands_beside_the_same_work_for_all(store):
    reader = add_reader(store)
    (row,) = add(store, GATES)
    judge(store, reader, Judged(row, Verdict.LESS, NOW), Judged(row, Verdict.LIKED, NOW, "Memory"))
    assert {(one.topic, one.verdict) for one in listed(store, reader)} == {
        ("", Verdict.LESS),
        ("Memory", Verdict.LIKED),
    }


def test_what_a_reader_forgets_is_gone_and_nobody_elses(store):
    ada, bob = add_reader(store), add_reader(store, "bob@example.org")
    first, second = add(store, GATES, SPINDLES)
    for reader in (ada, bob):
        judge(
            store,
            reader,
            Judged(first, Verdict.OWN, NOW),
            Judged(first, Verdict.LIKED, NOW, "Old"),
            Judged(second, Verdict.SAVED, NOW),
        )
    with store.write() as tx:
        assert works.forget(tx, ada, topics_but=["New"]) == 1
        assert works.forget(tx, ada, [Verdict.SAVED], row=second + 7) == 0
        assert works.forget(tx, ada, row=first) == 1
        assert works.forget(tx, ada) == 1
    assert listed(store, ada) == []
    assert len(listed(store, bob)) == 3
    with store.write() as tx:
        assert works.sweep(tx, [first, second]) == 0
        works.forget(tx, bob, [Verdict.SAVED])
        assert works.sweep(tx, [first]) == 0
        assert works.sweep(tx, [first, second]) == 1
        assert works.texts(tx, [first, second]).keys() == {first}


def test_saved_papers_come_back_with_their_texts_the_last_first(store):
    reader = add_reader(store)
    rows = add(store, GATES, SPINDLES)
    for hours, row in enumerate(rows):
        judge(store, reader, Judged(row, Verdict.SAVED, NOW + hours * HOUR))
    with store.read() as tx:
        found = works.papers_of(tx, reader, Verdict.SAVED)
    assert [one.title for one in found] == [SPINDLES.title, GATES.title]
    assert found[1].arxiv_id == GATES.arxiv_id


def test_libraries_come_as_columns_by_reader(store):
    ada, bob = add_reader(store), add_reader(store, "bob@example.org")
    first, second = add(store, GATES, SPINDLES)
    at = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)
    judge(
        store,
        ada,
        Judged(second, Verdict.LESS, NOW),
        Judged(first, Verdict.OWN, at),
        Judged(first, Verdict.LIKED, at, "Memory"),
    )
    with store.read() as tx:
        found = libraries.shelved(tx, [bob, ada, 999])
        nobody = libraries.shelved(tx, [999])
    assert found.readers == (ada,)
    assert found.starts.tolist() == [0, 3]
    assert found.works.tolist() == [first, second, first]
    said = [VERDICTS[place] for place in found.verdicts]
    assert said == [Verdict.OWN, Verdict.LESS, Verdict.LIKED]
    assert found.at.tolist() == [at.timestamp(), NOW.timestamp(), at.timestamp()]
    assert (nobody.readers, nobody.starts.tolist(), len(nobody.works)) == ((), [0], 0)
    with store.read() as tx:
        assert works.held(tx, ada) == {first, second}


def test_libraries_of_many_readers_stand_one_behind_the_other(store):
    ada, bob = add_reader(store), add_reader(store, "bob@example.org")
    first, second = add(store, GATES, SPINDLES)
    judge(store, bob, Judged(second, Verdict.MORE, NOW), Judged(first, Verdict.LIKED, NOW))
    judge(store, ada, Judged(second, Verdict.SAVED, NOW))
    with store.read() as tx:
        found = libraries.shelved(tx, [bob, ada])
    assert found.readers == (ada, bob)
    assert found.starts.tolist() == [0, 1, 3]
    assert found.works.tolist() == [second, first, second]


def test_more_readers_than_one_statement_takes_are_all_found(store):
    readers = [add_reader(store, f"reader{number}@example.org") for number in range(5)]
    (row,) = add(store, GATES)
    for reader in readers:
        judge(store, reader, Judged(row, Verdict.LIKED, NOW))
    with store.read() as tx:
        found = libraries.shelved(tx, [*range(10_000, 12_000), *readers])
        assert found.readers == tuple(sorted(readers))
        assert works.after(tx, 0, 10).keys() == {row}
        assert works.after(tx, row, 10) == {}
        assert tx.execute(sa.select(sa.func.count()).select_from(examples)).scalar_one() == 5


def test_a_work_may_be_kept_under_a_key_from_elsewhere(store):
    key = "title:0123456789abcdef"
    with store.write() as tx:
        works.add_named(tx, {key: Paper("Gated")}, NOW)
        (row,) = works.by_keys(tx, [key]).values()
        works.add_named(tx, {key: Paper("Gated", "More.")}, NOW)
        assert works.by_keys(tx, [key]) == {key: row}
