"""Papers as BibTeX and RIS, read back by our own readers."""

from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Paper
from newsletter.feeds import bibtex as bibtex_reader
from newsletter.feeds import ris as ris_reader
from newsletter.rendering.references import bibtex, ris

PAPERS = (
    Paper(
        "Folding 100% of Shirts & Other {Cloth}_Things",
        "We fold.\nER  - \nIt holds at 5 ~ 3#^.",
        ("Ada Okafor", "李明"),
        published=datetime(2026, 3, 2, tzinfo=UTC),
        url="https://arxiv.org/abs/2603.01234",
        arxiv_id="2603.01234",
    ),
    Paper("Tea", "", ("Jun Sato",), doi="10.1000/tea_1"),
    Paper("Tea", "", ("Jun Sato",)),
    Paper("***"),
)


@pytest.mark.parametrize(("write", "read"), [(bibtex, bibtex_reader.read), (ris, ris_reader.read)])
def test_what_is_written_is_read_back(write, read):
    reading = read("file", write(PAPERS).encode())
    assert reading.skipped == ()
    first, tea, bare, signs = reading.papers
    assert first.title == PAPERS[0].title
    assert first.abstract == "We fold. ER - It holds at 5 ~ 3#^."
    assert first.authors == PAPERS[0].authors
    assert (first.arxiv_id, first.published.year) == ("2603.01234", 2026)
    assert (tea.doi, bare.doi, signs.title) == ("10.1000/tea_1", "", "***")


def test_each_entry_of_bibtex_has_a_key_of_its_own():
    text = bibtex(PAPERS)
    for key in ("@misc{okafor2026folding,", "@article{sato,", "@article{sato-2,", "@article{anon,"):
        assert key in text


def test_nothing_is_an_empty_file():
    assert bibtex(()) == ris(()) == ""
