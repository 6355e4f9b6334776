"""A reader's profile by the command line: shown, out and in again, its library, its feedback."""

import json

import pytest

from tests.letters import PAPERS, write_papers

ADA = "ada@example.org"
OWN = {**PAPERS[0], "id": "2603.01234", "authors": ["Ada Okafor"]}
FILE = """
[[topics]]
name = "Cloth"
keywords = ["fold lines"]
examples = ["2603.01234"]
a_week = 3

[[library]]
title = "An Old Book"
at = 2020-01-01

[[feedback]]
id = "arxiv:2603.01234"
verdict = "more"
at = 2026-03-01
"""


@pytest.fixture
def ada(letter):
    letter("subscribers", "add", ADA, "--topic", "robot manipulation", "--keyword", "cloth 🧵")
    letter("ingest", write_papers(letter.folder / "papers.jsonl", [OWN, *PAPERS[1:]]))
    return letter


def file(letter, text, name="profile.toml"):
    path = letter.folder / name
    path.write_text(text, "utf-8")
    return path


def exported(letter):
    return letter("profile", "export", ADA)


def test_a_profile_is_shown(ada):
    shown = ada.json("profile", "show", ADA)
    (topic,) = shown["topics"]
    assert (topic["name"], topic["keywords"]) == ("robot manipulation", ["cloth 🧵"])
    assert shown["library"] == {"own": 0, "liked": 0}
    assert shown["feedback"] == {"more": 0, "less": 0, "saved": 0}
    assert "keywords: cloth 🧵" in ada("profile", "show", ADA)


def test_what_is_exported_is_imported_without_any_change(ada):
    ada("profile", "import", ADA, file(ada, FILE))
    ada("profile", "feedback", ADA, ada.json("papers", "list")["papers"][0]["key"], "saved")
    before, path = exported(ada), ada.folder / "out.toml"
    ada("profile", "export", ADA, "--to", path)
    assert path.read_text("utf-8") == before
    told = ada.json("profile", "import", ADA, path)
    assert (told["topics"], told["library"], told["feedback"]) == (["Cloth"], 1, 2)
    assert exported(ada) == before
    ada("subscribers", "add", "bob@example.org")
    ada("profile", "import", "bob@example.org", path)
    assert ada("profile", "export", "bob@example.org") == before


def test_an_import_replaces_and_a_merge_adds(ada):
    ada("profile", "import", ADA, file(ada, FILE), "--merge")
    shown = ada.json("profile", "show", ADA)
    assert [one["name"] for one in shown["topics"]] == ["robot manipulation", "Cloth"]
    ada("profile", "import", ADA, file(ada, "[[topics]]\nname='Tea'"), "--merge")
    shown = ada.json("profile", "show", ADA)
    assert [one["name"] for one in shown["topics"]][-1] == "Tea"
    assert (shown["library"]["liked"], shown["feedback"]["more"]) == (1, 1)
    ada("profile", "import", ADA, file(ada, ""))
    shown = ada.json("profile", "show", ADA)
    assert (shown["topics"], shown["library"]["liked"], shown["feedback"]["more"]) == ([], 0, 0)
    assert "the common list" in ada("profile", "show", ADA)


def test_an_older_word_does_not_undo_a_later_one_in_a_merge(ada):
    ada("profile", "feedback", ADA, "2603.01234", "less")
    ada("profile", "import", ADA, file(ada, FILE), "--merge")
    assert ada.json("profile", "show", ADA)["feedback"] == {"more": 0, "less": 1, "saved": 0}


def test_an_example_of_which_nothing_is_known_is_named_and_kept(ada):
    text = "[[topics]]\nname='Tea'\nexamples=['2603.01234', '2605.00001']\ncategories=['cs.CLX']"
    told = ada.run("profile", "import", ADA, file(ada, text), "--json")
    assert told.code == 3
    found = json.loads(told.out)
    assert found["unknown"] == ["arxiv:2605.00001"]
    assert found["doubts"] == ["topic 'Tea': 'cs.CLX' is no category of arXiv; did you mean cs.CL?"]
    assert "did you mean cs.CL?" in told.err
    (topic,) = ada.json("profile", "show", ADA)["topics"]
    assert topic["examples"] == ["arxiv:2603.01234", "arxiv:2605.00001"]


def test_a_mistake_in_a_file_changes_nothing(ada):
    before = exported(ada)
    for text, told in (
        ("[[topics]]\nname='a'\nkeyword=['b']", "line 3: topics[1]: unknown key keyword; did you"),
        ("[[topics]]\nname=", "not readable as TOML"),
    ):
        assert told in ada.run("profile", "import", ADA, file(ada, text)).err
        ada("profile", "import", ADA, file(ada, text), code=1)
    (ada.folder / "latin.toml").write_bytes(b"# caf\xe9")
    assert "not UTF-8" in ada.run("profile", "import", ADA, ada.folder / "latin.toml").err
    assert "cannot be read" in ada.run("profile", "import", ADA, ada.folder / "none.toml").err
    assert exported(ada) == before


def test_an_unknown_reader_or_paper_or_verdict_is_told(ada):
    assert "is not a subscriber" in ada.run("profile", "show", "eve@example.org").err
    ada("profile", "show", "eve@example.org", code=1)
    ada("profile", "feedback", ADA, "doi:10.1000/0", "more", code=1)
    ada("profile", "feedback", ADA, "2603.01234", "maybe", code=2)


def test_feedback_is_kept_and_taken_back(ada):
    told = ada.json("profile", "feedback", ADA, "https://arxiv.org/abs/2603.01234v1", "more")
    assert (told["paper"], told["title"]) == ("arxiv:2603.01234", PAPERS[0]["title"])
    ada("profile", "feedback", ADA, "2603.01234", "saved")
    assert ada.json("profile", "show", ADA)["feedback"] == {"more": 0, "less": 0, "saved": 1}
    ada("profile", "feedback", ADA, "2603.01234", "none")
    assert ada.json("profile", "show", ADA)["feedback"]["saved"] == 0


def test_a_library_is_filled_listed_and_emptied(ada):
    bib = file(
        ada,
        "@article{a, title={A Study of Tea in Spring}, doi={10.1000/tea}, abstract={Tea.}}",
        "a.bib",
    )
    told = ada.json("profile", "library", "add", ADA, bib, "2603.01234")
    assert (told["added"], told["known"]) == (2, 0)
    assert [one["reader"] for one in told["sources"]] == ["bibtex", "id"]
    assert ada.json("profile", "library", "add", ADA, bib)["known"] == 1
    listed = ada.json("profile", "library", "list", ADA)["papers"]
    assert {(one["paper"], one["verdict"]) for one in listed} == {
        ("doi:10.1000/tea", "liked"),
        ("arxiv:2603.01234", "liked"),
    }
    assert "A Study of Tea" in ada("profile", "library", "list", ADA)
    assert ada.json("papers", "list", "--query", "tea spring")["papers"] == [], "it is no news"
    told = ada.json("profile", "library", "remove", ADA, "10.1000/TEA", "2605.1", code=3)
    assert told == {"schema_version": 1, "removed": 1, "not_found": ["2605.1"]}
    assert ada.json("profile", "library", "clear", ADA, "--yes")["removed"] == 1
    assert ada.json("profile", "library", "list", ADA)["papers"] == []


def test_titles_are_matched_with_the_archive_and_the_others_are_named(ada):
    titles = file(ada, f"{PAPERS[0]['title'].upper()}\nA Title That Nobody Knows\n", "titles.txt")
    told = ada.json("profile", "library", "add", ADA, titles, "--own", code=3)
    assert told["added"] == 1
    (lost,) = told["not_found"]
    assert lost["entry"] == "A Title That Nobody Knows"
    assert "with --resolve arXiv is asked" in lost["why"]
    (one,) = ada.json("profile", "library", "list", ADA)["papers"]
    assert (one["paper"], one["verdict"]) == ("arxiv:2603.01234", "own")


def test_a_short_title_is_found_if_it_is_the_only_one(ada):
    short = [{"title": "Tea", "abstract": "On tea."}, {"title": "Rain", "abstract": "Wet."}]
    ada("ingest", write_papers(ada.folder / "short.jsonl", [*short, {**short[1], "abstract": ""}]))
    titles = file(ada, "TEA\nSnow\n", "titles.txt")
    told = ada.json("profile", "library", "add", ADA, titles, code=3)
    assert (told["added"], [one["entry"] for one in told["not_found"]]) == (1, ["Snow"])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("lost.txt", "A Title That Nobody Knows", "none of these papers was found"),
        ("doi.txt", "10.1000/nobody", "no paper here has this DOI"),
        ("empty.bib", "", "it is empty"),
    ],
)
def test_a_library_of_which_nothing_is_found_says_so(ada, name, text, told):
    result = ada.run("profile", "library", "add", ADA, file(ada, text, name))
    assert result.code == 1
    assert told in result.err
    assert "none of these papers was found" in result.err
    assert ada.json("profile", "library", "list", ADA)["papers"] == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("refs.bib", "there is no such file, and it is no arXiv id"),
        ("x" * 5000, "there is no such file"),
        ("0000-0002-1825-0097", "curl -H 'Accept: application/json' https://pub.orcid.org/v3.0/0"),
    ],
)
def test_a_source_that_is_none_says_what_is(ada, source, told):
    assert told in ada.run("profile", "library", "add", ADA, source).err
