"""A link does what it was made for, for whom it was made, and until then; nothing else does."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain import token
from newsletter.domain.token import Purpose
from newsletter.errors import TokenError

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
KEY, OLD_KEY, OTHER_KEY = b"k" * 32, b"o" * 32, b"x" * 32


@given(st.sampled_from(Purpose), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_a_token_says_for_whom_and_for_which_issue(purpose, subscriber, issue):
    made = token.make(KEY, purpose, subscriber, issue)
    assert token.read([KEY], purpose, made, NOW) == (subscriber, issue)


def test_a_token_is_short_and_fits_into_an_address():
    made = token.make(KEY, Purpose.UNSUBSCRIBE, 100_000, 10**7, NOW)
    assert len(made) <= 54
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("made_for", Purpose)
@pytest.mark.parametrize("used_for", Purpose)
def test_a_token_works_for_its_purpose_only(made_for, used_for):
    made = token.make(KEY, made_for, 7, 9)
    if made_for is used_for:
        assert token.read([KEY], used_for, made, NOW) == (7, 9)
    else:
        with pytest.raises(TokenError):
            token.read([KEY], used_for, made, NOW)


def test_the_purposes_stay_apart_in_the_sixteen_octets_that_the_mac_takes():
    assert len({purpose.encode()[:16] for purpose in Purpose}) == len(Purpose)


def test_after_a_rotation_links_made_by_the_older_key_still_work():
    made = token.make(OLD_KEY, Purpose.PAUSE, 7)
    assert token.read([KEY, OLD_KEY], Purpose.PAUSE, made, NOW) == (7, 0)
    with pytest.raises(TokenError):
        token.read([KEY], Purpose.PAUSE, made, NOW)


@pytest.mark.parametrize("keys", [[OTHER_KEY], []])
def test_a_strangers_token_is_refused(keys):
    with pytest.raises(TokenError, match="not complete"):
        token.read(keys, Purpose.CONFIRM, token.make(KEY, Purpose.CONFIRM, 7), NOW)


def test_a_token_ends_at_its_second():
    made = token.make(KEY, Purpose.CONFIRM, 7, expires=NOW)
    assert token.read([KEY], Purpose.CONFIRM, made, NOW - timedelta(seconds=1)) == (7, 0)
    with pytest.raises(TokenError, match="out of date"):
        token.read([KEY], Purpose.CONFIRM, made, NOW)


def test_a_token_without_an_end_works_years_later():
    made = token.make(KEY, Purpose.UNSUBSCRIBE, 7)
    later = NOW + timedelta(days=20 * 365)
    assert token.read([KEY], Purpose.UNSUBSCRIBE, made, later) == (7, 0)


@pytest.mark.parametrize("subscriber", [1, 300, 100_000])  # payloads of three lengths
def test_no_cut_or_altered_token_is_ever_accepted(subscriber):
    made = token.make(KEY, Purpose.READ, subscriber, 260, NOW + timedelta(days=1))
    altered = [made[:length] for length in range(len(made))]
    altered += [made[:place] + made[place + 1 :] for place in range(len(made))]
    for place, letter in enumerate(made):
        flipped = {chr(ord(letter) ^ 1 << bit) for bit in range(7)}
        altered += [made[:place] + other + made[place + 1 :] for other in flipped]
    altered += [made + "A", made + "AAAA", made + "=", "A" + made, made * 2, f"{made}."]
    for text in set(altered) - {made}:
        with pytest.raises(TokenError):
            token.read([KEY], Purpose.READ, text, NOW)


@given(st.text(max_size=80))
def test_any_text_is_refused_in_one_line(text):
    with pytest.raises(TokenError) as told:
        token.read([KEY], Purpose.READ, text, NOW)
    assert str(told.value).isprintable()


def test_a_payload_with_zeros_put_before_it_is_another_token():
    made = token.make(KEY, Purpose.READ, 7)
    packed = base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))
    longer = base64.urlsafe_b64encode(packed[:16] + b"\0" + packed[16:]).rstrip(b"=").decode()
    with pytest.raises(TokenError):
        token.read([KEY], Purpose.READ, longer, NOW)
