"""`newsletter check` over files that are odd, torn or no mail: told in words, never a traceback."""

import json
import re

import pytest

from newsletter.cli.program import run

HEAD = (
    b"From: a@e.org\r\nTo: b@e.org\r\nSubject: x\r\nDate: Sat, 14 Mar 2026 06:00:00 +0000\r\n"
    b"Message-ID: <1@e.org>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
)
BOTH = HEAD + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n%s--b\r\n%s--b--\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>x</p>\r\n"


def nested(depth):
    kind = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    return HEAD + b"".join(kind % (n, n) for n in range(depth)) + HTML


def part(kind, body=b"x\r\n", coding=b"8bit"):
    return b"Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (kind, coding, body)


ODD = {
    "empty": (b"", "this is empty, so it is no mail"),
    "line ends": (b"\r\n\r\n\r\n", "this is empty"),
    "every octet": (bytes(range(256)) * 50, "no mail"),
    "zeros": (b"\0" * 5000, "no mail"),
    "utf-16": ("From: a@e.org\r\n\r\nx".encode("utf-16"), "no mail"),
    "a mailbox": (b"From x Sat Mar 14 06:00:00 2026\n" + HEAD + b"\nx\n", "no header field"),
    "text only": (HEAD + b"Content-Type: text/plain\r\n\r\nx\r\n", "there is no HTML part"),
    "html only": (HEAD + HTML, "there is no text part"),
    "sixty parts inside each other": (nested(60), "there is no text part"),
    "thousands of parts inside each other": (nested(3000), "damaged"),
    "no boundary": (HEAD + b"Content-Type: multipart/alternative\r\n\r\nx", "no text part"),
    "an unknown charset": (BOTH % (part(b"text/plain; charset=klingon"), HTML), "klingon"),
    "a codec that is no charset": (BOTH % (part(b"text/plain; charset=hex"), HTML), "'hex'"),
    "a charset that cannot fit": (
        BOTH % (part(b"text/plain; charset=idna", b"\xff" * 99 + b"\r\n"), HTML),
        "cannot be read",
    ),
    "no base64": (BOTH % (part(b"text/plain", b"!!!\r\n", b"base64"), HTML), "text part is empty"),
    "an unknown encoding": (BOTH % (part(b"text/plain", b"x\r\n", b"x-uue"), HTML), "'x-uue'"),
    "a mail in a mail": (HEAD + b"Content-Type: message/rfc822\r\n\r\n" + HEAD + HTML, "no text"),
    "a hundred thousand tags": (BOTH % (part(b"text/plain"), HTML + b"<div>" * 100_000), "octets"),
    "a hundred thousand fields": (HEAD * 15_000 + b"\r\nx", "stands 1308 times"),
    "a date of no calendar": (re.sub(rb"Sat[^\r]*", b"9" * 99, HEAD) + b"\r\nx", "Date is"),
}


@pytest.mark.parametrize(("raw", "told"), ODD.values(), ids=ODD)
def test_an_odd_file_is_told_in_one_line_with_what_to_do(tmp_path, capsys, raw, told):
    file = tmp_path / "odd.eml"
    file.write_bytes(raw)
    assert run(["check", str(file), "--json"]) == 1
    out, err = capsys.readouterr()
    assert (out.count("\n"), err) == (1, "")
    findings = json.loads(out)["findings"]
    assert told in " ".join(one["text"] for one in findings)
    assert any(one["level"] == "error" for one in findings)
    for one in findings:  # what and where, and behind a colon or semicolon how to mend it
        assert re.search(r"[;:,] \w|^and \d+ more", one["text"]), one["text"]


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path, capsys):
    assert run(["check", str(tmp_path / "none.eml"), str(tmp_path), "--json"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ["cannot be read" in one["findings"][0]["text"] for one in told] == [True, True]


@pytest.mark.parametrize("number", ["0", "99", "9" * 30])
def test_an_issue_that_is_not_there_is_told(letter, number):
    told = letter.run("check", number)
    assert told.code == 1
    assert told.err.startswith("error: there is no issue")
