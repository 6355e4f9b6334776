"""A mail in RFC 5322 form: headers that stand once, parts that arrive, the same bytes each time."""

import email
import email.header
import email.policy
import email.utils
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery import Kind
from newsletter.domain.message import Rendered
from newsletter.rendering.digest import digest
from newsletter.rendering.octets import closed, segment
from tests.rendering.written import NOTE, content, header_lines, make, parse

from .conftest import GATES, LAB, LAB_LINKS, PUBLIC, PUBLIC_LINKS, SPINDLES, to_issue


def test_all_headers_of_a_digest_with_a_public_address():
    assert header_lines(make(site=replace(PUBLIC, reply_to="desk@example.org"))) == [
        b"From: Morning Papers <papers@example.org>",
        b"To: ada@example.org",
        b"Reply-To: desk@example.org",
        b"Subject: Subject",
        b"Date: Sat, 14 Mar 2026 06:00:00 +0000",
        b"Message-ID: <1082567e703c844493cb509d6158135d@example.org>",
        b"MIME-Version: 1.0",
        b"List-Id: Morning Papers <papers.example.org>",
        b"List-Unsubscribe: <https://papers.example.org/one-click/t1>, "
        b"<mailto:papers@example.org?subject=unsubscribe%20t1>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"Precedence: bulk",
        b"Auto-Submitted: auto-generated",
        b'Content-Type: multipart/alternative;\r\n boundary="=_1082567e703c844493cb509d6158135d"',
    ]


def test_without_a_public_address_unsubscribing_is_by_mail_alone():
    parsed = parse(make(site=LAB, links=LAB_LINKS))
    assert parsed["List-Unsubscribe"] == "<mailto:papers@example.org?subject=unsubscribe%20t1>"
    assert parsed["List-Unsubscribe-Post"] is None


def test_one_click_is_not_promised_where_there_is_none():
    parsed = parse(make(links=PUBLIC_LINKS._replace(one_click="")))
    assert parsed["List-Unsubscribe"] == (
        "<https://papers.example.org/unsubscribe/t1>, "
        "<mailto:papers@example.org?subject=unsubscribe%20t1>"
    )
    assert parsed["List-Unsubscribe-Post"] is None


def test_list_unsubscribe_stays_on_one_line_however_long():
    links = PUBLIC_LINKS._replace(one_click="https://papers.example.org/" + "t" * 200)
    raw = make(links=links).raw
    line = next(line for line in raw.split(b"\r\n") if line.startswith(b"List-Unsubscribe: "))
    assert line.endswith(b"<mailto:papers@example.org?subject=unsubscribe%20t1>")


def test_a_confirmation_is_no_list_mail():
    parsed = parse(make(kind=Kind.CONFIRMATION))
    for name in ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence"):
        assert parsed[name] is None
    assert parsed["Auto-Submitted"] == "auto-generated"


def test_each_header_stands_once_and_has_no_defects():
    parsed = parse(make(replace(NOTE, subject="Größe")))
    assert len(parsed.keys()) == len({name.lower() for name in parsed})
    assert not parsed.defects
    assert not any(parsed[name].defects for name in parsed)


def test_text_comes_first_and_both_parts_arrive_as_they_were(templates):
    rendered = digest(templates, to_issue(GATES, SPINDLES), LAB, LAB_LINKS)
    message = make(rendered, site=LAB, links=LAB_LINKS)
    parsed = parse(message)
    assert parsed.get_content_type() == "multipart/alternative"
    kinds = [(part.get_content_type(), part.get_content_charset()) for part in parsed.iter_parts()]
    assert kinds == [("text/plain", "utf-8"), ("text/html", "utf-8")]
    text, html = map(content, parsed.iter_parts())
    assert text == rendered.text
    assert html.rstrip("\n") == rendered.html.rstrip("\n")
    assert "localhost" not in html + text
    assert max(map(len, message.raw.split(b"\r\n"))) <= 78
    assert message.raw.endswith(b"--\r\n")


BODIES = [
    "short",
    "",
    "trailing space \nand tab\t\n",
    "=" * 300,
    "é" * 300,
    ".\n..\n.x\n",
    "a" * 75 + "\n" + "b" * 76 + "\n" + "c" * 77,
    "no end of line " * 30,
    "mixed\r\nline\rends\n",
    "\n\n\nfirst lines empty",
    "From here\n",
]


@pytest.mark.parametrize("text", BODIES)
def test_a_body_is_encoded_in_short_lines(text):
    check_body(text)


@given(st.text())
def test_any_body_is_encoded_in_short_lines(text):
    check_body(text)


def check_body(text):
    encoded = b"".join(closed([segment(text)]))
    assert encoded.isascii()
    assert encoded.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", encoded)
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert not re.search(rb"[ \t]\r\n", encoded)
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    parsed = email.message_from_bytes(
        head + b"quoted-printable\r\n\r\n" + encoded, policy=email.policy.default
    )
    unix = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    assert content(parsed) == unix.encode(errors="replace").decode()


def test_the_boundary_cannot_stand_in_a_body():
    boundary = parse(make()).get_boundary()
    attack = f"--{boundary}\n--{boundary}--\n"
    parsed = parse(make(Rendered("s", "p", attack, attack)))
    assert list(map(content, parsed.iter_parts())) == [attack, attack]


def test_the_same_input_gives_the_same_bytes_and_another_key_another_id():
    assert make() == make()
    other = make(message_key="daily-2026-03-14:2")
    assert other.message_id != make().message_id
    assert parse(other).get_boundary() != parse(make()).get_boundary()
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", other.message_id)
    assert parse(other)["Message-ID"] == other.message_id


def test_the_date_is_told_in_utc():
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert parse(make(date=summer))["Date"] == "Tue, 30 Jun 2026 22:30:00 +0000"


def test_the_envelope_is_kept_beside_the_bytes():
    message = make()
    assert (message.name, message.envelope_sender, message.recipient) == (
        "daily-2026-03-14-1",
        "bounces@example.org",
        "ada@example.org",
    )
    assert message.rendered == NOTE


def test_an_address_in_another_script_stays_readable():
    raw = make(recipient="用户@xn--fsq.example").raw
    assert "To: 用户@xn--fsq.example\r\n".encode() in raw
