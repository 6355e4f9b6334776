"""One person is one address, however it was typed, and nothing in it reaches a header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.subscriber import normal_address
from newsletter.errors import AddressError


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG\n", "ada@example.org"),
        ("ada.o+papers@mail.example.co.uk", "ada.o+papers@mail.example.co.uk"),
        ("o'hara@example.org", "o'hara@example.org"),
        ("ada_1=x/y@example.org", "ada_1=x/y@example.org"),
        ("ada@localhost", "ada@localhost"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BU\u0308CHER.example", "ada@xn--bcher-kva.example"),
        ("ada@例え.jp", "ada@xn--r8jz45g.jp"),
        ("Zoë@example.org", "zoë@example.org"),
        ("zoe\u0308@example.org", "zoë@example.org"),
        ("用户@example.org", "用户@example.org"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
        (f"a@{'b' * 63}.example", f"a@{'b' * 63}.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),  # another domain than strasse
    ],
)
def test_an_address_has_one_normal_form(typed, expected):
    assert normal_address(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "ada@b@example.org",
        "ada b@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "ada..b@example.org",
        "ada@example..org",
        "ada@.example.org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        "ada@exam_ple.org",
        "ada@[127.0.0.1]",
        '"ada b"@example.org',
        "Ada <ada@example.org>",
        "ada@example.org, bob@example.org",
        "ada@example.org;bob@example.org",
        "ada@example.org\r\nBcc: bob@example.org",
        "ada\r\n@example.org",
        "ada\0@example.org",
        "ada\x7f@example.org",
        "ada\u2028@example.org",
        "ada\u202e@example.org",  # turns the rest of the line round
        "ada\u200b@example.org",
        "ada@exa\u200bmple.org\u0000",
        "ada(comment)@example.org",
        "ada\\@example.org",
        "ada\ud800@example.org",
        "ada@\ud800.org",
        f"{'a' * 65}@example.org",
        f"{'ä' * 33}@example.org",
        f"a@{'b' * 64}.example",
        f"a@{'b.' * 125}example",
        f"{'a' * 64}@{('b' * 60 + '.') * 3}example",
        f"a@{'ü' * 60}.{'ü' * 60}.example",
    ],
)
def test_what_cannot_be_an_address_is_refused_in_one_printable_line(typed):
    with pytest.raises(AddressError) as told:
        normal_address(typed)
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 300


def test_the_complaint_shows_what_was_typed():
    with pytest.raises(AddressError, match=r"^ada is not an address; one looks like"):
        normal_address("ada")
    with pytest.raises(AddressError, match=r"exa_mple\.org is no domain name"):
        normal_address("ada@exa_mple.org")
    with pytest.raises(AddressError, match=r"\(nothing\)"):
        normal_address("")


LIKELY = st.text(st.sampled_from("aÄßİ.@-+ \r\n<>\"'\\,\0xn例1"), max_size=40)


@given(LIKELY | st.text(max_size=60))
def test_any_text_is_refused_or_safe_in_a_header_and_normal_again(text):
    try:
        address = normal_address(text)
    except AddressError:
        return
    assert normal_address(address) == address
    assert address.isprintable()
    assert not set(address) & set(' <>()[]\\,;:"')
    assert address.rpartition("@")[2].isascii()
    assert len(address.encode()) <= 254
