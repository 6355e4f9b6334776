"""The floors of the house: a file imports only from lower floors or from its own folder."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "newsletter"

# The longest prefix of a module's name decides its floor.
FLOORS = {
    "newsletter": 0,  # the version
    "newsletter.domain": 0,
    "newsletter.errors": 0,
    "newsletter.ranking": 1,
    "newsletter.summary": 1,
    "newsletter.rendering": 1,
    "newsletter.endpoint": 2,
    "newsletter.feeds": 2,
    "newsletter.store": 2,
    "newsletter.mail": 2,
    "newsletter.actions": 3,
    "newsletter.scheduler": 4,
    "newsletter.web": 4,
    "newsletter.app": 5,
    "newsletter.catalogue": 5,
    "newsletter.cli": 5,
    "newsletter.demo": 5,
    "newsletter.embedders": 5,
    "newsletter.feedlist": 5,
    "newsletter.keys": 5,
    "newsletter.lock": 5,
    "newsletter.logs": 5,
    "newsletter.keyring": 5,
    "newsletter.scribe": 5,
    "newsletter.settings": 5,
    "newsletter.settings_sender": 5,
    "newsletter.settings_tables": 5,
    "newsletter.ways": 5,
    "newsletter.__main__": 5,
}
STANDARD_LIBRARY_ONLY = ("newsletter.domain", "newsletter.errors")
# A foreign library stays behind its border: where else it is imported is a mistake.
BORDERS = {
    "alembic": ("newsletter.store",),
    "apscheduler": ("newsletter.scheduler",),
    "babel": ("newsletter.rendering.language",),
    "cryptography": ("newsletter.rendering.dkim",),
    "dns": ("newsletter.mail.dns",),
    "feedparser": ("newsletter.feeds.feed",),
    "flufl": ("newsletter.mail.bounces.odd",),
    "greenlet": ("newsletter.mail.hub",),
    "httpcore2": ("newsletter.feeds.fetch", "newsletter.feeds.connection"),
    "httpx2": (
        "newsletter.endpoint.chat",
        "newsletter.feeds.fetch",
        "newsletter.feeds.addresses",
    ),
    "jinja2": ("newsletter.rendering", "newsletter.web"),
    "mjml": ("newsletter.rendering.mjml",),
    "nh3": ("newsletter.feeds.clean",),
    "pydantic": ("newsletter.settings",),
    "pydantic_settings": ("newsletter.settings",),
    "pylatexenc": ("newsletter.feeds.mathematics",),
    "rich": ("newsletter.cli",),
    "safetensors": ("newsletter.ranking.embedding.weights",),
    "scipy": ("newsletter.ranking.model",),
    "sqlalchemy": ("newsletter.store", "newsletter.actions", "newsletter.demo"),
    "starlette": ("newsletter.web",),
    "Stemmer": ("newsletter.ranking.terms", "newsletter.summary.rouge"),
    "structlog": ("newsletter.logs",),
    "threadpoolctl": ("newsletter.ranking.threads",),
    "tokenizers": ("newsletter.ranking.embedding.weights",),
    "typer": ("newsletter.cli",),
    "uvicorn": ("newsletter.cli",),
    "wordllama": (),  # its files are read; it is never imported
}
MOST_LINES = 300

FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """Return the longest known prefix: the folder, or the file of the top level."""
    while module not in FLOORS:
        module = module.rpartition(".")[0]
    return module


def imports(file: Path) -> set[str]:
    """Return every module that the file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full"
            inside = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {one if is_module(one) else str(node.module) for one in inside}
    return found


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_a_file_imports_only_downward(file):
    here = room(module_name(file))
    for imported in imports(file):
        if imported.split(".")[0] != "newsletter":
            continue
        there = room(imported)
        allowed = there == here or FLOORS[there] < FLOORS[here]
        # The doors of the fifth floor know each other; all other rooms of one floor do not.
        allowed = allowed or FLOORS[there] == FLOORS[here] in (0, 5)
        assert allowed, f"{here} (floor {FLOORS[here]}) imports {imported} ({FLOORS[there]})"


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_a_library_stays_behind_its_border(file):
    here = module_name(file)
    for imported in imports(file):
        border = BORDERS.get(imported.split(".")[0])
        assert border is None or here.startswith(border), f"{here} imports {imported}"


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_a_file_says_in_its_first_line_what_it_is_and_stays_short(file):
    text = file.read_text("utf-8")
    told = ast.get_docstring(ast.parse(text))
    assert told, f"{file} does not say what it is"
    lines = text.count("\n")
    assert lines <= MOST_LINES, f"{file} has {lines} lines"


def test_the_nouns_use_the_standard_library_only():
    for file in FILES:
        if not module_name(file).startswith(STANDARD_LIBRARY_ONLY):
            continue
        for imported in imports(file):
            first = imported.split(".")[0]
            assert first in sys.stdlib_module_names or first == "newsletter", f"{file}: {imported}"


def test_pinned_versions_are_names_and_versions_only():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        name, pinned, version = line.partition("==")
        assert name, line
        assert pinned, line
        assert version.replace(".", "").replace("post", "").isalnum(), line
        assert "[" not in name, line
