"""`newsletter summarise` tells the sentence, the card and why, from a text or from papers."""

import json

import pytest

ABSTRACT = (
    "Long documents strain language models. However, memory that grows with the text is costly. "
    "We propose a gate that keeps what is read twice. "
    "Experiments show that it halves memory on 12 corpora."
)


def test_a_text_with_a_title_gives_sentence_card_and_reasons(letter, tmp_path):
    file = tmp_path / "abstract.txt"
    file.write_text(f"Gates for memory\n\n{ABSTRACT}\n")
    told = letter.run("summarise", file)
    assert told.code == 0
    assert told.out.startswith(
        "Gates for memory\n  We propose a gate that keeps what is read twice."
    )
    assert "Problem: However" in told.out
    assert "Result: " in told.out
    assert "why: +" in told.out


def test_explained_every_sentence_has_its_score(letter, tmp_path):
    file = tmp_path / "abstract.txt"
    file.write_text(ABSTRACT)
    told = letter.run("summarise", file, "--explain")
    assert told.out.count("\n      ") == 4
    assert told.out.count("*") == 1


def test_papers_give_one_line_of_json_with_offsets(letter, tmp_path):
    file = tmp_path / "papers.jsonl"
    rows = [{"title": "Gates", "abstract": ABSTRACT}, {"title": "Nothing"}, {"abstract": "None."}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = letter.run("summarise", file, "--json")
    (line,) = told.out.splitlines()
    found = json.loads(line)
    assert found["schema_version"] == 1
    first, second = found["papers"]
    tldr = first["tldr"]
    assert ABSTRACT[tldr["start"] : tldr["end"]] == first["source"]
    assert set(first["card"]) == {"problem", "idea", "result"}
    assert second["tldr"] is None
    assert second["sentences"] == []
    assert len(found["skipped"]) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "empty"), (b"%PDF-1.7", "PDF"), (b"\0\1\2" * 50, "no text"), (b"{}", "JSON")],
)
def test_what_is_no_abstract_is_told_in_one_line(letter, tmp_path, body, words):
    file = tmp_path / "odd.file"
    file.write_bytes(body)
    told = letter.run("summarise", file)
    assert told.code == 1
    (line,) = told.err.splitlines()
    assert "odd.file" in line
    assert words in line


def test_a_file_that_is_not_there_is_named(letter, tmp_path):
    told = letter.run("summarise", tmp_path / "nowhere.txt")
    assert told.code == 1
    assert "nowhere.txt" in told.err
