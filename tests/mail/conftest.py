"""What the tests with a real Postfix share."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def postfix_folder():
    """A short path that Postfix's own user may enter; pytest's are for their owner alone."""
    if os.geteuid() != 0 or not Path("/usr/sbin/postfix").exists():
        pytest.skip("Postfix is not installed, or we are not root, whom it wants to start it")
    made = Path(tempfile.mkdtemp(prefix="postfix-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)
