"""Connections that say nothing, or half a request: they stop neither the pages nor the database."""

import logging
import signal
import socket
import sys
import urllib.request
from contextlib import ExitStack

import pytest

from newsletter.cli.connections import AT_ONCE, MOST, SELDOM_SECONDS, Seldom, room
from tests.cli.test_stopping import PATIENCE, served

FILES = 96  # file descriptors
SECONDS = 2  # for the head of a request, and for its answer
PROGRAM = f"""
import resource, sys
from newsletter.cli import connections
from newsletter.cli.program import run
resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}))
connections.HEAD_SECONDS = connections.ANSWER_SECONDS = {SECONDS}
sys.exit(run(sys.argv[1:]))
"""
HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: "
WHOLE = b"GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n"
UNENDED = b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\naddr"


@pytest.fixture
def serving(letter):
    """The program with few file descriptors and little patience; nothing goes wrong in it."""
    with served(letter.folder, ("-c", PROGRAM)) as (process, port):
        yield port
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE)
        *lines, last = said.splitlines()
        assert (process.returncode, last) == (0, "stopped"), said[:2000]
        assert all('"level": "info"' in line for line in lines), said[:2000]


def connected(port):
    """Return a connection on which nothing takes long."""
    return socket.create_connection(("127.0.0.1", port), timeout=5 * SECONDS)


def is_cut_off(client):
    """Wait until the other side ends the connection; raises TimeoutError if it does not."""
    try:
        while client.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def subscribe(port):
    """Return how the form is answered, for which the database is written."""
    address = f"http://127.0.0.1:{port}/subscribe"
    with urllib.request.urlopen(address, b"address=a@example.org", 5 * SECONDS) as answer:
        return answer.status


@pytest.mark.slow
def test_hundreds_that_say_nothing_keep_nobody_out_and_are_cut_off(serving):
    with ExitStack() as opened:
        clients = [opened.enter_context(connected(serving)) for _ in range(300)]
        for client in clients[::2]:
            try:
                client.sendall(HALF)
            except ConnectionError:
                continue  # there was no room for it any more
        assert subscribe(serving) == 200
        assert all(map(is_cut_off, clients))
    assert subscribe(serving) == 200


@pytest.mark.slow
@pytest.mark.parametrize("parts", [[], [HALF], [WHOLE, HALF], [WHOLE + WHOLE + HALF], [UNENDED]])
def test_a_request_that_is_not_whole_in_time_is_cut_off(serving, parts):
    with connected(serving) as client:
        for part in parts:
            client.sendall(part)
            if part == WHOLE:
                assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
        assert is_cut_off(client)


def test_half_of_the_file_descriptors_are_left_to_the_rest_of_the_program(monkeypatch):
    import resource

    for files, found in ((256, (128, 8)), (1024, (512, 32)), (10**6, (MOST, AT_ONCE)), (2, (1, 1))):
        monkeypatch.setattr(resource, "getrlimit", lambda _, files=files: (files, files))
        assert room() == found


def test_a_line_comes_once_a_minute_and_others_beside_it(monkeypatch):
    seldom, now = Seldom(), 0.0
    monkeypatch.setattr("newsletter.cli.connections.monotonic", lambda: now)

    def is_told(line, error=None):
        trouble = (type(error), error, None) if error else None
        return seldom.filter(logging.makeLogRecord({"msg": line, "exc_info": trouble}))

    full = OSError(24, "Too many open files")
    assert [is_told("accept", full), is_told("accept", full)] == [True, False]
    assert [is_told("accept", KeyError(1)), is_told("a page")] == [True, True]
    now += SELDOM_SECONDS
    assert is_told("accept", full)


def test_however_many_lines_differ_few_are_remembered():
    seldom = Seldom()
    for number in range(1000):
        assert seldom.filter(logging.makeLogRecord({"msg": f"line {number}"}))
    assert sys.getsizeof(seldom.told) < 20_000
