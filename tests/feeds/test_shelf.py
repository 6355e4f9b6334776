"""Libraries as people keep them: each kind of file becomes papers, a bad entry stops none."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from newsletter.errors import FeedError
from newsletter.feeds.shelf import read

ZOTERO = {
    "Key": "AAAA1111",
    "Item Type": "journalArticle",
    "Publication Year": "2026",
    "Author": "Okafor, Ada; Sato, Jun",
    "Title": "Folding by <i>Fold</i> Lines",
    "Publication Title": "Journal of Cloth",
    "DOI": "10.1000/FOLD",
    "Url": "https://example.org/fold",
    "Abstract Note": "We fold, and\nit holds.",
    "Date": "2026-03-02",
    "Date Added": "2026-03-10 09:30:00",
    "Extra": "arXiv:2603.01234 [cs]",
    "Manual Tags": "cloth; robots",
}
ITEM = {
    "itemType": "preprint",
    "title": "Folding by Fold Lines",
    "creators": [
        {"creatorType": "author", "firstName": "Ada", "lastName": "Okafor"},
        {"creatorType": "editor", "firstName": "Ed", "lastName": "Itor"},
        {"creatorType": "author", "name": "Cloth Group"},
    ],
    "abstractNote": "We fold.",
    "archiveID": "arXiv:2603.01234",
    "date": "2026-03-02",
    "dateAdded": "2026-03-10T09:30:00Z",
    "tags": [{"tag": "cloth"}],
}
CSL = {
    "id": "okafor2026",
    "type": "article-journal",
    "title": "Folding by Fold Lines",
    "author": [{"family": "Okafor", "given": "Ada"}, {"literal": "Cloth Group"}],
    "issued": {"date-parts": [[2026, 3]]},
    "DOI": "10.1000/FOLD",
    "container-title": "Journal of Cloth",
}
WORK = {
    "put-code": 7,
    "title": {"title": {"value": "Folding by Fold Lines"}},
    "external-ids": {
        "external-id": [
            {
                "external-id-type": "issn",
                "external-id-value": "1234-5678",
                "external-id-relationship": "part-of",
            },
            {"external-id-type": "doi", "external-id-value": "10.1000/FOLD"},
            {"external-id-type": "arxiv", "external-id-value": "arXiv:2603.01234"},
        ]
    },
    "publication-date": {"year": {"value": "2026"}, "month": {"value": "03"}, "day": None},
    "journal-title": {"value": "Journal of Cloth"},
}
ORCID = {"last-modified-date": None, "group": [{"work-summary": [WORK, {"title": None}]}]}


def shelf(text, name="library"):
    return read(name, text.encode() if isinstance(text, str) else text)


def to_csv(*rows, mark="\ufeff"):
    file = io.StringIO()
    writer = csv.DictWriter(file, list(ZOTERO), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return mark + file.getvalue()


def test_zoteros_csv_tells_the_paper_and_when_it_was_added():
    found = shelf(to_csv(ZOTERO, {**ZOTERO, "Item Type": "attachment"}))
    ((paper, added),) = found.papers
    assert found.reader == "zotero-csv"
    assert (paper.title, paper.abstract) == ("Folding by Fold Lines", "We fold, and it holds.")
    assert paper.authors == ("Ada Okafor", "Jun Sato")
    assert (paper.doi, paper.arxiv_id) == ("10.1000/fold", "2603.01234")
    assert (paper.categories, paper.venue) == (("cloth", "robots"), "Journal of Cloth")
    assert paper.published == datetime(2026, 3, 2, tzinfo=UTC)
    assert added == datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def test_a_bad_row_is_named_and_the_others_are_read():
    found = shelf(to_csv({**ZOTERO, "Title": ""}, ZOTERO, {**ZOTERO, "Date Added": "soon"}))
    assert [(one.entry, one.why) for one in found.skipped] == [("AAAA1111", "it has no title")]
    assert [added is None for _, added in found.papers] == [False, True]


@pytest.mark.parametrize(
    "whole", [[{"key": "A", "version": 3, "data": ITEM}], {"config": {}, "items": [ITEM]}, [ITEM]]
)
def test_zoteros_json_of_the_api_and_of_plug_ins_is_read(whole):
    found = shelf(json.dumps(whole))
    ((paper, added),) = found.papers
    assert found.reader == "zotero-json"
    assert (paper.arxiv_id, paper.abstract) == ("2603.01234", "We fold.")
    assert paper.authors == ("Ada Okafor", "Cloth Group")
    assert added == datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def test_attachments_and_notes_are_no_papers():
    notes = [{"itemType": "note", "note": "x"}, {"itemType": "attachment", "title": "PDF"}]
    assert len(shelf(json.dumps([*notes, ITEM])).papers) == 1


def test_csl_json_is_read():
    found = shelf(json.dumps([CSL, {"type": "book", "title": 3}, "x"]))
    ((paper, added),) = found.papers
    assert (found.reader, added) == ("csl-json", None)
    assert (paper.doi, paper.venue) == ("10.1000/fold", "Journal of Cloth")
    assert paper.authors == ("Ada Okafor", "Cloth Group")
    assert paper.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert [one.why for one in found.skipped] == [
        "title is a number, not a text",
        "it is no object",
    ]


@pytest.mark.parametrize("whole", [ORCID, {"activities-summary": {"works": ORCID}}])
def test_a_works_list_of_orcid_is_read_each_work_once(whole):
    found = shelf(json.dumps(whole))
    ((paper, _),) = found.papers
    assert found.reader == "orcid"
    assert paper.title == "Folding by Fold Lines"
    assert (paper.doi, paper.arxiv_id) == ("10.1000/fold", "2603.01234")
    assert paper.published == datetime(2026, 3, 1, tzinfo=UTC)


def test_lines_are_ids_or_titles():
    found = shelf(
        "# mine\n2603.01234v2\n- https://arxiv.org/abs/2603.04242\n3. 10.1000/FOLD\n\n"
        '* "A Study of Sleep in 1987"\r\nhttps://doi.org/10.1000/x\n77\n'
    )
    papers = [paper for paper, _ in found.papers]
    assert [one.arxiv_id or one.doi or one.title for one in papers] == [
        "2603.01234",
        "2603.04242",
        "10.1000/fold",
        "A Study of Sleep in 1987",
        "10.1000/x",
    ]
    assert [(one.entry, one.why) for one in found.skipped] == [("77", "it is no title and no id")]


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("TY  - JOUR\nTI  - A Study\nER  -\n", "ris"),
        ("@article{a, title={A Study}}", "bibtex"),
        ('{"title": "A Study", "abstract": ""}\n{"title": "B"}', "jsonl"),
    ],
)
def test_what_ingest_reads_is_read_too(text, reader):
    found = shelf(text)
    assert found.reader == reader
    assert found.papers[0][0].title == "A Study"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "it is empty"),
        (b"%PDF-1.7", "this is a PDF"),
        (b"PK\x03\x04", "zip file"),
        (b"\0\0\0abc", "no text"),
        (b"# only a comment", "no line names a paper"),
        (b'{"a": 1}', "JSON of a shape that no reader knows"),
        (b"[1, 2", "begins like JSON but is none"),
        (b'"Key","Item Type","Title"\n', "no row of a paper"),
        (b'"Key","Item Type","Title"\n"A","book","' + b"x" * 300_000 + b'"\n', "field larger than"),
        (b"<html><body>x</body></html>", "web page"),
    ],
)
def test_what_is_no_library_is_told(body, told):
    with pytest.raises(FeedError, match=told):
        shelf(body)
