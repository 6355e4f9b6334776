import ipaddress

import pytest

from newsletter.errors import FeedError
from newsletter.feeds import addresses

INSIDE = """
    127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255
    100.100.100.200 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::8.8.8.8
    ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
    64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1
    2002:7f00:1:: 2002:7f00:0001::1 2002:a9fe:a9fe:: 2002:c0a8:101::1 3fff::1 4000::1 5f00::1
    fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 localhost 0x7f.1
""".split()
OUTSIDE = """
    1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.0 128.84.21.199 168.63.129.17 172.15.255.255
    172.32.0.0 192.169.0.1 223.255.255.255 2606:4700::1111 2a00:1450:4001:800::200e ::ffff:8.8.8.8
    64:ff9b::8.8.8.8 2002:808:808::1
""".split()
ODD_SPELLINGS = """
    0x7f.1 0x7f000001 0X7F.0.0.1 0x7f.0x0.0x0.0x1 0x 2130706433 2130706433. 017700000001
    0177.0.0.1 0177.0.0.01 127.1 127.0.1 127.0.0.1. 127.0.0.0x1 127.0.0.1.2 00000127.0.0.1
    127.000.000.001 0 0.0 10.1 169.254.43518 2852039166 0xa9fea9fe 0251.0376.0251.0376 4294967295
    256.256.256.256 999.1.1.1 1.2.3.4. feed.example.1 ١٢٧.٠.٠.١ １２７.0.0.1 ①②⑦.⓪.⓪.①
    %31%32%37.0.0.1 127%2e0%2e0%2e1 [127.0.0.1] [::127.0.0.1 [::1 ::1 [0x7f::1]
    [::ffff:0177.0.0.1] [v1.127] []
""".split()
PLAIN_SPELLINGS_OF_INSIDE = """
    127.0.0.1 127。0。0。1 [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001]
    [::ffff:127.0.0.1] [::FFFF:7F00:1] [::127.0.0.1] [64:ff9b::127.0.0.1] [2002:7f00:1::]
    [fe80::1%25eth0] [::1%25lo] [::] 0.0.0.0 169.254.169.254
""".split()
PUBLIC = "93.184.215.14"


def target(host):
    return addresses.parse(f"http://{host}/feed")


@pytest.mark.parametrize("address", ["", *INSIDE])
def test_an_address_inside_is_forbidden(address):
    assert addresses.forbidden(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_not_forbidden(address):
    assert addresses.forbidden(address) == ""


@pytest.mark.parametrize("word", ["is_loopback", "is_private", "is_multicast", "is_reserved"])
def test_our_table_forbids_all_that_the_library_sees_as_special(word):
    blocks = (ipaddress.ip_address(first << 20) for first in range(1 << 12))
    special = [str(address) for address in blocks if getattr(address, word)]
    assert special
    assert all(addresses.forbidden(address) for address in special)


@pytest.mark.parametrize("host", ODD_SPELLINGS)
def test_an_odd_spelling_of_a_number_is_refused(host):
    with pytest.raises(FeedError, match=r"host|valid address"):
        target(host)


@pytest.mark.parametrize("host", PLAIN_SPELLINGS_OF_INSIDE)
def test_a_number_inside_is_refused_in_every_plain_spelling(host):
    found = target(host)
    with pytest.raises(FeedError, match=r"not a public address .*ingest\.allowed_hosts"):
        addresses.check(found, [found.host], frozenset())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "only http and https"),
        ("feed.xml", "only http and https"),
        ("//example.org/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("ftp://example.org/", "only http and https"),
        ("gopher://example.org/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("data:text/xml,<a/>", "only http and https"),
        (" http://example.org/", "valid|http and https"),
        ("http://", "no host"),
        ("http:///feed", "no host"),
        ("http:feed", "no host"),
        ("http://:80/", "no host"),
        ("http://exa mple.org/", "not a valid name"),
        ("http://example..org/", "not a valid name"),
        ("http://.example.org/", "not a valid name"),
        ("http://-a.example.org/", "not a valid name"),
        ("http://a*b.example.org/", "not a valid name"),
        ("http://example.org\\@127.0.0.1/", "name or password"),
        ("http://127.0.0.1\\.example.org/", "not a valid name"),
        (f"http://{'a' * 64}.org/", "not a valid name"),
        (f"http://{'a.' * 130}org/", "not a valid name"),
        ("http://example.org:0/", "port"),
        ("http://example.org:65536/", "port"),
        ("http://example.org:-1/", "port"),
        ("http://example.org:http/", "not a valid address"),
        (f"http://example.org:{'9' * 5000}/", "not a valid address"),
        ("http://[::1", "not a valid"),
        ("http://[zz]/", "not a valid"),
        ("http://example.org/\r\nHost: evil", "not a valid address"),
        ("http://example.org/\0", "not a valid address"),
        ("http://example.org/\ud800", "not a valid address"),
        ("http://\ud800.org/", "not a valid address"),
        ("http://xn--\u2028.org/", "not a valid address"),
        ("http://a\u0308\u200d.org/", "not a valid address"),
        ("http://ada:secret@example.org/", "name or password"),
        ("http://ada@example.org/", "name or password"),
        (f"http://example.org/{'a' * 70000}", "not a valid address"),
    ],
)
def test_an_address_that_is_none_is_refused_in_one_short_line(url, reason):
    with pytest.raises(FeedError, match=reason) as caught:
        addresses.parse(url)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "url",
    [
        "http://ada:s3cret@example.org/feed",
        "https://ada:s3cret@[::1/",
        "http://ada:p/s3cret@example.org:x/",
        "ftp://ada:s3cret@example.org/",
        "ada:s3cret@example.org/",
        "http://s3cret@example.org/",
        "http://ada:s3c\nret:s3cret@example.org/",
    ],
)
def test_a_refusal_never_shows_a_password(url):
    with pytest.raises(FeedError) as caught:
        addresses.parse(url)
    assert "s3c" not in str(caught.value)
    assert "ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://Example.ORG", "example.org", 80),
        ("https://example.org/a b?c=d#e", "example.org", 443),
        ("https://example.org:8443/", "example.org", 8443),
        ("http://müller.de/", "xn--mller-kva.de", 80),
        ("http://a_b.example.org./", "a_b.example.org.", 80),
        ("http://[2606:4700:0:0:0:0:0:1111]:81/", "2606:4700::1111", 81),
        ("http://0x7f.example.org/", "0x7f.example.org", 80),
    ],
)
def test_a_plain_address_is_taken_apart(url, host, port):
    found = addresses.parse(url)
    assert (found.host, found.port) == (host, port)
    assert found.url.fragment == ""


def test_public_answers_keep_their_order():
    answers = ["2606:4700::1111", PUBLIC]
    assert addresses.check(target("feed.test"), answers, frozenset()) == tuple(answers)


@pytest.mark.parametrize("answers", [[PUBLIC, "10.0.0.1"], ["::1", PUBLIC], ["127.0.0.1"]])
def test_one_forbidden_answer_spoils_all(answers):
    with pytest.raises(FeedError, match=r"feed\.test leads to .* not a public address"):
        addresses.check(target("feed.test"), answers, frozenset())


@pytest.mark.parametrize(
    ("host", "answer", "entry", "may"),
    [
        ("intranet", "10.0.0.5", "intranet", True),
        ("intranet", "10.0.0.5", "INTRANET:80", True),
        ("intranet", "10.0.0.5", "10.0.0.5", True),
        ("intranet", "10.0.0.5", "intranet:81", False),
        ("intranet", "10.0.0.5", "net", False),
        ("intranet", "10.0.0.5", "10.0.0.50", False),
        ("10.0.0.5", "10.0.0.5", "10.0.0.5:80", True),
        ("10.0.0.5:81", "10.0.0.5", "10.0.0.5:80", False),
        ("[::1]", "::1", "::1", True),
        ("[0::1]", "::1", "[::1]", True),
        ("[::1]", "::1", "[::1]:80", True),
        ("[::1]:81", "::1", "[::1]:80", False),
        ("[::1]", "::1", "::1:80", False),
        ("[::1:80]:80", "::1:80", "[::1]:80", False),
    ],
)
def test_the_settings_may_name_a_host_inside(host, answer, entry, may):
    try:
        addresses.check(target(host), [answer], frozenset({entry}))
    except FeedError:
        assert not may
    else:
        assert may
