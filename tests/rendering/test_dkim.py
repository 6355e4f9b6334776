"""Signatures: verified by two other implementations, and against the standard's own examples."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import dkim as dkimpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.domain.delivery import Kind
from newsletter.rendering.digest import digest
from newsletter.rendering.dkim import (
    SigningKey,
    canonical_body,
    canonical_fields,
    signed,
)
from newsletter.rendering.dkim_keys import name, new_key, read_key, record, zone_line
from newsletter.rendering.message import build
from tests.mail.names import NameServer
from tests.rendering.conftest import GATES, LAB, LAB_LINKS, PUBLIC, PUBLIC_LINKS, to_issue

HEAD = (
    b"From: Letter <letter@example.org>\r\nTo: ada@example.net\r\n"
    b"Subject: =?utf-8?q?A_paper?=,\r\n and  6\tmore \r\nDate: Sat, 14 Mar 2026 07:00:00 +0000\r\n"
    b"Message-ID: <0123@example.org>\r\nMIME-Version: 1.0\r\nList-Id: <letter.example.org>\r\n"
    b"List-Unsubscribe: <https://letter.example.org/u/abc>, <mailto:letter@example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nAuto-Submitted: auto-generated\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
)
RAW = HEAD + b"\r\nA line\twith  spaces \r\n\r\n. and a dot\r\n\r\n\r\n"


@pytest.fixture(scope="module")
def keys() -> tuple[SigningKey, SigningKey]:
    return (
        read_key("example.org", "r1", new_key("rsa")),
        read_key("example.org", "e1", new_key("ed25519")),
    )


def verified(raw: bytes, keys: tuple[SigningKey, ...]) -> list[bool]:
    """Return what dkimpy says of each signature, the uppermost first."""
    published = {f"{name(key)}.": record(key).encode() for key in keys}

    def ask(wanted, timeout=5):
        return published[wanted.decode() if isinstance(wanted, bytes) else wanted]

    message = dkimpy.DKIM(raw)
    found = []
    for place in range(len(keys)):
        try:
            found.append(message.verify(place, dnsfunc=ask))
        except dkimpy.DKIMException:
            found.append(False)
    return found


def test_both_signatures_are_good(keys):
    assert verified(signed(RAW, keys), keys) == [True, True]
    assert signed(RAW, keys).endswith(RAW)


def test_the_same_message_has_the_same_signature(keys):
    assert signed(RAW, keys) == signed(RAW, keys)


@pytest.mark.parametrize(
    "harmless",
    [
        lambda raw: raw.replace(b"and  6\tmore \r\n", b"and 6\r\n\tmore\r\n"),
        lambda raw: raw.replace(b"with  spaces \r\n", b"with spaces\r\n"),
        lambda raw: raw.replace(b"dot\r\n\r\n\r\n", b"dot\r\n"),
        lambda raw: b"Received: by a relay\r\n" + raw,
        lambda raw: raw.replace(b"From: Letter", b"FROM:   Letter"),
    ],
)
def test_what_relays_do_to_white_space_leaves_the_signatures_good(keys, harmless):
    changed = harmless(signed(RAW, keys))
    assert changed != signed(RAW, keys)
    assert verified(changed, keys) == [True, True]


@pytest.mark.parametrize(
    "attack",
    [
        lambda raw: raw.replace(b". and a dot", b". and a cat"),
        lambda raw: raw.replace(b"ada@example.net", b"eve@example.net"),
        lambda raw: raw.replace(b"/u/abc", b"/u/abd"),
        lambda raw: raw.replace(b"auto-generated", b"no"),
        *(
            lambda raw, line=line: line + raw
            for line in (
                b"From: eve@example.com\r\n",
                b"Subject: another\r\n",
                b"Cc: eve@example.com\r\n",
                b"Reply-To: eve@example.com\r\n",
                b"Content-Type: text/html\r\n",
                b"List-Unsubscribe: <https://eve.example.com/>\r\n",
            )
        ),
    ],
)
def test_a_change_of_what_is_signed_or_a_second_header_breaks_both(keys, attack):
    changed = attack(signed(RAW, keys))
    assert changed != signed(RAW, keys)
    assert verified(changed, keys) == [False, False]


def test_no_line_is_too_long_and_none_is_bare(keys):
    head = signed(RAW, keys).partition(b"From: ")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert head.count(b"\n") == head.count(b"\r\n") == head.count(b"\r")


def test_canonical_forms_are_those_of_the_standards_example():
    """RFC 6376, section 3.4.5."""
    assert canonical_fields(b"A: X\r\nB : Y\t\r\n\tZ  ") == [(b"a", b"X"), (b"b", b"Y Z")]
    assert canonical_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"
    assert canonical_body(b"") == canonical_body(b"\r\n\r\n") == canonical_body(b" \r\n") == b""
    assert canonical_body(b"no end") == b"no end\r\n"


@pytest.mark.parametrize(
    "title",
    ["Plain", "Two  spaces\tand a tab", "Ωmega " * 30, "=?utf-8?q?not_encoded?=", "x" * 300],
)
@pytest.mark.parametrize(("site", "links"), [(LAB, LAB_LINKS), (PUBLIC, PUBLIC_LINKS)])
def test_what_is_known_from_the_making_is_what_would_be_found(keys, templates, title, site, links):
    paper = replace(GATES, title=title, abstract=f". {title}  \n\n.\n" * 9)
    made = build(
        digest(templates, to_issue(paper), site, links),
        site=replace(site, name=f"The  {title[:40]}"),
        links=links,
        recipient="ada@example.net",
        message_key="one",
        kind=Kind.DIGEST,
        date=datetime(2026, 3, 14, 7, tzinfo=UTC),
        name="one",
        envelope_sender="b@example.org",
    )
    assert made.canonical is not None
    found = signed(made.raw, keys, made.canonical)
    assert found == signed(made.raw, keys)
    assert verified(found, keys) == [True, True]


@settings(max_examples=60, deadline=None)
@given(
    body=st.lists(st.sampled_from(["a", " ", "\t", "\r\n", "é", ".", "=", "b c", " \r\n"])).map(
        "".join
    )
)
def test_any_body_is_signed_as_others_read_it(keys, body):
    raw = HEAD + b"\r\n" + body.encode() + b"\r\n"  # as in every mail of ours
    assert verified(signed(raw, keys[1:]), keys[1:]) == [True]


def test_keys_that_cannot_sign_are_refused_with_the_reason():
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    curve = ec.generate_private_key(ec.SECP256R1())
    pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="RSA and Ed25519 keys only"):
        read_key("example.org", "s", pem)
    with pytest.raises(ValueError, match="no private key in PEM"):
        read_key("example.org", "s", b"not a key")


def test_a_long_record_is_split_into_strings_of_255_octets(keys):
    line = zone_line(keys[0])
    strings = line.split('"')[1::2]
    assert line.startswith("r1._domainkey.example.org. IN TXT ( ")
    assert "".join(strings) == record(keys[0])
    assert [len(one) for one in strings] == [255, len(record(keys[0])) - 255]


PERL = """
use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS::Resolver;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(
    nameservers => ['127.0.0.1'], port => $ARGV[0], recurse => 1));
my $v = Mail::DKIM::Verifier->new(); binmode STDIN;
while (<STDIN>) { $v->PRINT($_); } $v->CLOSE; print $v->result, "\\n";
"""


def test_a_second_implementation_agrees(keys):
    perl = shutil.which("perl")
    probe = [perl or "perl", "-MMail::DKIM", "-e", "1"]
    if not perl or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("Perl's Mail::DKIM (libmail-dkim-perl) is not installed")
    with NameServer({(name(keys[0]), "TXT"): [record(keys[0])]}) as server:
        told = [
            subprocess.run(
                [perl, "-e", PERL, str(server.port)], input=raw, capture_output=True, timeout=60
            ).stdout
            for raw in (
                signed(RAW, keys[:1]),
                signed(RAW, keys[:1]).replace(b"and a dot", b"and a cat"),
            )
        ]
    assert told == [b"pass\n", b"fail\n"]
