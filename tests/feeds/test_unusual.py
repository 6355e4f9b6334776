"""Hundreds of feeds of every age, habit and mistake: read like feedparser, or refused with why."""

import io
import itertools
import re
import time

import feedparser
import pytest

from newsletter.errors import FeedError
from newsletter.feeds.readers import READERS, guess
from tests.feeds import malformed, unusual
from tests.feeds.attacks import LONGEST, check, check_line

GROUPS = {
    "roots": unusual.roots,
    "elements": unusual.elements,
    "encodings": unusual.encodings,
    "others": unusual.others,
    "malformed": malformed.malformed,
}
ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|#\d+);")


def files(group):
    """Yield the name and the bytes of each feed."""
    for name, made in GROUPS[group]():
        yield name, made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")


def read(name, body):
    """Return what was read, None if it was refused with a reason."""
    try:
        return READERS[guess(name, body)](name, body)
    except FeedError as error:
        check_line(error.reason)
        return None


def entries(body):
    """Return how many entries feedparser finds."""
    try:
        return len(feedparser.parse(io.BytesIO(body)).entries)
    except (ValueError, UnicodeError):  # it dies of some; we do not
        return 0


@pytest.mark.parametrize("group", GROUPS)
def test_every_entry_that_feedparser_finds_is_read(group):
    for name, body in files(group):
        wanted, begun = entries(body), time.thread_time()
        reading = read(f"{name}.xml", body)
        assert time.thread_time() - begun < LONGEST, name
        found = len(reading.papers) + len(reading.skipped) if reading else 0
        # Where the end is missing, a note on it counts as well.
        assert found >= wanted, name
        for paper in reading.papers if reading else ():
            check(paper)
            # XHTML says what it means: `&amp;amp;` in it is an ampersand and four letters.
            assert "xhtml" in name or not ESCAPED.search(paper.title), name
        for one in reading.skipped if reading else ():
            check_line(one.entry)
            check_line(one.why)


def test_files_are_told_in_order_and_bring_nothing_the_second_time(letter, tmp_path):
    made = itertools.chain.from_iterable(map(files, GROUPS))
    paths = []
    for number, (_, body) in enumerate(itertools.islice(made, 0, None, 5)):
        paths.append(tmp_path / f"{number:04}.xml")
        paths[-1].write_bytes(body)
    told = []
    for _ in range(2):
        told.append(letter.json("ingest", *paths, code=3)["sources"])
    first, second = told
    assert [one["source"] for one in first] == [str(path) for path in paths]
    assert sum(one["new"] for one in first) > 10
    assert all(one["new"] == one["updated"] == 0 for one in second)
    assert [one["read"] for one in first] == [one["read"] for one in second]
    for one in first:
        counted = one["new"] + one["updated"] + one["duplicate"] + len(one["skipped"])
        assert one["read"] == counted
