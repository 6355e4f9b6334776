"""Sentences by a language model: asked for once, shown and marked, and never in nobody's way."""

import json

import pytest

from newsletter.actions.write import write
from newsletter.app import author, now_utc, open_app
from tests.endpoint.server import completion, first_sentences, serving
from tests.letters import PAPERS, write_papers

ABSTRACT = "We teach a robot to fold towels by watching people. It folds nine of ten. Code is open."


@pytest.fixture
def papers(tmp_path):
    found = [
        {
            **PAPERS[0],
            "id": f"26{n:02}.0000{n}",
            "title": f"Folding {n} towels",
            "abstract": ABSTRACT,
        }
        for n in range(3)
    ]
    return write_papers(tmp_path / "towels.jsonl", found)


@pytest.fixture
def ask(letter, monkeypatch):
    def set_up(url, **settings):
        for name, value in {"endpoint": url, "model": "a-model", **settings}.items():
            monkeypatch.setenv(f"NEWSLETTER_SUMMARY__{name.upper()}", str(value))

    return set_up


def test_each_paper_is_asked_for_once(letter, papers, ask):
    with serving(lambda _, body: (200, completion(first_sentences(body)))) as (url, asked):
        ask(url)
        told = letter.run("ingest", papers)
        letter("ingest", papers)
    assert len(asked) == 1
    assert "a-model wrote 3 sentences" in told.err


def test_the_endpoint_gets_nothing_of_the_readers(letter, papers, ask):
    letter("subscribers", "add", "ada@example.org", "--topic", "robot manipulation")
    with serving(lambda _, body: (200, completion(first_sentences(body)))) as (url, asked):
        ask(url)
        letter("ingest", papers)
    assert "ada" not in json.dumps(asked[0]["body"])


def test_what_is_refused_is_not_asked_for_again_and_the_extract_stays(letter, papers, ask):
    bad = json.dumps({"summaries": []})
    with serving(lambda *_: (200, completion(bad))) as (url, asked):
        ask(url)
        letter("ingest", papers)
        letter("ingest", papers)
    assert len(asked) == 1
    letter("subscribers", "add", "ada@example.org", "--topic", "folding towels")
    letter("compose")
    letter("deliver")
    (mail,) = (letter.folder / "outbox").glob("*.eml")
    assert "towels by watching" in mail.read_text()


def test_an_endpoint_that_is_down_is_told_and_stops_nothing(letter, papers, ask):
    ask("http://127.0.0.1:9/v1")
    told = letter.run("ingest", papers)
    assert "the connection failed" in told.err
    assert "3 new" in told.out


def test_a_changed_abstract_is_asked_for_anew(letter, papers, ask, tmp_path):
    changed = {**PAPERS[0], "id": "2600.00000", "title": "Folding 0 towels"}
    changed["abstract"] = "We now teach a robot to iron shirts by watching people. It irons nine."
    with serving(lambda _, body: (200, completion(first_sentences(body)))) as (url, asked):
        ask(url)
        letter("ingest", papers)
        letter("ingest", write_papers(tmp_path / "changed.jsonl", [changed]))
    assert len(asked) == 2
    assert "iron shirts" in json.dumps(asked[1]["body"])


def test_an_endpoint_without_a_model_is_told(letter, ask):
    ask("http://127.0.0.1:9/v1", model="")
    told = letter.run("papers", "list")
    assert told.code == 4
    assert "summary.model is missing" in told.err


def test_a_run_that_is_to_stop_keeps_what_was_written_and_asks_for_no_more(letter, papers, ask):
    letter("ingest", papers)  # without an endpoint
    with serving(lambda _, body: (200, completion(first_sentences(body)))) as (url, asked):
        ask(url, batch=1, concurrency=1)
        app = open_app(letter.folder, now_utc())
        written = write(app.store, author(app.settings), stop=lambda: len(asked) == 2)
        again = write(app.store, author(app.settings))
        app.close()
    assert (len(written.sentences), len(again.sentences), len(asked)) == (2, 1, 3)
