"""What is on record of a mail's bytes: the same however it was made, and other for other bytes."""

from hashlib import sha256

import pytest

from newsletter.domain.imprint import content_of, is_of

BODY = b"One paper\r\n\r\nand its abstract\r\n"
MAIL = b"From: us@example.org\r\nSubject: Papers\r\n\r\n" + BODY
SIGNED = b"DKIM-Signature: v=1;\r\n b=abc\r\n" + MAIL
BEFORE = sha256(MAIL).hexdigest()  # of records made before headers and body were told apart


@pytest.mark.parametrize("content", [content_of(MAIL)[0], BEFORE], ids=["now", "before"])
def test_a_record_is_of_its_mail_whoever_signed_it_and_of_no_other(content):
    assert is_of(content, MAIL)
    assert is_of(content, SIGNED)
    for place in range(len(MAIL)):
        assert not is_of(content, MAIL[:place] + bytes([MAIL[place] ^ 1]) + MAIL[place + 1 :])


@pytest.mark.parametrize("raw", [MAIL, SIGNED])
def test_a_body_whose_hash_is_known_gives_the_same_record(raw):
    assert content_of(raw, sha256(BODY).digest()) == content_of(raw)
    assert content_of(raw, sha256(b"another").digest())[0] != content_of(raw)[0]
