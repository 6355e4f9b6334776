"""Whatever a profile holds, its reader gets an issue or a plain reason, and the same one twice."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from newsletter.actions.compose import FAILED, NOTHING
from newsletter.actions.profiles import take
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.profile_file import read
from newsletter.ranking.embedding.static import open_static
from newsletter.store import schema, subscribers
from newsletter.store.database import Store
from tests.actions.conftest import DAY, HOUR, MONDAY, Desk

TEXTS = ("Robots fold cloth", "Tea leaves dry slowly", "Granite weathers in rain", "Owls hear mice")
WORDS = tuple(f"word{number} of many" for number in range(10_000))


def fill(desk):
    """Bring forty papers, so that what is usual is known."""
    found = [
        Paper(f"{TEXTS[at % 4]}, part {at}", f"We show how {TEXTS[at % 4].lower()} in case {at}.")
        for at in range(40)
    ]
    desk.keep(found, MONDAY - HOUR)


def save(desk, reader, *topics):
    with desk.store.write() as tx:
        subscribers.save_profile(tx, reader, TopicProfile(topics), MONDAY - timedelta(hours=2))


@pytest.mark.parametrize(
    ("topics", "papers"),
    [
        ((), 7),
        ((Topic("Robots", keywords=(*WORDS, "robots")),), 7),
        ((Topic("Robots", description="Robots fold cloth. " + "Much else besides. " * 55_000),), 7),
        ((Topic("Robots", categories=("no.SUCH", "🤖")),), 7),
        ((Topic("🤖🔥", "💡", ("🦾", "\u200b"), pins=("🔥",)),), 0),
        ((Topic("🤖", keywords=("robots",)),), 7),
        ((Topic("Anything", muted=("robots", "tea", "granite", "owls")),), 0),
        ((Topic("Robots", muted=("robots",)),), 0),
        ((Topic("x" * 200), Topic("\n\t")), 0),
    ],
    ids="none keywords megabyte category signs sign muted all-muted long".split(),
)
def test_an_odd_profile_gets_an_issue_or_a_plain_reason(desk, topics, papers):
    reader, other = desk.reader(), desk.reader("bob", topic="tea")
    save(desk, reader, *topics)
    fill(desk)
    made = desk.compose(MONDAY, embedder=open_static())
    assert FAILED not in made.skipped
    assert made.skipped.get(NOTHING, 0) == (0 if papers else 1)
    assert [len(one) for one in desk.issues(reader)] == ([papers] if papers else [])
    assert len(desk.issues(other)) == 1, "and it stops nobody else"


def test_a_library_of_which_nothing_is_known_is_compared_by_its_titles(desk):
    reader = desk.reader(topic="")
    fill(desk)
    filed = read('[[library]]\ntitle = "Nobody has heard of this: 🤖"\n', "ada.toml", MONDAY)
    take(desk.store, reader, filed, MONDAY - HOUR, add=False, arxiv=None)
    made = desk.compose(MONDAY, embedder=open_static())
    assert FAILED not in made.skipped
    (issue,) = desk.issues(reader)
    assert 1 <= len(issue) <= 7


def stored(path):
    """Compose in a new store for three readers; return every item with its score and parts."""
    store = Store(f"sqlite:///{path}")
    store.make_ready()
    desk = Desk(store)
    for name, topic in (("ada", "robots fold cloth"), ("bob", "tea"), ("cyd", "")):
        desk.reader(name, topic=topic)
    fill(desk)
    filed = read('[[library]]\ntitle = "Owls hear mice at night"\n', "cyd.toml", MONDAY)
    take(store, 3, filed, MONDAY - DAY, add=False, arxiv=None)
    desk.compose(MONDAY, embedder=open_static())
    with store.read() as tx:
        rows = tx.execute(
            schema.items.select().order_by(schema.items.c.issue_id, schema.items.c.position)
        ).all()
    store.close()
    assert len(rows) > 14
    return "\n".join(map(repr, rows)).encode()


def test_ranking_gives_the_same_bytes_twice_and_on_one_thread_or_two(tmp_path):
    once = stored(tmp_path / "once.db")
    for threads in ("1", "2"):
        path = tmp_path / f"{threads}.db"
        code = (
            "import sys; from tests.actions import test_odd_profiles as odd;"
            f"sys.stdout.buffer.write(odd.stored({str(path)!r}))"
        )
        variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        env = {**os.environ, **dict.fromkeys(variables, threads), "PYTHONHASHSEED": threads}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        assert done.stdout == once
