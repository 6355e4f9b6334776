"""Keys of papers as people write them."""

import pytest

from newsletter.domain.library import key_of


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2603.01234", "arxiv:2603.01234"),
        (" arXiv:2603.01234v3 ", "arxiv:2603.01234"),
        ("https://arxiv.org/pdf/2603.01234v2.pdf", "arxiv:2603.01234"),
        ("astro-ph/0601001", "arxiv:astro-ph/0601001"),
        ("10.48550/arXiv.2603.01234", "arxiv:2603.01234"),
        ("https://doi.org/10.1000/ABC", "doi:10.1000/abc"),
        ("doi:10.1000/2603.01234", "doi:10.1000/2603.01234"),
        ("title:0123456789abcdef", "title:0123456789abcdef"),
        ("bare:0123456789abcdef", "bare:0123456789abcdef"),
        ("title:Sleep", ""),
        ("A Study of Sleep", ""),
        ("", ""),
    ],
)
def test_a_key_is_found_in_what_people_write(text, key):
    assert key_of(text) == key
    assert key_of(key) == key
