"""Payloads of every reader, changed at random for minutes: papers or one reason, and quickly."""

import os
import random
import resource
import subprocess
import sys
import time

import pytest

from newsletter.errors import FeedError
from newsletter.feeds.readers import READERS, guess
from newsletter.summary.tldr import tldr
from tests.feeds.attacks import HOSTILE, LONGEST, PAYLOADS, REPEATED, body_of, read_with

SECONDS = float(os.environ.get("NEWSLETTER_SOAK_SECONDS", "600"))  # for each reader
LARGEST = 1_000_000  # bytes
MOST_GROWTH = 256 * 1024  # kilobytes
MOST_MEGABYTES = 512  # with the program and its instruments, which take half of it
SIGNS = rb"""
< > & &amp; $ $$ \( { } \frac{ \sqrt[ \ " ' <![CDATA[ ]]> <!-- --> &#x0; &#xD800; &#99999999; @a{
<entry> </entry> <item> </item> </title> 1e999 NaN -Infinity null [] {} \u0000 \ud800 "title": ER
0000-00-00T00:00:00Z 9999-12-31T23:59:59-23:59 0001-01-01T00:00:00+14:00 http://[::1 10.1234/ and
javascript:alert(1) ^ _ ` ~ -- \begin{ \item[ \unicode{x110000} \unicode{D800} \verb % <math> <sup>
</p> <p arXiv:2401.00001v99999999999999999999
"""
BYTES = (b"\0", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\n", b"\nTY  - X\n", b" " * 50)
FRAGMENTS = (*SIGNS.split(), *BYTES, b"9" * 400, *(one.encode() for one in REPEATED))


def growth(before: int) -> int:
    """Return by how many kilobytes the most memory that was ever held has grown."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def changed(body: bytes, chance: random.Random) -> bytes:
    """Return the body with something put in, taken out, repeated, or put elsewhere."""
    here = chance.randrange(len(body) + 1)
    end = here + chance.choice([1, 3, 10, 100, 2000])
    match chance.randrange(6):
        case 0:
            return body[:here] + chance.choice(FRAGMENTS) + body[here:]
        case 1:
            many = chance.choice([2, 10, 200, 5000])
            return body[:here] + chance.choice(FRAGMENTS) * many + body[here:]
        case 2:
            return body[:here] + body[end:]
        case 3:
            return body[:here] + body[here:end] * chance.choice([2, 5, 50, 500]) + body[end:]
        case 4:
            return body[:here] + chance.randbytes(1) + body[here + 1 :]
    other = chance.choice([*PAYLOADS.values(), *HOSTILE.values()]).encode()
    return body[:here] + other[: chance.choice([10, 300, 3000, 100_000])] + body[end:]


def begun(reader: str, chance: random.Random) -> bytes:
    """Return a body that the reader can read."""
    if chance.random() < 0.5:
        return PAYLOADS[reader].encode()
    texts = [chance.choice(REPEATED) * chance.choice([1, 20, 400]) for _ in range(5)]
    return body_of(reader, texts)


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("reader", READERS)
def test_a_body_changed_at_random_is_read_or_refused(reader):
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    read_with(reader, PAYLOADS[reader].encode())  # what is loaded once counts not
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    end, rounds = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        rounds += 1
        body = begun(reader, chance)
        for _ in range(chance.choice([1, 2, 5, 20, 60])):
            body = changed(body, chance)[:LARGEST]
        try:
            reading = read_with(reader, body)
            for paper in reading.papers if reading else ():
                tldr(paper.abstract)
        except Exception as error:
            raise AssertionError(f"seed={seed} round={rounds} begins={body[:200]!r}") from error
        assert growth(held) < MOST_GROWTH, f"seed={seed} round={rounds}"


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 300)
def test_a_body_changed_at_random_is_recognized_or_refused():
    chance = random.Random(1)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        body = changed(begun(chance.choice([*READERS]), chance), chance)[:LARGEST]
        start = time.thread_time()
        try:
            assert guess("https://e.example/x", body) in READERS
        except FeedError as error:
            told = error.reason
            assert told.isprintable(), told
        assert time.thread_time() - start < LONGEST


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("size", [1_000_000, 20_000_000])
@pytest.mark.parametrize("reader", READERS)
def test_a_large_body_of_one_fragment_is_read_in_time(reader, size):
    for fragment in REPEATED if size < 20_000_000 else REPEATED[::8]:
        for length in (100, 20_000):
            text = (fragment * (length // len(fragment) + 1))[:length]
            body = body_of(reader, [text] * (size // (length + 150)))[:size]
            read_with(reader, body)


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("reader", READERS)
def test_bodies_that_reach_ever_more_of_the_reader_are_read_or_refused(reader, tmp_path):
    pytest.importorskip("atheris", reason="atheris is not installed: pip install newsletter[soak]")
    bodies, words = tmp_path / "bodies", tmp_path / "words"
    bodies.mkdir()
    for name, payload in PAYLOADS.items():
        (bodies / name).write_text(payload, "utf-8")
    quoted = ("".join(f"\\x{byte:02x}" for byte in one) for one in FRAGMENTS if len(one) < 60)
    words.write_text("".join(f'"{one}"\n' for one in quoted), "ascii")
    limits = [f"-max_total_time={SECONDS:.0f}", "-max_len=20000", "-timeout=20", f"-dict={words}"]
    limits += [f"-rss_limit_mb={MOST_MEGABYTES}", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, "-m", "tests.feeds.fuzz", reader, *limits, str(bodies)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
