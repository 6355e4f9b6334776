"""Listing, showing, unfolding and resolving papers by the command line."""

from tests.letters import PAPERS, write_papers

WORDS = [f"word{number}" for number in range(120)]
ORIGINAL = {"title": "Spindles in Sleep", "abstract": " ".join(WORDS), "doi": "10.1000/1"}
COPY = {**ORIGINAL, "title": "Spindles in Deep Sleep", "doi": "10.1000/2"}
TITLE = PAPERS[0]["title"]
ENTRY = """<entry><id>http://arxiv.org/abs/2603.04242v2</id><title>{title}</title>
<summary>Robots that handle cloth fail when the light changes.</summary>
<published>2026-03-02T10:00:00Z</published><author><name>Ada Okafor</name></author></entry>"""
ANSWER = """<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>arXiv Query</title><id>http://arxiv.org/api/x</id>{entries}</feed>"""


def bring(letter, papers=PAPERS):
    letter("ingest", write_papers(letter.folder / "papers.jsonl", papers))


def keys(letter, *options):
    return [one["key"] for one in letter.json("papers", "list", *options)["papers"]]


def test_papers_are_listed_newest_first_and_searched_by_words(letter):
    bring(letter)
    listed = letter.json("papers", "list")["papers"]
    assert [one["title"] for one in listed] == [one["title"] for one in reversed(PAPERS)]
    assert len(keys(letter, "--limit", "2")) == 2
    (found,) = letter.json("papers", "list", "--query", "tapirs FOREST")["papers"]
    assert found["title"] == PAPERS[2]["title"]
    assert keys(letter, "--query", "100%") == []
    assert keys(letter, "--since", "2100-01-01") == []
    assert len(keys(letter, "--since", "2020-01-01")) == 3


def test_one_paper_is_shown_with_its_texts_and_where_they_came_from(letter):
    bring(letter)
    key = keys(letter)[-1]
    shown = letter.json("papers", "show", key)
    assert (shown["paper"], shown["title"]) == (key, TITLE)
    assert shown["origins"] == {"title": "papers.jsonl", "abstract": "papers.jsonl"}
    assert [one["number"] for one in shown["versions"]] == [1]
    assert shown["withdrawn_at"] == shown["folded_into"] == ""
    assert TITLE in letter("papers", "show", key)
    assert "there is no paper" in letter.run("papers", "show", "doi:10.1/0").err


def test_a_near_duplicate_is_shown_as_a_twin_and_can_be_unfolded(letter):
    bring(letter, [ORIGINAL, COPY])
    assert keys(letter) == ["doi:10.1000/1"]
    (twin,) = letter.json("papers", "show", "doi:10.1000/1")["twins"]
    assert (twin["key"], twin["why"]) == ("doi:10.1000/2", "near-duplicate")
    assert letter.json("papers", "show", "doi:10.1000/2")["folded_into"] == "doi:10.1000/1"
    letter("papers", "unfold", "doi:10.1000/2")
    assert len(keys(letter)) == 2
    assert "not folded" in letter.run("papers", "unfold", "doi:10.1000/2").err
    bring(letter, [ORIGINAL, COPY, *PAPERS])
    assert len(keys(letter)) == 5


def test_a_paper_without_an_id_is_found_by_its_title_in_a_saved_answer(letter):
    bring(letter)
    answer = letter.folder / "answer.xml"
    answer.write_text(ANSWER.format(entries=ENTRY.format(title=TITLE.upper())))
    told = letter.json("papers", "resolve", answer, code=3)
    assert told["resolved"] == [{"title": TITLE, "paper": "arxiv:2603.04242"}]
    assert [one["title"] for one in told["not_found"]] == [one["title"] for one in PAPERS[1:]]
    shown = letter.json("papers", "show", "arxiv:2603.04242")
    assert (shown["authors"], shown["version"]) == (["Ada Okafor"], 2)
    assert shown["origins"]["authors"] == "arXiv, by title"
    assert len(keys(letter)) == 3
    bring(letter)
    assert len(keys(letter)) == 3, "it is still known by its title"


def test_an_answer_without_any_of_the_titles_fails_and_says_which(letter):
    bring(letter)
    answer = letter.folder / "answer.xml"
    answer.write_text(ANSWER.format(entries=ENTRY.format(title="Something Else")))
    told = letter.json("papers", "resolve", answer, code=1)
    assert len(told["not_found"]) == 3
    answer.write_text(ANSWER.format(entries=""))
    letter("papers", "resolve", answer, code=1)
