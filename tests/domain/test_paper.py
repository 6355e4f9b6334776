"""One work is one paper, whichever feed, version or spelling it comes in."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import (
    AnnounceType,
    Paper,
    Reading,
    Skipped,
    arxiv_id,
    doi,
    family_name,
    gather,
    merge,
    plain,
)

FIRST = Paper(
    title="Gated Memory",
    abstract="We gate.",
    authors=("Ada Okafor",),
    categories=("cs.CL",),
    arxiv_id="2609.01234",
    version=1,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2609.01234", ("2609.01234", 0)),
        ("2609.01234v3", ("2609.01234", 3)),
        ("0704.0001", ("0704.0001", 0)),
        ("0704.0001v12", ("0704.0001", 12)),
        ("arXiv:2609.01234v2", ("2609.01234", 2)),
        ("ARXIV:2609.01234V2", ("2609.01234", 2)),
        ("oai:arXiv.org:2609.01234v1", ("2609.01234", 1)),
        ("https://arxiv.org/abs/2609.01234", ("2609.01234", 0)),
        ("http://arxiv.org/abs/2609.01234v2", ("2609.01234", 2)),
        ("https://arxiv.org/pdf/2609.01234v2.pdf", ("2609.01234", 2)),
        ("https://arxiv.org/html/2609.01234v1", ("2609.01234", 1)),
        ("https://export.arxiv.org/abs/2609.01234?context=cs#top", ("2609.01234", 0)),
        ("  2609.01234v1\n", ("2609.01234", 1)),
        ("astro-ph/0601001", ("astro-ph/0601001", 0)),
        ("math.GT/0309136v2", ("math/0309136", 2)),
        ("oai:arXiv.org:hep-th/9901001v3", ("hep-th/9901001", 3)),
        ("https://arxiv.org/abs/cond-mat/0207270v1", ("cond-mat/0207270", 1)),
        ("https://arxiv.org/abs/quant-ph/9508027", ("quant-ph/9508027", 0)),
    ],
)
def test_an_arxiv_id_is_found_in_every_form_that_feeds_give(text, expected):
    assert arxiv_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "see 2609.01234",
        "2609.01234 and more",
        "12609.01234",
        "2609.012345",
        "2609.012",
        "https://example.org/papers/2609.01234",
        "https://example.org/articles/1234567",
        "article/1234567",
        "post/2026091",
        "https://arxiv.org/list/cs.CL/recent",
        "10.1101/2026.09.01.123456",
        "２６０９.０１２３４",
    ],
)
def test_a_number_that_is_no_arxiv_id_is_not_taken_for_one(text):
    assert arxiv_id(text) == ("", 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1101/2026.09.01.123456", "10.1101/2026.09.01.123456"),
        ("https://doi.org/10.1038/S41586-026-0001-2", "10.1038/s41586-026-0001-2"),
        ("http://dx.doi.org/10.1000/182", "10.1000/182"),
        ("doi:10.1000/ABC.", "10.1000/abc"),
        ("(10.1000/abc)", "10.1000/abc"),
        ("See 10.1000/abc, 10.1000/def", "10.1000/abc"),
        ('<a href="https://doi.org/10.1000/abc">', "10.1000/abc"),
        ("10.1016/S0014-5793(01)03313-0", "10.1016/s0014-5793(01)03313-0"),
        ("https://doi.org/10.1000/abc?utm_source=feed#top", "10.1000/abc"),
        ("10.12/abc", ""),
        ("no doi here", ""),
        ("", ""),
    ],
)
def test_a_doi_has_one_normal_form(text, expected):
    assert doi(text) == expected


def test_an_arxiv_id_counts_before_a_doi_and_a_doi_before_the_title():
    paper = replace(FIRST, doi="10.1000/abc")
    assert paper.key == "arxiv:2609.01234"
    assert replace(paper, arxiv_id="").key == "doi:10.1000/abc"
    assert replace(paper, arxiv_id="", doi="").key.startswith("title:")


def test_the_version_is_not_part_of_the_identity():
    assert FIRST.key == replace(FIRST, version=7).key


@pytest.mark.parametrize(
    ("title", "author"),
    [
        ("gated memory", "Ada Okafor"),
        ("Gated  Memory.", "A. Okafor"),
        ("“Gated” Memory", "Okafor, Ada"),
        ("Gated Memory", "Ada ÓKAFOR"),
        ("Ｇａｔｅｄ Memory", "Ada Okafor"),
    ],
)
def test_without_ids_a_title_and_a_family_name_are_enough_however_written(title, author):
    known = Paper("Gated Memory", authors=("Ada Okafor",))
    assert Paper(title, authors=(author,)).key == known.key


@pytest.mark.parametrize(
    "other",
    [
        Paper("Gated Memory"),
        Paper("Gated Memory", authors=("Ada Other",)),
        Paper("Gated Memories", authors=("Ada Okafor",)),
    ],
)
def test_without_ids_another_title_or_author_is_another_paper(other):
    assert other.key != Paper("Gated Memory", authors=("Ada Okafor",)).key


@pytest.mark.parametrize(("one", "other"), [("🤖", "🔥"), ("?", "∞"), ("♯", "♭")])
def test_titles_of_signs_alone_are_told_apart(one, other):
    assert Paper(one).key != Paper(other).key


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Ada B. Lovelace", "Lovelace"),
        ("Lovelace, Ada B.", "Lovelace"),
        ("van der Berg, Jan", "Berg"),
        ("Jan van der Berg", "Berg"),
        ("Edmund Berkeley, Jr.", "Berkeley"),
        ("Plato", "Plato"),
        ("", ""),
        ("  ", ""),
        ("李明", "李明"),
    ],
)
def test_the_family_name_is_the_last_word_before_any_comma(author, expected):
    assert family_name(author) == expected


def test_plain_text_is_letters_and_digits_without_case_and_marks():
    assert plain("  Gödel’s THEOREM — x²!\n") == "godel s theorem x2"
    assert plain("İstanbul") == plain("istanbul")
    assert plain("straße") == plain("STRASSE")


def test_papers_and_skipped_entries_are_told_apart_in_their_order():
    second, lost = Paper("Second"), Skipped("guid:3", "it has no title")
    assert gather([FIRST, lost, second]) == Reading((FIRST, second), (lost,))


def test_a_later_version_brings_its_text_and_authors():
    later = replace(
        FIRST, title="Gated Memory II", abstract="We gate more.", authors=("Jun Sato",), version=2
    )
    merged = merge(FIRST, later)
    assert (merged.title, merged.abstract) == ("Gated Memory II", "We gate more.")
    assert merged.authors == ("Jun Sato",)
    assert merged.version == 2


def test_an_earlier_version_after_a_later_one_changes_nothing():
    later = replace(FIRST, title="Gated Memory II", abstract="We gate more.", version=2)
    assert merge(later, FIRST) == later


def test_a_feed_without_versions_never_overwrites_the_text_of_one_with_versions():
    seen_elsewhere = replace(FIRST, version=0, title="GATED MEMORY", abstract="We gate…", votes=3)
    assert merge(FIRST, seen_elsewhere) == replace(FIRST, votes=3)


def test_the_same_version_with_another_text_changes_nothing():
    assert merge(FIRST, replace(FIRST, title="Gated Memory!", abstract="We…")) == FIRST


def test_what_the_first_sight_lacks_comes_from_the_second():
    bare = Paper("Gated Memory", arxiv_id="2609.01234")
    full = replace(
        FIRST,
        published=datetime(2026, 9, 1, tzinfo=UTC),
        url="https://arxiv.org/abs/2609.01234",
        doi="10.1000/abc",
        venue="Journal of Memory",
        code_url="https://example.org/code",
        votes=4,
    )
    assert merge(bare, full) == full


def test_an_abstract_is_taken_even_from_a_feed_without_versions_where_there_was_none():
    bare = replace(FIRST, abstract="", source_abstract="")
    other = replace(FIRST, version=0, abstract="We gate.", source_abstract="<p>We gate.</p>")
    merged = merge(bare, other)
    assert (merged.abstract, merged.source_abstract) == ("We gate.", "<p>We gate.</p>")


def test_a_later_version_without_an_abstract_does_not_take_the_abstract_away():
    assert merge(FIRST, replace(FIRST, abstract="", version=2)).abstract == "We gate."


def test_votes_are_the_newest_count_and_no_count_keeps_the_old_one():
    voted = replace(FIRST, votes=5)
    assert merge(voted, replace(FIRST, votes=9)).votes == 9
    assert merge(voted, replace(FIRST, votes=0)).votes == 0
    assert merge(voted, FIRST).votes == 5


def test_a_paper_stays_announced_as_it_was_first():
    again = replace(FIRST, version=2, announce_type=AnnounceType.REPLACE)
    assert merge(FIRST, again).announce_type is AnnounceType.NEW


def test_a_withdrawal_is_kept_whatever_an_older_sight_says():
    withdrawn = merge(FIRST, replace(FIRST, version=2, withdrawn=True))
    assert withdrawn.withdrawn
    assert merge(withdrawn, FIRST).withdrawn
    assert not merge(withdrawn, replace(FIRST, version=3)).withdrawn


def test_merging_never_changes_the_identity():
    for old in (FIRST, replace(FIRST, arxiv_id="", doi="10.1000/abc"), Paper("Gated Memory")):
        new = replace(old, abstract="We gate more.", votes=1, version=9)
        assert merge(old, new).key == old.key


def test_merging_the_same_paper_changes_nothing():
    assert merge(FIRST, FIRST) == FIRST
