"""Papers in our own JSON Lines."""

import json
from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import AnnounceType, Skipped
from newsletter.errors import FeedError
from newsletter.feeds.files import read_jsonl

WHOLE = {
    "id": "2603.01234v2",
    "title": "On $n^2$ Engines",
    "abstract": "For x<y.",
    "authors": ["Ada Lovelace", "Alan  Turing"],
    "categories": ["cs.LG", "cs.AI"],
    "published": "2026-03-01T10:00:00+02:00",
    "url": "https://arxiv.org/abs/2603.01234",
    "doi": "https://doi.org/10.1234/ABC",
    "votes": 3,
    "announce_type": "cross",
    "code_url": "https://github.com/example/engine",
    "venue": "Journal of Tests",
}


def read_lines(*records):
    return read_jsonl("papers.jsonl", "\n".join(json.dumps(one) for one in records).encode())


def test_every_field_is_read():
    (paper,) = read_lines(WHOLE).papers
    assert (paper.arxiv_id, paper.version, paper.doi) == ("2603.01234", 2, "10.1234/abc")
    assert (paper.title, paper.abstract) == ("On n² Engines", "For x<y.")
    assert (paper.source_title, paper.source_abstract) == ("On $n^2$ Engines", "For x<y.")
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert paper.categories == ("cs.LG", "cs.AI")
    assert paper.published == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert paper.url == "https://arxiv.org/abs/2603.01234"
    assert (paper.votes, paper.announce_type) == (3, AnnounceType.CROSS)
    assert (paper.code_url, paper.venue) == (
        "https://github.com/example/engine",
        "Journal of Tests",
    )


def test_a_title_and_an_abstract_are_enough():
    (paper,) = read_lines({"title": "T", "abstract": "A", "votes": None, "authors": None}).papers
    assert (paper.title, paper.abstract, paper.authors, paper.votes) == ("T", "A", (), None)
    assert (paper.published, paper.announce_type) == (None, AnnounceType.NEW)


@pytest.mark.parametrize(
    ("identity", "key"),
    [
        ("arXiv:2603.01234", "arxiv:2603.01234"),
        ("10.1234/ABC.5", "doi:10.1234/abc.5"),
        ("paper-17", "title:"),
    ],
)
def test_the_id_counts_if_it_looks_like_one(identity, key):
    (paper,) = read_lines({"id": identity, "title": "T", "abstract": "A"}).papers
    assert paper.key.startswith(key)


def test_an_arxiv_paper_without_address_gets_its_page():
    (paper,) = read_lines({"id": "2603.01234", "title": "T"}).papers
    assert paper.url == "https://arxiv.org/abs/2603.01234"


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_dates_without_zone_are_in_utc(written, published):
    assert read_lines(WHOLE | {"published": written}).papers[0].published == published


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"title": "T"', "it is not JSON: Expecting ',' delimiter at character 14"),
        ("[1]", "it is a list, not an object"),
        ('{"abstract": "A"}', "it has no title"),
        ('{"title": ["T"]}', "title is a list, not a text"),
        ('{"title": "T", "authors": "Ada"}', "authors is a text, not a list of texts"),
        ('{"title": "T", "authors": ["Ada", 5]}', "authors holds a number, not only texts"),
        ('{"title": "T", "votes": true}', "votes is true or false, not a whole number"),
        ('{"title": "T", "votes": 2.5}', "votes is a number, not a whole number"),
        ('{"title": "T", "votes": 99999999999}', "votes is too large"),
        ('{"title": "T", "votes": ' + "9" * 5000 + "}",
         "it is not JSON that can be read: a number or the nesting is too long"),
        ('{"title": "T", "published": "soon"}', "published is no ISO date: 'soon'"),
        ('{"title": "T", "announce_type": "old"}',
         "announce_type is 'old', not one of new, cross, replace, replace-cross"),
        ('{"title": "T", "doi": {}}', "doi is an object, not a text"),
    ],
)  # fmt: skip
def test_a_bad_line_is_skipped_with_its_number_and_reason(line, why):
    body = f'\n{{"title": "First"}}\n{line}\n{{"title": "Last"}}\n'
    reading = read_jsonl("papers.jsonl", body.encode())
    assert [paper.title for paper in reading.papers] == ["First", "Last"]
    assert reading.skipped == (Skipped("line 3", why),)


def test_text_that_no_database_holds_is_mended():
    body = b'\xef\xbb\xbf{"title": "A\\u0000 \\ud800 B", "abstract": "caf\xe9"}\r\n'
    (paper,) = read_jsonl("papers.jsonl", body).papers
    assert (paper.title, paper.source_title) == ("A \ufffd B", "A \ufffd B")
    assert paper.abstract == "caf\ufffd"


def test_a_withdrawn_paper_is_known():
    (paper,) = read_lines({"title": "T", "abstract": "This paper has been withdrawn."}).papers
    assert paper.withdrawn


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b" \n", "it is empty"),
        (b"one\ntwo", "no line is a JSON object; one paper a line is expected"),
    ],
)
def test_a_file_without_any_record_is_an_error(body, reason):
    with pytest.raises(FeedError) as error:
        read_jsonl("papers.jsonl", body)
    assert error.value.reason == reason
