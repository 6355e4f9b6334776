import email
import email.header
import email.policy
import email.utils
import re
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery import Kind
from newsletter.domain.message import Rendered
from newsletter.errors import AddressError
from newsletter.rendering.digest import digest
from newsletter.rendering.headers import one_line, text_header
from newsletter.rendering.message import build
from newsletter.rendering.octets import closed, segment

from .conftest import DUE, GATES, LAB, LAB_LINKS, PUBLIC, PUBLIC_LINKS, SPINDLES, to_issue

NOTE = Rendered("Subject", "preheader", "<p>Grüße</p>\n", "Grüße\n")

SUBJECTS = [
    "Plain words",
    "Long plain words " * 12,
    "x" * 300,
    "Größe und Übermaß",
    "Где живёт внимание",
    "Που βρίσκεται η προσοχή",
    "注意力机制在哪里" * 12,
    "注意機構はどこにあるか、そしてなぜか",
    "주의는 어디에 있는가",
    "أين يقع الانتباه في النماذج اللغوية",
    "היכן נמצאת תשומת הלב",
    "ध्यान कहाँ रहता है और क्यों",
    "মনোযোগ কোথায় থাকে",
    "கவனம் எங்கே உள்ளது",
    "ความสนใจอยู่ที่ไหน",
    "ყურადღება სად არის",
    "Որտե՞ղ է ուշադրությունը",
    "ትኩረት የት ነው",
    "Chú ý nằm ở đâu",
    "តើការយកចិត្តទុកដាក់នៅឯណា",
    "အာရုံစူးစိုက်မှု ဘယ်မှာလဲ",
    "අවධානය කොහේද",
    "శ్రద్ధ ఎక్కడ ఉంటుంది",
    "ಗಮನ ಎಲ್ಲಿದೆ",
    "ശ്രദ്ധ എവിടെയാണ്",
    "ધ્યાન ક્યાં રહે છે",
    "ຄວາມສົນໃຈຢູ່ໃສ",
    "དོ་སྣང་གང་དུ་ཡོད།",
    "ᎭᏢ ᎢᎦᏘ",
    "𝒪(n²) time, Õ(√n) memory; 𝔼[X] ≤ ½ 🧠🇩🇪👩🏽‍🔬" * 4,
    "=?utf-8?q?not_encoded?=",
    "a =?utf-8?b?eA==?= b",
    'quotes " and \\ and <angles>, (comments); a: b@c',
    "trailing=",
    "'",
    "~" * 67,
    "é" + "a" * 200,
]


# What no header may hold, and what is left of it.
NASTY = {
    "a\r\nBcc: all@example.org": "a Bcc: all@example.org",
    "a\nb\rc\x00d\x0be\x0cf\x1bg\x7fh": "a b c d e f g h",
    "a\u0085b\u2028c\u2029d": "a b c d",
    "half \ud83d and \ude00 half": "half and half",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200fy": "gnp.exe x \u200fy",
    "\ufffe\uffff\ufdd0a": "a",
    " \t a \t b \t ": "a b",
    "=?utf-8?q?=0D=0ABcc:_x?=": "=?utf-8?q?=0D=0ABcc:_x?=",
    "e\u0301" * 40: "e\u0301" * 40,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 9: "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    * 9,
    "\r\n\r\n<b>body</b>": "<b>body</b>",
    "\ufeffa": "\ufeffa",
}


def make(rendered=NOTE, *, site=PUBLIC, links=PUBLIC_LINKS, **changes):
    values = {
        "recipient": "ada@example.org",
        "message_key": "daily-2026-03-14:1",
        "kind": Kind.DIGEST,
        "date": DUE,
        "name": "daily-2026-03-14-1",
        "envelope_sender": "bounces@example.org",
    }
    return build(rendered, site=site, links=links, **{**values, **changes})


def parse(message):
    return email.message_from_bytes(message.raw, policy=email.policy.default)


def content(part):
    return part.get_content().replace("\r\n", "\n")


def header_lines(message):
    head, _, _ = message.raw.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", head)


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
    parsed = parse(make(links=replace(PUBLIC_LINKS, one_click="")))
    assert parsed["List-Unsubscribe"] == (
        "<https://papers.example.org/unsubscribe/t1>, "
        "<mailto:papers@example.org?subject=unsubscribe%20t1>"
    )
    assert parsed["List-Unsubscribe-Post"] is None


def test_list_unsubscribe_stays_on_one_line_however_long():
    links = replace(PUBLIC_LINKS, one_click="https://papers.example.org/" + "t" * 200)
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


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_arrives_as_it_was_written(subject):
    message = make(replace(NOTE, subject=subject))
    assert parse(message)["Subject"] == subject.strip()
    head = message.raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    lines = [one for one in head.split(b"\r\n") if not one.startswith(b"List-Unsubscribe:")]
    assert max(map(len, lines)) <= 78
    for word in re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", text_header("Subject", subject)):
        assert len(word) <= 75


@pytest.mark.parametrize(("given_text", "left"), NASTY.items(), ids=range(len(NASTY)))
def test_what_no_header_may_hold_is_left_out_of_subjects_and_names(given_text, left):
    raw = make(replace(NOTE, subject=given_text), site=replace(PUBLIC, from_name=given_text)).raw
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["Subject"] == left
    assert parsed.keys() == parse(make()).keys()
    older = email.message_from_bytes(raw)
    shown, address = email.utils.parseaddr(older["From"])
    assert address == "papers@example.org"
    assert str(email.header.make_header(email.header.decode_header(shown))) == left


def test_the_subjects_are_in_twenty_scripts():
    names = [unicodedata.name(char, "") for one in SUBJECTS for char in one if char.isalpha()]
    assert len({name.split()[0] for name in names if name}) >= 20


@given(st.text())
def test_any_subject_makes_one_header_that_reads_back(subject):
    header = text_header("Subject", subject)
    parsed = email.message_from_bytes(header + b"\r\n", policy=email.policy.default)
    assert parsed.keys() == ["Subject"]
    assert parsed["Subject"] == one_line(subject)
    assert all(len(line) <= 76 and line.strip() for line in header[:-2].split(b"\r\n")[1:])


@pytest.mark.parametrize(
    "name", [*SUBJECTS[2:9], "Ada, Baker & Co.", 'The "Paper" Desk', "a\\b", "", " "]
)
def test_a_senders_name_arrives_as_it_was_written(name):
    # Read the older way: the newer one puts a space between two encoded words of a name.
    parsed = email.message_from_bytes(make(site=replace(PUBLIC, from_name=name)).raw)
    shown, address = email.utils.parseaddr(parsed["From"])
    assert address == "papers@example.org"
    decoded = str(email.header.make_header(email.header.decode_header(shown)))
    assert decoded == (name.strip() or "Morning Papers")


BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x00",
    "\x85",
    "\u2028",
    "\u2029",
    "\r\n\r\n",
]


@pytest.mark.parametrize("ending", BREAKS)
def test_no_text_can_begin_a_header_or_the_body(ending):
    attack = f"Free{ending}Bcc: all@example.org"
    site = replace(PUBLIC, name=attack, from_name=attack, list_id=attack)
    links = replace(PUBLIC_LINKS, one_click=f"https://example.org/{attack}")
    message = make(replace(NOTE, subject=attack), site=site, links=links, message_key=attack)
    parsed = parse(message)
    assert parsed["Subject"] == "Free Bcc: all@example.org"
    assert parsed["Bcc"] is None
    assert len(parsed.keys()) == 12
    assert content(parsed.get_body(("plain",))) == "Grüße\n"
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.raw)


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: c@d", "a@b, c@d", "a@b>, <c@d", "a b@c", "a", "a@b\u2028c", " "]
)
@pytest.mark.parametrize("place", ["recipient", "from", "reply"])
def test_what_is_no_address_makes_no_header(place, address):
    fields = {"from": "from_address", "reply": "reply_to"}
    site = replace(PUBLIC, **{fields[place]: address}) if place in fields else PUBLIC
    recipient = address if place == "recipient" else "ada@example.org"
    with pytest.raises(AddressError):
        make(site=site, recipient=recipient)


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
