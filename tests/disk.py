"""A small disk for a test, which fills up, or is only to be read, when the test says so."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest


class SmallDisk:
    """A tmpfs; a context manager. Whoever may not mount one is told why as a skipped test."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self.folder, self.mebibytes = folder, mebibytes
        self.ballast = folder / "ballast"

    def __enter__(self) -> "SmallDisk":
        if os.geteuid() != 0:
            pytest.skip("only root may mount a small disk")
        self.folder.mkdir()
        size = f"size={self.mebibytes}m"
        if refused := self.mount("-t", "tmpfs", "-o", size, "tmpfs"):
            pytest.skip(f"no small disk can be mounted: {refused}")
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def mount(self, *options: str) -> str:
        """Mount it so; return why that was refused, "" if it was not."""
        command = ["mount", *options, str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stderr.strip() if done.returncode else ""

    def fill(self) -> None:
        """Leave no room on it."""
        with self.ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):  # ENOSPC, at which a smaller piece may still fit
                    while file.write(b"\0" * size):
                        pass

    def empty(self) -> None:
        """Give the room back."""
        self.ballast.unlink()

    def may_write(self, may: bool) -> None:
        """Say whether it may be written."""
        assert not self.mount("-o", f"remount,{'rw' if may else 'ro'}")
