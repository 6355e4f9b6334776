"""Bytes of every encoding, told, untold or told wrongly."""

import pytest

from newsletter.feeds.encoding import decoded


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Zürich".encode(), "Zürich"),
        (b"\xef\xbb\xbfZ\xc3\xbcrich", "Zürich"),
        (b"\xef\xbb\xbf\xef\xbb\xbf<rss/>", "<rss/>"),
        ("Zürich".encode("utf-16"), "Zürich"),
        ("<a>ü</a>".encode("utf-16-le"), "<a>ü</a>"),
        ("{ü}".encode("utf-16-be"), "{ü}"),
        ("Zürich".encode("utf-32"), "Zürich"),
        ("<a>ü</a>".encode("utf-32-be"), "<a>ü</a>"),
        ("<rss><title>e</title>".encode("cp037"), "<rss><title>e</title>"),
        (b"Z\xfcrich", "Zürich"),
        (b"\x93Z\x94", "“Z”"),
        ("Gödel".encode() + b" caf\xe9s", "Gödel caf\ufffds"),
        ("Gödel".encode()[:-4], "G"),
        (b"", ""),
    ],
)
def test_bytes_are_decoded_by_their_mark_and_looks_and_never_fail(body, expected):
    assert decoded(body) == expected


@pytest.mark.parametrize(
    ("told", "real", "word"),
    [
        ("windows-1251", "windows-1251", "Жук"),
        ("koi8-r", "koi8-r", "Жук"),
        ("shift_jis", "shift_jis", "日本語"),
        ("iso-2022-jp", "iso-2022-jp", "日本語"),
        ("gb2312", "gb18030", "中文镕"),
        ("iso-8859-1", "cp1252", "“é”"),
        ("iso-8859-1", "utf-8", "Жук"),
        ("euc-jp", "utf-8", "日本語"),
        ("utf-16", "utf-8", "é"),
        ("cp037", "utf-8", "é"),
        ("punycode", "utf-8", "é"),
        ("bogus", "utf-8", "é"),
        ("utf-8", "cp1252", "é"),
    ],
)
def test_what_a_feed_says_of_its_encoding_counts_where_it_can_be_true(told, real, word):
    text = f'<?xml version="1.0" encoding="{told}"?><title>{word * 2}</title>'
    assert decoded(text.encode(real)) == text
