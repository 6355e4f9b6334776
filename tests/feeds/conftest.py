"""Where the recorded payloads lie, for the tests that read them."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.feeds.attacks")


@pytest.fixture
def shared():
    folder = Path(__file__).parents[2].parent / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip(f"the recorded payloads are not here: {folder}")
    return folder
