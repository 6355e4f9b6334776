"""An IMAP server that is broken or hostile: one line, soon, and in little memory."""

import re
import socketserver
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from newsletter.errors import SenderError
from newsletter.mail import imap, imap_session
from newsletter.mail.imap import Mailbox, opened, settle, unseen
from newsletter.mail.imap_session import MOST_ANSWER, MOST_OCTETS

MAIL = b"Subject: hello\r\n\r\nhello\r\n"
GOOD = {
    "CAPABILITY": "* CAPABILITY IMAP4REV1 UIDPLUS\r\nTAG OK done\r\n",
    "LOGIN": "TAG OK done\r\n",
    "SELECT": "* 1 EXISTS\r\nTAG OK done\r\n",
    "UID SEARCH": "* SEARCH 7 9\r\nTAG OK done\r\n",
    "UID FETCH": f"* 1 FETCH (BODY[]<0> {{{len(MAIL)}}}\r\n{MAIL.decode()})\r\nTAG OK done\r\n",
    "UID STORE": "TAG OK done\r\n",
    "UID EXPUNGE": "TAG OK done\r\n",
    "LOGOUT": "* BYE\r\nTAG OK done\r\n",
}


def endless(piece, pause=0.0):
    """Return an answer of that piece again and again."""

    def go(say):
        while True:
            say(piece)
            time.sleep(pause)

    return go


@contextmanager
def serving(greeting="* OK\r\n", **answers):
    """Give a box whose server answers so to commands, by their names with _ for a space."""
    script = GOOD | {name.replace("_", " "): answer for name, answer in answers.items()}

    class Talk(socketserver.StreamRequestHandler):
        def handle(self):
            with suppress(OSError):
                self.say(greeting, "")
                for line in self.rfile:
                    tag, _, command = line.decode().strip().partition(" ")
                    name = next(one for one in script if command.startswith(one))
                    self.say(script[name], tag)

        def say(self, answer, tag):
            answer = next(answer) if isinstance(answer, Iterator) else answer
            if callable(answer):
                answer(lambda piece: self.request.sendall(piece))
            else:
                self.request.sendall(answer.replace("TAG", tag).encode("latin-1"))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Talk) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Mailbox("127.0.0.1", server.server_address[1], "none", "ada", "secret")
        finally:
            server.shutdown()


def emptied(box):
    """Read all mails of a box and mark them as seen; return them."""
    found = []
    with opened(box) as session:
        for number, raw in unseen(session):
            found.append((number, raw))
            settle(session, number, remove=number == "7")
    return found


def failing(box):
    """Return the one line by which reading the box fails."""
    with pytest.raises(SenderError) as caught:
        emptied(box)
    told = str(caught.value)
    assert told.startswith(f"127.0.0.1:{box.port}: ")
    assert told.isprintable()
    return told


def test_a_box_of_a_good_server_is_read():
    with serving() as box:
        assert emptied(box) == [("7", MAIL), ("9", MAIL)]


@pytest.mark.parametrize(
    "command", ["CAPABILITY", "SELECT", "UID_SEARCH", "UID_FETCH", "UID_STORE"]
)
def test_a_literal_of_gigabytes_is_not_taken(command):
    tracemalloc.start()
    try:
        literal = "* 1 FETCH (BODY[] {6000000000}\r\n"

        def go(say):
            say(literal.encode())
            endless(b"x" * 65536)(say)

        with serving(**{command: go}) as box:
            assert f"more than {MOST_ANSWER} octets" in failing(box)
        assert tracemalloc.get_traced_memory()[1] < 20 * MOST_OCTETS
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("piece", [b"* 1 EXISTS\r\n" * 100, b"x" * 1000], ids=["lines", "a line"])
def test_an_answer_without_end_is_given_up(piece):
    with serving(UID_SEARCH=endless(piece)) as box:
        assert f"more than {MOST_ANSWER} octets" in failing(box)


@pytest.mark.parametrize("where", ["greeting", "SELECT", "UID_FETCH"])
def test_an_octet_now_and_then_is_not_waited_for_without_end(monkeypatch, where):
    monkeypatch.setattr(imap_session, "LONGEST", 0.5)
    with serving(**{where: endless(b"*", 0.05)}) as box:
        begun = time.monotonic()
        assert re.search("did not end in time|timed out", failing(box))
        assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("command", "answer", "told"),
    [
        ("LOGIN", "TAG NO \x1b]0;pwned\x07 no\r\n", "check bounces.imap_user"),
        ("SELECT", "TAG NO \x1b]0;pwned\x07 no\r\n", "no folder INBOX: ]0;pwned  no"),
        ("CAPABILITY", "TAG BAD \x1b[2J\r\n", "CAPABILITY"),
        ("UID_SEARCH", "* SEARCH 7\r\nTAG NO not now\r\n", "SEARCH: not now"),
        ("UID_SEARCH", "* SEARCH 7 \xe4\r\nTAG OK done\r\n", "no list of mails"),
        ("UID_SEARCH", "* SEARCH 7 1:*\r\nTAG OK done\r\n", "no list of mails"),
        ("UID_SEARCH", "* SEARCH {3}\r\n7 9\r\nTAG OK done\r\n", "no list of mails"),
        ("UID_SEARCH", f"* SEARCH {{{'9' * 5000}}}\r\n", "as no IMAP server does"),
        ("UID_STORE", "TAG NO it is read-only\r\n", "STORE: it is read-only"),
        ("UID_EXPUNGE", "TAG NO no\r\n", "EXPUNGE: no"),
        ("UID_FETCH", "* BYE \x1b[2J\r\n", "what is left is for the next run"),
        ("UID_FETCH", "\x1b[2J\r\n", "unexpected response"),
    ],
)
def test_an_odd_answer_is_told_in_one_line(command, answer, told):
    with serving(**{command: answer}) as box:
        assert told in failing(box)


def test_mails_that_the_server_does_not_give_are_told_after_the_others():
    answers = iter(["TAG NO it is damaged\r\n", GOOD["UID FETCH"]])
    found = []

    def read(box):
        with opened(box) as session:
            for number, _ in unseen(session):
                found.append(number)

    with serving(UID_FETCH=answers) as box, pytest.raises(SenderError, match="it is damaged"):
        read(box)
    assert found == ["9"]


@pytest.mark.parametrize(
    ("change", "name"), [({"password": "geheim\xfc"}, "password"), ({"user": "a\r\nb"}, "user")]
)
def test_a_login_that_cannot_be_sent_is_told_without_it(change, name):
    with serving() as box:
        told = failing(replace(box, **change))
    assert f"bounces.imap_{name} has" in told
    assert "geheim" not in told


def test_a_server_that_talks_tls_from_the_start_is_told_by_the_setting_for_it(monkeypatch):
    monkeypatch.setattr(imap_session, "TIMEOUT", 0.3)
    with serving(greeting=endless(b"", 0.05)) as box:  # it waits for the client's first word
        assert "imap_security" in failing(box)
    with serving(greeting="\x15\x03\x01") as box:
        assert "imap_security" in failing(box)
    with serving() as box:
        secure = Mailbox(box.host, box.port, "tls", box.user, box.password)
        assert "imap_security" in failing(secure)


def test_what_a_server_says_between_its_answers_is_not_kept():
    many = "* 1 EXISTS\r\n" * 1000
    with serving(UID_STORE=f"{many}TAG OK done\r\n") as box, opened(box) as session:
        for _ in range(5):
            settle(session, "7", remove=False)
        assert sum(map(len, session.untagged_responses.values())) <= 1001
    assert imap.is_loopback(box.host)
