"""Why a paper is in an issue or not, and what another profile would bring, by the command line."""

import pytest

from tests.letters import PAPERS, write_papers

ADA = "ada@example.org"


@pytest.fixture
def ada(letter):
    letter("subscribers", "add", ADA, "--topic", "robot manipulation")
    letter("ingest", write_papers(letter.folder / "papers.jsonl", PAPERS))
    return letter


def keys(letter):
    return [one["key"] for one in letter.json("papers", "list")["papers"]]


def test_each_paper_is_explained_before_it_is_composed_and_after(ada):
    rules = {ada.json("profile", "explain", ADA, key)["rule"] for key in keys(ada)}
    assert "chosen" in rules
    ada("compose")
    item = ada.json("issues", "show", "1")["items"][0]
    shown = ada.json("issues", "explain", "1", item["paper"])
    assert (shown["rule"], shown["fits"][0]["parts"]) == ("shown", item["parts"])
    assert "in issue 1" in ada("profile", "explain", ADA, item["paper"])
    assert item["parts"][0]["name"] in ada("issues", "explain", "1", item["paper"])


def test_another_profile_is_tried_and_changes_nothing(ada):
    path = ada.folder / "tea.toml"
    path.write_text('[[topics]]\nname = "tea ceremonies of beetles"\n', "utf-8")
    tried = ada.json("profile", "try", ADA, path, "--days", "3")
    assert len(tried["days"]) == 3
    assert tried["after_a_week"] == 0 < tried["before_a_week"]
    assert tried["days"][-1]["goes"]
    assert "- " in ada("profile", "try", ADA, path)
    assert ada.json("issues", "list")["issues"] == []
    assert ada.json("profile", "show", ADA)["topics"][0]["name"] == "robot manipulation"


def test_two_rankers_are_compared_over_all_readers(ada):
    ada("subscribers", "add", "bob@example.org")
    found = ada.json("profile", "compare", "words", "words,length=1", "--days", "3")
    assert found["readers"] == 2
    assert found["before_a_week"] > found["after_a_week"] > 0
    assert found["days"][-1]["goes"][0]["readers"] == 1
    told = ada("profile", "compare", "words", "static,length=1", "--days", "3")
    assert "another issue for 1 reader" in told
    assert "papers a week each before" in told
    assert ada.json("issues", "list")["issues"] == []


@pytest.mark.parametrize(
    "side", ["words,size=3", "words,length=none", "static,length=0", "nowhere"]
)
def test_a_side_that_cannot_be_is_told_by_its_name(ada, side):
    told = ada.run("profile", "compare", "words", side)
    assert told.code in (1, 2, 4)
    assert "Traceback" not in told.err
    assert (side.partition(",")[2] or "nowhere") in told.err
