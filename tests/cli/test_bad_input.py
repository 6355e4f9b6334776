"""Bad input: one clear line that names the thing, the rest goes on, nothing stored is lost."""

import json
import re
import sqlite3

import pytest

from tests.letters import PAPERS, write_papers


@pytest.fixture
def good(tmp_path):
    return write_papers(tmp_path / "good.jsonl")


def says(told, *words, code):
    """The command ended with this code and one line that has these words, and no traceback."""
    assert told.code == code, told
    assert "Traceback" not in told.err
    assert "Traceback" not in told.out
    lines = [line for line in told.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, told
    for word in words:
        assert word in lines[0], told


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"<!doctype html><html><title>Error</title><p>Sorry</html>", "web page"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\x00\x01\x02\x03" * 100, ""),
        (b'{"this": "is no paper"}', ""),
        (b"just a few words", ""),
    ],
    ids=["empty", "web page", "pdf", "binary", "json", "text"],
)
def test_a_file_that_is_no_feed_is_named_and_the_next_is_read(letter, tmp_path, good, body, words):
    bad = tmp_path / "bad.file"
    bad.write_bytes(body)
    told = letter.run("ingest", bad, good)
    says(told, "bad.file", words, code=3)
    assert "3 new" in told.out


def test_all_sources_failing_is_a_failure(letter, tmp_path):
    says(letter.run("ingest", tmp_path / "nowhere.xml"), "nowhere.xml", "No such file", code=1)


def test_a_file_of_which_no_entry_can_be_read_is_a_failure(letter, tmp_path, good):
    bad = write_papers(tmp_path / "bad.jsonl", [{"title": ""}, {"title": " "}])
    assert letter.json("ingest", bad, code=1)["sources"][0]["error"] is None
    letter("ingest", bad, good, code=3)


def test_with_json_an_error_is_an_object_too(letter):
    told = letter.run("issues", "show", "7", "--json")
    says(told, "7", code=1)
    error = json.loads(told.out)
    assert f"error: {error['error']}\n" == told.err
    assert (error["schema_version"], error["exit_code"]) == (1, 1)
    assert told.out.count("\n") == 1


def test_an_address_that_does_not_resolve_is_told(letter):
    says(letter.run("ingest", "http://nowhere.invalid/rss"), "nowhere.invalid", code=1)


def test_a_truncated_feed_gives_what_was_whole(letter, tmp_path):
    items = "".join(
        f"<item><title>Paper {n}</title><description>We measure {n}.</description></item>"
        for n in range(5)
    )
    whole = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}'
    file = tmp_path / "cut.xml"
    file.write_text(whole[: whole.rindex("<description>")])
    (source,) = letter.json("ingest", file)["sources"]
    assert source["new"] == 4
    assert len(source["skipped"]) == 1
    assert source["error"] is None


def test_an_entry_without_title_is_skipped_with_its_place(letter, tmp_path):
    papers = [*PAPERS, {"title": "", "abstract": "Nothing above."}]
    (source,) = letter.json("ingest", write_papers(tmp_path / "p.jsonl", papers))["sources"]
    assert (source["read"], source["new"]) == (4, 3)
    assert source["skipped"][0]["entry"] == "line 4"


def test_invalid_bytes_cost_only_themselves(letter, tmp_path):
    file = tmp_path / "bytes.jsonl"
    file.write_bytes(b'{"title": "A \xff\xfe title that goes on", "abstract": "We show it."}\n')
    (source,) = letter.json("ingest", file)["sources"]
    assert source["new"] == 1


def test_a_body_of_50_mb_is_refused_with_the_setting_that_allows_it(letter, tmp_path):
    file = tmp_path / "large.jsonl"
    with file.open("wb") as out:
        out.truncate(50 * 2**20)
    says(letter.run("ingest", file), "large.jsonl", "ingest.max_megabytes", code=1)


def test_a_full_disk_keeps_what_was_stored(letter, tmp_path, good):
    letter("ingest", good)
    many = [{"title": f"Paper number {n}", "abstract": "word " * 2000} for n in range(300)]
    file = write_papers(tmp_path / "many.jsonl", many)
    # SQLite says "full" at its own page limit exactly as it does on a full disk; the limit is not
    # kept in the file, so the file itself is filled to the largest size that this user may write.
    import resource

    size = (letter.folder / "newsletter.db").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, before[1]))
    try:
        told = letter.run("ingest", file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert told.code == 1, told
    assert "Traceback" not in told.err
    assert "newsletter.db" in told.err
    with sqlite3.connect(letter.folder / "newsletter.db") as db:
        assert db.execute("SELECT count(*) FROM papers").fetchone() == (3,)
    db.close()
    (source,) = letter.json("ingest", file)["sources"]
    assert source["new"] == 300, "with room again it goes through"


def test_a_template_with_a_syntax_error_names_file_line_and_excerpt(letter, good):
    letter("ingest", good)
    letter("subscribers", "add", "ada@example.org", "--topic", "robot manipulation")
    letter("compose")
    broken = letter.folder / "templates/mail/paper.mjml"
    broken.parent.mkdir(parents=True)
    broken.write_text("<mj-text>fine</mj-text>\n<mj-text>[[ card.title </mj-text>\n")
    told = letter.run("deliver")
    says(told, "paper.mjml", "line 2", "[[ card.title", code=4)
    broken.unlink()
    assert letter.json("deliver")["states"]["accepted"] == 1, "nothing was lost"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[site]\nnmae = "x"\n', ["newsletter.toml", "site.nmae", "did you mean site.name?"]),
        ('[sender]\nport = "many"\n', ["newsletter.toml", "sender.port", "whole number"]),
        ('[sender]\nport = "587"\n', ["newsletter.toml", "sender.port", "whole number"]),
        ("[sender]\nport = true\n", ["newsletter.toml", "sender.port", "whole number"]),
        ("[sender\n", ["newsletter.toml", "line 1"]),
        ('[preferences]\nzone = "Mars/Base"\n', ["newsletter.toml", "preferences.zone"]),
    ],
    ids=["unknown key", "wrong type", "quoted number", "boolean", "no TOML", "no zone"],
)
def test_a_typo_in_the_settings_names_file_and_key(letter, text, words):
    (letter.folder / "config/newsletter.toml").write_text(text)
    says(letter.run("compose"), *words, code=4)


def test_a_folder_without_settings_names_the_way_out(tmp_path, letter):
    letter.folder = tmp_path
    says(letter.run("ingest"), "newsletter init", code=4)


def test_init_never_touches_a_newsletter(letter):
    before = (letter.folder / "config/secret.key").read_text()
    says(letter.run("init", letter.folder), "nothing was changed", code=1)
    assert (letter.folder / "config/secret.key").read_text() == before


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "a\r\nBcc: x@y.org@z.org", "@x.org", ""])
def test_what_is_no_address_is_refused(letter, address):
    assert letter.run("subscribers", "add", address, "--topic", "x").code in (1, 2)
    assert letter.json("subscribers", "list")["subscribers"] == []


def test_a_known_address_is_not_added_twice(letter):
    letter("subscribers", "add", "Ada@Example.org", "--topic", "x")
    says(letter.run("subscribers", "add", "ada@example.ORG"), "known here already", code=1)


def test_an_unknown_option_is_a_usage_error(letter):
    told = letter.run("compose", "--what")
    assert told.code == 2
    assert re.search("No such option", told.err)


def test_an_unknown_command_is_a_usage_error(letter):
    assert letter.run("compsoe").code == 2


def test_a_time_that_is_none_is_a_usage_error(letter):
    assert letter.run("compose", "--at", "tomorrow").code == 2


def test_a_database_of_something_else_is_told(letter):
    (letter.folder / "newsletter.db").write_bytes(b"this is a text file, not a database at all")
    for leftover in letter.folder.glob("newsletter.db-*"):
        leftover.unlink()
    says(letter.run("compose"), "newsletter.db", "no database", code=1)


def test_the_demo_leaves_a_folder_of_somebody_else_alone(letter, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "kept.eml").write_text("a mail of mine")
    says(letter.run("demo", "--out", mine), "choose another --out", code=4)
    assert (mine / "kept.eml").read_text() == "a mail of mine"


def test_a_mail_of_a_thousand_nested_parts_stops_no_other(letter, tmp_path):
    nested = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000)
    )
    bad = tmp_path / "bad.eml"
    bad.write_text(f"From: a@b.example\nSubject: hello\n{nested}")
    assert letter.json("bounces", "process", bad)["ignored"] == 1


def test_votes_below_zero_stop_nobody(letter, tmp_path):
    papers = [{"title": "Voted down", "abstract": "We show it.", "votes": -1}, *PAPERS]
    letter("ingest", write_papers(tmp_path / "p.jsonl", papers))
    letter("subscribers", "add", "ada@example.org")
    letter("subscribers", "add", "bob@example.org", "--topic", "robot manipulation")
    assert letter.json("compose")["issues"] == 2
