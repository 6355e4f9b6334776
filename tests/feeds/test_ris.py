"""RIS."""

from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.ris import read

WHOLE = """TY  - JOUR
TI  - On x&lt;y Engines
AU  - Lovelace, Ada
A1  - Berkeley, E., Jr.
AU  - Group for Engines
JO  - J. Tests
T2  - Journal of Tests
PY  - 2026
DA  - 2026/06/12/
AB  - The first line
and the second, AI-based one.
KW  - engines
KW  - proofs
DO  - 10.1234/ABC
UR  - https://e.org/1
ER  -
"""


def read_all(text):
    return read("refs.ris", text.encode())


@pytest.mark.parametrize("new_line", ["\n", "\r\n", "\r"])
def test_a_reference_becomes_a_paper(new_line):
    (paper,) = read_all("\ufeff" + WHOLE.replace("\n", new_line)).papers
    assert paper.title == "On x<y Engines"
    assert paper.abstract == "The first line and the second, AI-based one."
    assert paper.authors == ("Ada Lovelace", "Group for Engines", "E. Berkeley, Jr.")
    assert paper.published == datetime(2026, 6, 12, tzinfo=UTC)
    assert (paper.venue, paper.doi) == ("Journal of Tests", "10.1234/abc")
    assert (paper.url, paper.categories) == ("https://e.org/1", ("engines", "proofs"))


def test_other_tags_mean_the_same():
    (paper,) = read_all("TY - RPRT\nT1 - T\nN2 - A\nY1 - 2026/06//\nER -\n").papers
    assert (paper.title, paper.abstract) == ("T", "A")
    assert paper.published == datetime(2026, 6, 1, tzinfo=UTC)


def test_an_arxiv_id_is_found():
    (paper,) = read_all("TY  - JOUR\nTI  - T\nJO  - arXiv preprint arXiv:2603.01234\nER  - ").papers
    assert (paper.arxiv_id, paper.url) == ("2603.01234", "https://arxiv.org/abs/2603.01234")


def test_a_reference_without_end_is_read_if_another_begins():
    reading = read_all("TY  - JOUR\nTI  - First\n\nTY  - JOUR\nTI  - Second\nER  -\n")
    assert [paper.title for paper in reading.papers] == ["First", "Second"]


def test_a_file_cut_short_loses_its_last_reference():
    reading = read_all(WHOLE + "TY  - JOUR\nTI  - Half\nAB  - The begi")
    assert len(reading.papers) == 1
    why = "the file is cut short here: the reference has no end (ER)"
    assert reading.skipped == (Skipped("Half", why),)


def test_bad_references_are_skipped():
    reading = read_all("TY  - JOUR\nER  -\nTY  - JOUR\nDO  - 10.1/x\nER  -\n" + WHOLE)
    assert len(reading.papers) == 1
    assert reading.skipped == (
        Skipped("entry 1", "it is empty"),
        Skipped("10.1/x", "it has no title"),
    )


def test_what_is_no_ris_is_an_error():
    with pytest.raises(FeedError):
        read_all("TI  - without a beginning\n")
