"""Headers: subjects and names in all scripts, and no text that begins another header."""

import email
import email.header
import email.policy
import email.utils
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import AddressError
from newsletter.rendering.headers import one_line, text_header
from tests.rendering.written import NOTE, content, make, parse

from .conftest import PUBLIC, PUBLIC_LINKS

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
    links = PUBLIC_LINKS._replace(one_click=f"https://example.org/{attack}")
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
