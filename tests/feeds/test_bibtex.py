"""BibTeX."""

from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.bibtex import people, read

WHOLE = r"""
% a comment with @article{hidden, title = {Hidden}}
@comment{ignored}
@preamble{"\newcommand{\x}{y}"}
@string{jt = "Journal of " # {Tests}}
@Article{lovelace2026,
  title     = {{The {B}ayesian} Engine: {\"U}ber $x^{2}$},
  author    = "Lovelace, Ada and von Neumann, John and Berkeley, Jr., E. and {Group for and
               of Tests} and G{\"o}del, K. and Alan Turing and others",
  journal   = jt # ", Series A",
  year      = 2026, month = mar, day = 5,
  doi       = {https://doi.org/10.1234/A\_B},
  url       = {\url{https://e.org/a\_b}},
  keywords  = {engines; {LLM}, proofs},
  abstract  = "For x < y and {\textasciitilde}5{\%} {"}more{"}.",
}
"""


def one(text):
    (paper,) = read("refs.bib", text.encode()).papers
    return paper


def test_an_entry_becomes_a_paper():
    paper = one(WHOLE)
    assert paper.title == "The Bayesian Engine: Über x²"
    assert paper.authors == (
        "Ada Lovelace", "John von Neumann", "E. Berkeley, Jr.", "Group for and of Tests",
        "K. Gödel", "Alan Turing",
    )  # fmt: skip
    assert paper.venue == "Journal of Tests, Series A"
    assert paper.published == datetime(2026, 3, 5, tzinfo=UTC)
    assert (paper.doi, paper.url) == ("10.1234/a_b", "https://e.org/a_b")
    assert paper.categories == ("engines", "LLM", "proofs")
    assert paper.abstract == 'For x < y and ~5% "more".'


@pytest.mark.parametrize(
    "fields",
    [
        "eprint = {2603.01234v2}, archivePrefix = {arXiv}, primaryClass = {cs.LG}",
        "eprint = {2603.01234}, eprinttype = {arxiv}",
        "journal = {arXiv preprint arXiv:2603.01234}",
        "doi = {10.48550/arXiv.2603.01234}",
        "journal = {CoRR}, volume = {abs/2603.01234}",
        "url = {https://arxiv.org/abs/2603.01234}",
        "note = {arXiv:2603.01234 [cs]}",
    ],
)
def test_an_arxiv_id_is_found_wherever_it_stands(fields):
    paper = one(f"@misc{{a, title = {{T}}, {fields}}}")
    assert (paper.arxiv_id, paper.venue) == ("2603.01234", "")
    assert paper.url == "https://arxiv.org/abs/2603.01234"


@pytest.mark.parametrize(
    "fields",
    ["eprint = {2603.01234}, eprinttype = {hdl}", "note = {See the comment on arXiv:2603.01234}"],
)
def test_an_arxiv_id_of_something_else_is_none(fields):
    assert one(f"@misc{{a, title = {{T}}, {fields}}}").arxiv_id == ""


def test_parentheses_missing_keys_and_one_line_are_read():
    reading = read("x.bib", b'@misc(a, title = "A") @misc{, title = {B}} @misc{title = {C}, }')
    assert [paper.title for paper in reading.papers] == ["A", "B", "C"]


def test_a_date_of_biblatex_is_read():
    paper = one("@online{a, title = {T}, subtitle = {S}, date = {2026-03}}")
    assert (paper.title, paper.published) == ("T: S", datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("@misc{bad, title = {never closed", Skipped("bad", "it is not closed")),
        ('@misc{bad, title = "never closed }', Skipped("bad", "it is not closed")),
        ("@misc{bad, title = }", Skipped("bad", "a field has no value")),
        ("@misc{bad, just words}", Skipped("bad", "no field begins at 'just words}\\n'")),
        ("@misc{bad, year = 2026}", Skipped("bad", "it has no title")),
        ("@misc{bad, title = {" + "x" * 200_001 + "}}",
         Skipped("bad", "a field is longer than 200000 characters")),
        ("@string{bad = {" + "x" * 1001 + "}}",
         Skipped("entry 2", "an abbreviation is longer than 1000 characters")),
    ],
)  # fmt: skip
def test_a_broken_entry_is_skipped_and_the_next_one_read(bad, why):
    text = f"@misc{{a, title = {{A}}}}\n{bad}\n@misc{{b, title = {{B}}}}"
    reading = read("refs.bib", text.encode())
    assert [paper.title for paper in reading.papers] == ["A", "B"]
    assert reading.skipped == (why,)


def test_abbreviations_cannot_grow_without_end():
    grown = "".join(f"@string{{a{n} = {' # '.join([f'a{n - 1}'] * 10)}}}\n" for n in range(1, 30))
    reading = read("x.bib", f"@string{{a0 = {{xxxxx}}}}\n{grown}@misc{{b, title = {{B}}}}".encode())
    assert [paper.title for paper in reading.papers] == ["B"]


def test_an_old_file_in_the_windows_alphabet_keeps_its_letters():
    body = "@misc{a, title = {Über Maschinen}}".encode("cp1252")
    assert read("refs.bib", body).papers[0].title == "Über Maschinen"


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ("Ludwig van Beethoven", ("Ludwig van Beethoven",)),
        ("van Beethoven, Ludwig", ("Ludwig van Beethoven",)),
        ("{\\'A}lvarez, Jos{\\'e}", ("Jos{\\'e} {\\'A}lvarez",)),
        ("A and\n  B AND C", ("A", "B", "C")),
        ("", ()),
    ],
)
def test_names_are_put_given_first(authors, expected):
    assert people(authors) == expected


@pytest.mark.parametrize("body", [b"", b"words", b"@comment{x}", b"user@host.example {x}"])
def test_what_is_no_bibtex_is_an_error(body):
    with pytest.raises(FeedError):
        read("refs.bib", body)
