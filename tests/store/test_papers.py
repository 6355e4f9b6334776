"""A paper is kept once, each of its texts as a version, and votes are the newest."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from newsletter.domain.paper import AnnounceType, Paper
from newsletter.store import papers
from newsletter.store.schema import paper_versions
from tests.store.samples import GATES, HOUR, NOW, SPINDLES, add_papers

LATER = replace(GATES, version=2, title="Gated Memory II", abstract="We gate more.")
MARKED = replace(GATES, version=2, abstract="We gate memory: it helps!")


def kept(store, paper=GATES):
    with store.read() as tx:
        (found,) = papers.by_keys(tx, [paper.key]).values()
    return found


def versions(store):
    """Return number and title of all versions."""
    c = paper_versions.c
    with store.read() as tx:
        rows = tx.execute(sa.select(c.number, c.title).order_by(c.paper_id, c.number))
        return [tuple(row) for row in rows]


def counts(new=0, updated=0, duplicate=0):
    return {"new": new, "updated": updated, "duplicate": duplicate}


def test_a_new_paper_comes_back_as_it_was_found(store):
    assert add_papers(store, GATES, SPINDLES) == counts(new=2)
    found = kept(store)
    assert found.paper == GATES
    assert (found.version, found.first_seen) == (1, NOW)
    assert kept(store, SPINDLES).paper == SPINDLES


def test_the_same_paper_again_is_a_duplicate_and_changes_nothing(store):
    add_papers(store, GATES)
    before = kept(store)
    assert add_papers(store, GATES, now=NOW + HOUR) == counts(duplicate=1)
    assert kept(store) == before
    assert len(versions(store)) == 1


def test_a_paper_twice_in_one_feed_is_kept_once(store):
    assert add_papers(store, GATES, GATES) == counts(new=1, duplicate=1)
    assert kept(store).paper == GATES


def test_two_versions_in_one_feed_give_the_later_text(store):
    assert add_papers(store, GATES, LATER) == counts(new=1, duplicate=1)
    assert kept(store).paper.title == "Gated Memory II"


def test_a_second_version_is_an_update_with_a_text_of_its_own(store):
    add_papers(store, GATES)
    assert add_papers(store, LATER, now=NOW + HOUR) == counts(updated=1)
    found = kept(store)
    assert found.paper == LATER
    assert (found.version, found.first_seen) == (2, NOW)
    assert versions(store) == [(1, "Gated Memory"), (2, "Gated Memory II")]


def test_the_first_version_after_the_second_is_no_update(store):
    add_papers(store, LATER)
    assert add_papers(store, GATES) == counts(duplicate=1)
    assert kept(store).paper == LATER
    assert len(versions(store)) == 1


def test_each_stored_text_is_the_text_of_its_version_to_the_letter(store):
    """A quote in an issue is a stretch of the version's text."""
    add_papers(store, GATES)
    add_papers(store, MARKED)
    found = kept(store)
    this = sa.select(paper_versions.c.abstract).where(paper_versions.c.number == found.version)
    with store.read() as tx:
        assert tx.execute(this).scalar_one() == found.paper.abstract == MARKED.abstract


def test_a_version_with_the_same_text_adds_no_version_of_ours(store):
    add_papers(store, GATES)
    assert add_papers(store, replace(GATES, version=2)) == counts(updated=1)
    assert kept(store).version == 1
    assert kept(store).paper.version == 2
    assert len(versions(store)) == 1


def test_papers_without_ids_are_the_same_by_title_and_first_author(store):
    add_papers(store, Paper("Gated Memory", authors=("Ada Okafor",)))
    again = Paper("GATED  memory.", authors=("Okafor, Ada",), abstract="We gate.")
    assert add_papers(store, again) == counts(updated=1)
    other = Paper("Gated Memory", authors=("Jun Sato",))
    assert add_papers(store, other) == counts(new=1)
    with store.read() as tx:
        assert papers.count(tx) == 2


@pytest.mark.parametrize(("votes", "expected"), [(9, 9), (2, 2), (None, 4)])
def test_votes_are_the_newest_count_and_make_no_new_version(store, votes, expected):
    add_papers(store, GATES)
    add_papers(store, replace(GATES, version=0, votes=votes))
    assert kept(store).paper.votes == expected
    assert len(versions(store)) == 1


def test_a_replacement_stays_announced_as_it_was_first(store):
    add_papers(store, GATES)
    add_papers(store, replace(LATER, announce_type=AnnounceType.REPLACE, withdrawn=True))
    assert kept(store).paper.announce_type is AnnounceType.NEW
    assert kept(store).paper.withdrawn


def test_more_papers_than_one_query_can_ask_for_are_all_kept_once(store):
    many = [Paper(f"Paper {number}", arxiv_id=f"2603.{number:05}") for number in range(1201)]
    assert add_papers(store, *many, many[0], many[1200]) == counts(new=1201, duplicate=2)
    assert add_papers(store, *many) == counts(duplicate=1201)


def test_a_window_begins_after_its_start_and_holds_its_end(store):
    for number in range(4):
        add_papers(store, Paper(f"Paper {number}"), now=NOW + number * HOUR)
    with store.read() as tx:
        first, third = papers.newest_row(tx, NOW), papers.newest_row(tx, NOW + 2 * HOUR)
        found = papers.between(tx, first, third)
        nothing = papers.between(tx, third + 1, third + 9)
        assert papers.newest_row(tx, NOW - HOUR) == 0
    assert [one.paper.title for one in found] == ["Paper 1", "Paper 2"]
    assert nothing == []


def test_papers_are_found_by_their_rows(store):
    add_papers(store, GATES, SPINDLES)
    row = kept(store, SPINDLES).row
    with store.read() as tx:
        assert [one.paper for one in papers.by_rows(tx, [row])] == [SPINDLES]
        assert papers.by_rows(tx, []) == []


def test_text_of_all_scripts_and_signs_comes_back(store):
    odd = Paper("𝔼[x] ≤ ∞ 🧠", "Ünïcode, عربى, 例, \u200d and 'quotes' -- % \\", ("Żółć",))
    add_papers(store, odd)
    assert kept(store, odd).paper == odd


def test_a_paper_seen_in_another_zone_is_the_same_moment(store):
    other = replace(GATES, published=GATES.published + timedelta(0))
    add_papers(store, GATES)
    assert add_papers(store, other) == counts(duplicate=1)
