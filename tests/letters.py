"""A small newsletter for tests: its folder, sample papers written by us, and its command line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from newsletter.actions import subscribe
from newsletter.app import now_utc, open_app
from newsletter.cli.program import run
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences

ABSTRACT = (
    "Robots that handle cloth fail when the light changes. We propose a grasping policy that reads "
    "the fold lines of a garment from two cameras. It folds 412 of 500 shirts, 63.7% more than "
    "the best policy before it, and needs no training data for new garments."
)
BOTTLENECK = (
    "A representation should forget what does not help. We derive a bound on the information "
    "bottleneck for regression with heavy-tailed noise. It is tight for $x<y$ and improves the "
    "known rate by a factor of two on three data sets."
)
TRAPS = (
    "Camera traps watch animals where people cannot. We report on ecology in a cloud forest with "
    "ninety camera traps over four years. Tapirs moved 300 m uphill, and the model that counts "
    "them without names errs by 8%."
)
PAPERS: tuple[dict[str, Any], ...] = (
    {"title": "Folding by Fold Lines: Robot Manipulation of Cloth", "abstract": ABSTRACT},
    {"title": "An Information Bottleneck for Heavy Tails", "abstract": BOTTLENECK},
    {"title": "Tapirs Go Uphill: Camera Traps in a Cloud Forest", "abstract": TRAPS},
)


def write_papers(file: Path, papers: Iterable[Mapping[str, Any]] = PAPERS) -> Path:
    file.write_text("".join(json.dumps(one) + "\n" for one in papers), "utf-8")
    return file


def add_readers(folder: Path, number: int, topic: str = "robot manipulation") -> None:
    """Subscribe r0@example.org and so on."""
    profile = TopicProfile((Topic(topic),))
    app = open_app(folder, now_utc())
    for one in range(number):
        wish = subscribe.Wish(f"r{one}@example.org", Preferences(), profile)
        subscribe.add(app.store, wish, now_utc())
    app.close()


def through(port: int, **more: str) -> dict[str, str]:
    """Return the environment that leads mails to a server on this machine."""
    words = {"KIND": "smtp", "HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none"}
    return {f"NEWSLETTER_SENDER__{name}": value for name, value in (words | more).items()}


class Letter:
    """A newsletter in a folder, driven by its command line as a person does."""

    def __init__(self, folder: Path, capsys: Any) -> None:
        self.folder = folder
        self.capsys = capsys

    def __call__(self, *arguments: str | Path, code: int = 0) -> str:
        """Run a command and return what it wrote to stdout."""
        told = self.run(*arguments)
        assert told.code == code, told
        return told.out

    def json(self, *arguments: str | Path, code: int = 0) -> dict[str, Any]:
        """Run a command with --json and return its one object on one line."""
        out = self(*arguments, "--json", code=code)
        assert out.count("\n") == 1, out
        found: dict[str, Any] = json.loads(out)
        assert found["schema_version"] == 1
        return found

    def run(self, *arguments: str | Path) -> "Told":
        code = run(["--folder", str(self.folder), *map(str, arguments)])
        captured = self.capsys.readouterr()
        return Told(code, captured.out, captured.err)


class Told:
    """What a command said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"
