"""The reader that a feed needs is found by looking at it."""

import gzip
from typing import get_args

import pytest

from newsletter.errors import FeedError
from newsletter.feeds.readers import PAGES, READERS, decoded, guess
from newsletter.settings import FeedSettings

RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'/>"
ARXIV = RSS.replace(b"<title>", b"<link>http://rss.arxiv.org/rss/cs.LG</link><title>")
PUBMED = (
    b'<?xml version="1.0" ?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "https://d.example/d">'
    b"<PubmedArticleSet></PubmedArticleSet>"
)
DAILY = b'[{"paper": {"id": "2603.01234", "title": "T"}}]'
LISTING = (
    b"new\n\nSubscribe\n\nbyAK and the research community\n\nMar 14\n\nA Title\n\nAn abstract."
)


@pytest.mark.parametrize(
    ("url", "body", "reader"),
    [
        ("https://j.example/feed", RSS, "rss"),
        ("feed.xml", b"<!-- x -->\n<feed xmlns='http://www.w3.org/2005/Atom'/>", "rss"),
        ("feed.xml", b"<rdf:RDF xmlns:rdf='x'/>", "rss"),
        ("feed.xml", RSS.decode().encode("utf-16"), "rss"),
        ("https://rss.arxiv.org/rss/cs.LG", RSS, "arxiv-rss"),
        ("https://rss.arxiv.org/atom/cs.LG", ATOM, "arxiv-rss"),
        ("saved.xml", ARXIV, "arxiv-rss"),
        ("saved.xml", b"<feed><id>https://arxiv.org/api/abc</id></feed>", "arxiv-api"),
        ("saved.xml", b"<feed><title>arXiv Query: search_query=x</title></feed>", "arxiv-api"),
        ("https://huggingface.co/api/daily_papers", b"[]", "huggingface-daily"),
        ("saved.json", DAILY, "huggingface-daily"),
        ("saved.txt", LISTING, "huggingface-listing"),
        ("papers.jsonl", b'{"title": "T", "abstract": "A"}\n', "jsonl"),
        ("papers.txt", b'\n{"title": "T"}\n{"title": "U"}', "jsonl"),
        ("papers.jsonl", b'{"title": "cut', "jsonl"),
        ("saved.json", b'{"version": "https://jsonfeed.org/version/1", "items": []}', "json-feed"),
        ("saved.xml", b'<?xml version="1.0"?><OAI-PMH xmlns="x"></OAI-PMH>', "arxiv-oai"),
        ("saved.json", b'{"messages": [{"status": "ok"}], "collection": []}', "biorxiv"),
        ("https://api.biorxiv.org/details/biorxiv/1d/0",
         b'{"messages": [{"status": "no posts found"}]}', "biorxiv"),
        ("saved.xml", PUBMED, "pubmed"),
        ("refs.bib", b"% made by hand\n@Article{lovelace1843,\n title = {T}}", "bibtex"),
        ("refs.txt", b"\xef\xbb\xbf@string{j = {J}}\n@misc(a, title = {T})", "bibtex"),
        ("refs.ris", b"\r\nTY  - JOUR\r\nTI  - T\r\nER  -\r\n", "ris"),
    ],
)  # fmt: skip
def test_the_reader_is_found(url, body, reader):
    assert guess(url, body) == reader


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n\t", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"<!DOCTYPE html>\n<html>", "this is a web page, not a feed"),
        (b"<opml version='2.0'><body/></opml>", "newsletter feeds add FILE"),
        (b"<?xml version='1.0'?><!-- x --><opml/>", "newsletter feeds add FILE"),
        (b"<records/>", "this is XML, but no feed (<records>)"),
        (b"%PDF-1.7 ...", "this is a PDF"),
        (gzip.compress(b"x"), "this is packed with gzip"),
        (b"PK\x03\x04...", "this is a zip file"),
        (bytes(range(256)) * 4, "this is no text"),
        (b"Dear all, here are some papers.", "this is plain text, but no papers listing"),
        (b'{"data": [1, 2]}', "this is JSON of a shape that no reader knows"),
        (b'[{"name": "x"}]', "this is JSON of a shape that no reader knows"),
        (b'{"error": "too many requests"}', "the server says: too many requests"),
        (b'[{"paper": ', "this begins like JSON but is none, or it is cut short"),
        (b"[" * 100_000, "this begins like JSON but is none, or it is cut short"),
    ],
)
def test_what_no_reader_reads_is_named(body, reason):
    with pytest.raises(FeedError) as error:
        guess("https://e.org/x", body)
    assert reason in error.value.reason


def test_the_readers_are_those_of_the_settings():
    assert list(READERS) == [
        "rss", "arxiv-rss", "arxiv-api", "huggingface-daily", "huggingface-listing", "jsonl",
        "json-feed", "arxiv-oai", "biorxiv", "pubmed", "bibtex", "ris",
    ]  # fmt: skip
    assert set(READERS) | {""} == set(get_args(FeedSettings.model_fields["reader"].annotation))


def test_only_known_readers_have_pages():
    assert set(PAGES) == {"arxiv-api", "arxiv-oai", "biorxiv"} <= set(READERS)


def test_a_guessed_reader_reads_what_it_was_guessed_from():
    for body in (RSS, DAILY, LISTING + b" It has more than eight words, as abstracts do."):
        READERS[guess("saved", body)]("saved", body)


def test_bytes_can_be_looked_at_as_text():
    assert decoded(b"\xef\xbb\xbf<rss/>\xff") == "<rss/>\ufffd"


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("feeds/arxiv_rss_cs_lg.xml", "arxiv-rss"),
        ("feeds/arxiv_rss_weekend_empty.xml", "arxiv-rss"),
        ("feeds/arxiv_api_testing_100.xml", "arxiv-api"),
        ("feeds/arxiv_api_error_http400.xml", "arxiv-api"),
        ("feeds/hf_daily_papers_2026-06-12.json", "huggingface-daily"),
        ("hf-papers-listing.txt", "huggingface-listing"),
        ("feeds/pubmed_efetch.xml", "pubmed"),
        ("feeds/constructed/arxiv_oai_listrecords.xml", "arxiv-oai"),
        ("feeds/constructed/biorxiv_details.json", "biorxiv"),
    ],
)
def test_recorded_payloads_find_their_reader(shared, name, reader):
    path = shared / name
    assert guess(str(path), path.read_bytes()) == reader


@pytest.mark.parametrize(
    "name",
    ["pubmed_esearch.json", "semantic_scholar_search.json", "README.md"],
)
def test_recorded_payloads_of_other_kinds_are_refused(shared, name):
    path = shared / "feeds" / name
    with pytest.raises(FeedError):
        guess(str(path), path.read_bytes())
