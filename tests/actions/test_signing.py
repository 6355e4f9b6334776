"""Signatures made at once, or with a seal by whoever has the time: the same bytes."""

from newsletter.actions.gate import Gate
from newsletter.actions.signing import Signing
from newsletter.domain.message import Message, Rendered
from newsletter.rendering.dkim import signed
from newsletter.rendering.dkim_keys import new_key, read_key
from tests.actions.departing import RAW
from tests.rendering.test_dkim import verified

KEYS = tuple(read_key("example.org", kind, new_key(kind)) for kind in ("rsa", "ed25519"))


def message(number: int) -> Message:
    raw = RAW.replace(b"paper", f"paper, number {number}".encode())
    return Message(
        f"m{number}", "<1@example.org>", "us@example.org", "ada@example.org", Rendered("", ""), raw
    )


def test_a_message_is_the_same_whether_signed_at_once_or_later():
    at_once, later = Signing(KEYS)(message(1)), Signing(KEYS, later=True)(message(1))
    assert at_once.seal is None
    assert b"DKIM-Signature" not in later.raw
    assert later.sealed().raw == at_once.raw == signed(message(1).raw, KEYS)
    assert verified(at_once.raw, KEYS) == [True, True]


def test_a_mail_that_is_laid_down_again_can_be_sealed_again():
    made = Signing(KEYS, later=True)(message(1))
    assert [made.sealed().raw for _ in range(3)] == [signed(message(1).raw, KEYS)] * 3
    sealed = made.sealed()
    assert sealed.sealed() is sealed


def test_blanks_are_filled_by_another_signer_of_the_same_keys():
    made = Signing(KEYS, later=True)(message(1))
    again = Signing(KEYS).seal(made.seal.blanks)
    assert again() + made.raw == signed(message(1).raw, KEYS)


def test_the_first_mail_of_an_edition_is_looked_at_with_its_signatures():
    class Every:
        """The names of all rules."""

        def __contains__(self, _rule):
            return True

    sign, gate = Signing(KEYS, later=True), Gate(Every())
    first, second = (gate.admit_once(sign(message(1)), "daily", "it") for _ in range(2))
    assert (first.seal, first.raw) == (None, signed(message(1).raw, KEYS))
    assert second.seal, "no other is held up"
