"""What is made of a server's answer, and how much of it is taken."""

import gzip
import itertools
import threading
import time
import tracemalloc
import zlib
from contextlib import contextmanager
from datetime import timedelta

import pytest

from newsletter.errors import FeedError
from newsletter.feeds.fetch import Fetched, Limits, Validators
from tests.feeds.servers import FEED, asking, redirect, reply, running


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def get(server):
    return asking(server)


def test_a_feed_comes_with_its_validators(server, get):
    server.answers["/feed"] = reply(FEED, ETag='W/"a1"', Last_Modified="Mon, 02 Mar 2026 00:00 GMT")
    fetched = get(server.url())
    validators = Validators('W/"a1"', "Mon, 02 Mar 2026 00:00 GMT")
    assert fetched == Fetched(server.url(), FEED, validators)


def test_the_request_says_who_asks_and_what_it_takes(server, get):
    server.answers["/feed?a=b%20c"] = reply(FEED)
    get(server.url("/feed?a=b c#top"))
    head = server.heads[0].lower()
    assert head.startswith("get /feed?a=b%20c http/1.1\r\n")
    assert f"\r\nhost: {server.place}\r\n" in head
    assert "\r\nuser-agent: newsletter/1 (mailto:ops@example.org)\r\n" in head
    assert "\r\naccept-encoding: gzip, deflate\r\n" in head
    assert "if-none-match" not in head
    assert "if-modified-since" not in head


def test_an_unchanged_feed_has_no_body_and_keeps_its_validators(server, get):
    server.answers["/feed"] = b'HTTP/1.1 304 Not Modified\r\nETag: "a2"\r\n\r\n'
    known = Validators('"a1"', "Mon, 02 Mar 2026 00:00:00 GMT")
    fetched = get(server.url(), known)
    assert fetched == Fetched(server.url(), None, Validators('"a2"', known.last_modified))
    assert '\r\nif-none-match: "a1"\r\n' in server.heads[0].lower()
    assert "\r\nif-modified-since: mon, 02 mar 2026 00:00:00 gmt\r\n" in server.heads[0].lower()


def test_validators_return_octet_for_octet(server, get):
    server.answers["/feed"] = reply(FEED, ETag='"é\xff"')
    known = get(server.url()).validators
    get(server.url(), known)
    assert '"é\xff"' in server.heads[1]


def test_an_endless_validator_is_not_kept(server, get):
    server.answers["/feed"] = reply(FEED, ETag='"' + "a" * 5000 + '"')
    assert get(server.url()).validators == Validators()


def test_not_modified_without_our_asking_is_a_failure(server, get):
    server.answers["/feed"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    with pytest.raises(FeedError, match="HTTP 304"):
        get(server.url())


@pytest.mark.parametrize(
    ("status", "fields", "reason"),
    [
        ("404 Not Found", {}, "there is nothing at this address (HTTP 404)"),
        ("410 Gone", {}, "the feed is gone for good and can be removed (HTTP 410)"),
        ("403 Forbidden", {}, "the server does not let us in (HTTP 403)"),
        (
            "429 Too Many Requests",
            {"Retry_After": "120"},
            "the server asks us to come less often (HTTP 429, Retry-After: 120)",
        ),
        (
            "503 Service Unavailable",
            {"Retry_After": "Tue, 03 Mar 2026 08:00:00 GMT"},
            "the server cannot answer now (HTTP 503, Retry-After: Tue, 03 Mar 2026 08:00:00 GMT)",
        ),
        ("500 Oops", {}, "the server failed (HTTP 500)"),
        ("418 Teapot", {}, "the server gave no feed (HTTP 418)"),
        ("204 No Content", {}, "the server gave no feed (HTTP 204)"),
        ("302 Found", {}, "the server gave no feed (HTTP 302)"),
    ],
)
def test_a_status_is_told_in_a_sentence(server, get, status, fields, reason):
    server.answers["/feed"] = reply(status=status, **fields)
    with pytest.raises(FeedError) as caught:
        get(server.url())
    assert caught.value.reason == reason
    assert caught.value.url == server.url()


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "deflate", "bare deflate", "members"])
@pytest.mark.parametrize("pieces", ["whole", "octets"])
def test_a_packed_body_is_unpacked(server, get, coding, pieces):
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "deflate": zlib.compress(FEED),
        "bare deflate": bare.compress(FEED) + bare.flush(),
        "members": gzip.compress(FEED[:9]) + gzip.compress(FEED[9:]) + b"\0" * 8,
    }.get(coding, gzip.compress(FEED))
    named = {"bare deflate": "deflate", "members": "gzip"}.get(coding, coding)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {named}\r\nTransfer-Encoding: chunked\r\n\r\n"
    cuts = [packed] if pieces == "whole" else [bytes([octet]) for octet in packed]
    chunks = [b"%x\r\n%b\r\n" % (len(cut), cut) for cut in cuts]
    server.answers["/feed"] = head.encode() + b"".join(chunks) + b"0\r\n\r\n"
    assert get(server.url()).body == FEED


@pytest.mark.parametrize(
    ("body", "fields", "reason"),
    [
        (gzip.compress(FEED)[:-12], {"Content_Encoding": "gzip"}, "breaks off"),
        (gzip.compress(FEED)[:1], {"Content_Encoding": "gzip"}, "breaks off"),
        (b"plain, and said to be packed", {"Content_Encoding": "gzip"}, "packed wrongly"),
        (b"\xff\xff\xff not packed", {"Content_Encoding": "deflate"}, "packed wrongly"),
        (gzip.compress(FEED)[:-8] + b"12345678", {"Content_Encoding": "gzip"}, "packed wrongly"),
        (FEED, {"Content_Encoding": "br"}, "not asked for"),
        (gzip.compress(FEED), {"Content_Encoding": "gzip, gzip"}, "not asked for"),
        (FEED, {"length": 1000}, "breaks off"),
        (FEED, {"length": "many"}, "not proper HTTP"),
        (b"zz\r\n", {"length": 4, "Transfer_Encoding": "chunked"}, "not proper HTTP|breaks off"),
    ],
)
def test_a_damaged_body_is_a_failure(server, get, body, fields, reason):
    server.answers["/feed"] = reply(body, **fields)
    with pytest.raises(FeedError, match=reason):
        get(server.url())


def test_an_empty_body_is_a_body(server, get):
    server.answers["/feed"] = reply(b"", Content_Encoding="gzip")
    assert get(server.url()).body == b""


@pytest.mark.parametrize(
    "raw",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"HTTP/1.1 200 OK\r\nBad Field\r\n\r\n", b"\0" * 99],
)
def test_a_server_that_speaks_no_http_is_a_failure(server, get, raw):
    server.answers["/feed"] = raw
    with pytest.raises(FeedError, match="not proper HTTP") as caught:
        get(server.url())
    assert str(caught.value).isprintable()


def test_a_body_as_large_as_the_limit_is_taken_and_one_octet_more_is_not(server, get):
    server.answers["/feed"] = reply(b"x" * 1000)
    assert len(get(server.url(), limits=Limits(max_octets=1000)).body) == 1000
    with pytest.raises(FeedError, match=r"larger than .* MB; ingest\.max_megabytes"):
        get(server.url(), limits=Limits(max_octets=999))


def test_an_endless_body_is_cut_at_the_limit(server, get):
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    server.answers["/feed"] = itertools.chain([head], itertools.repeat(b"x" * 65536))
    with pytest.raises(FeedError, match="larger than 1 MB"):
        get(server.url(), limits=Limits(max_octets=2**20))


@pytest.mark.parametrize("wbits", [31, 15, -15])
def test_a_packed_bomb_is_stopped_before_it_fills_memory(server, get, wbits):
    packer = zlib.compressobj(wbits=wbits)
    zeros = bytes(2**20)
    bomb = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
    server.answers["/feed"] = reply(bomb, Content_Encoding="gzip" if wbits == 31 else "deflate")
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(FeedError, match="larger than 2 MB"):
        get(server.url(), limits=Limits(max_octets=2**21))
    seconds, (_, peak) = time.monotonic() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 2**20
    assert seconds < 2


def test_ten_gigabytes_in_ten_megabytes_are_stopped_at_the_limit(server, get):
    packed = zlib.compress(bytes(100 * 2**20), wbits=31)  # 100 kB, sent a hundred times
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    server.answers["/feed"] = itertools.chain([head], itertools.repeat(packed, 100))
    begun = time.thread_time()
    with pytest.raises(FeedError, match="larger than 20 MB"):
        get(server.url())
    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"",
    ],
)
def test_a_server_that_drips_is_left_at_the_deadline(server, get, start):
    server.answers["/feed"] = server.drip(start)
    begun = time.monotonic()
    with pytest.raises(FeedError, match=r"0\.3 seconds; ingest\.timeout_seconds"):
        get(server.url(), limits=Limits(total_seconds=0.3))
    assert 0.25 < time.monotonic() - begun < 1.5


def test_a_deadline_covers_all_redirects_together(server, get):
    def late(answer):
        server.ended.wait(0.15)
        yield answer

    for number in range(5):
        server.answers[f"/{number}"] = late(redirect(f"/{number + 1}"))
    begun = time.monotonic()
    with pytest.raises(FeedError, match="after a redirect, no whole answer"):
        get(server.url("/0"), limits=Limits(total_seconds=0.4))
    assert time.monotonic() - begun < 1.5


def test_waiting_for_our_turn_does_not_count(server, get):
    server.answers["/feed"] = reply(FEED)
    turn_comes = threading.Event()

    @contextmanager
    def slow(_host):
        turn_comes.wait(0.3)
        yield

    assert get(server.url(), limits=Limits(total_seconds=0.2), turn=slow).body == FEED


def test_a_turn_is_held_until_the_answer_is_read_and_given_back_after_a_failure(server, get):
    held, seen = [], []

    @contextmanager
    def turn(host):
        held.append(host)
        yield
        seen.append(len(server.heads))
        held.remove(host)

    server.answers["/feed"] = reply(FEED)
    get(server.url(), turn=turn)
    assert (held, seen) == ([], [1])

    @contextmanager
    def given_back(_host):
        try:
            yield
        finally:
            seen.append("given back")

    with pytest.raises(FeedError):
        get(server.url("/nothing"), turn=given_back)
    assert seen == [1, "given back"]


def test_how_long_to_stay_away_is_carried_by_the_error_even_after_a_redirect(server, get):
    server.answers["/feed"] = redirect("/busy")
    server.answers["/busy"] = reply(status="429 Too Many Requests", Retry_After="120")
    with pytest.raises(FeedError) as caught:
        get(server.url())
    assert caught.value.retry_after == timedelta(minutes=2)
    with pytest.raises(FeedError) as caught:
        get(server.url("/nothing"))
    assert caught.value.retry_after is None
