"""What all tests share."""

import os
import shutil
from pathlib import Path

import pytest

from tests.letters import Letter


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch, tmp_path_factory):
    """Keep the settings, and the models, of the machine that runs the tests out of them."""
    for name in list(os.environ):
        if name.startswith("NEWSLETTER_") and name != "NEWSLETTER_TEST_PG":
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEWSLETTER_MODELS", str(tmp_path_factory.getbasetemp() / "no models"))


@pytest.fixture
def letter(tmp_path, capsys) -> Letter:
    """A new newsletter in a folder of its own."""
    made = Letter(tmp_path / "letter", capsys)
    made("init", made.folder)
    return made


@pytest.fixture(scope="session")
def shared() -> Path:
    """The recorded payloads beside the checkout, where they are."""
    folder = Path(__file__).parents[1].parent / "shared"
    if not folder.is_dir():
        pytest.skip("the recorded payloads are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; without it the test is skipped, but never in CI."""
    found = shutil.which("chromium")
    if not found and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed")
    assert found, "CI must have Chromium"
    return found
