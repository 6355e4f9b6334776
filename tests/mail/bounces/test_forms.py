"""Reports of servers that have forms of their own, written after their manner."""

import pytest

from newsletter.mail.bounces.verdict import verdict
from tests.mail.bounces.letters import OURS, plain

JAMES = "Failed recipient(s):\nada@example.net\n\nError message:\n550 5.1.1 User Unknown\n\n"
GATEWAY = (
    "ada@example.net\n\n-------server message\n550 5.1.1 unknown user\n\n-------original message\n"
)
FOUNDRY = (
    "Unable to deliver message to: <ada@example.net>\nDelivery failed for the following reason:\n"
    "Server mx.example.net[192.0.2.4] failed with: 550 <ada@example.net> No such user here\n"
)
MARSHAL = (
    "Your message:\n   From:    a@example.org\n   Subject: Delivery could not be refused\n\n"
    "Could not be delivered because of\n\n550 5.1.1 User unknown\n\n"
    "The following recipients were affected: \n    ada@example.net\n"
)
RESPONDED = (
    "We had trouble delivering your message.\n\n1 error(s):\n\nSMTP Server <mx.example.net> "
    "rejected recipient <ada@example.net>\n  (Error following RCPT command). It responded as "
    "follows: [550 5.1.1 unknown user <ada@example.net>]\n"
)
QUOTES = 'failed:\n\n"ada@example.net":\nSMTP error after RCPT command:\n5.1.1 User Unknown\n'
NOT_YET = "has not yet been delivered to one or more of its\nrecipients:\n\n  ada@example.net\n"
TWO = (
    "failed:\n\n  bob@example.net\n    mailbox is full\n"
    "  ada@example.net\n    Unrouteable address\n"
)


@pytest.mark.parametrize(
    ("kind", "text", "subject"),
    [
        ("suppress", JAMES, "[BOUNCE]"),
        ("suppress", GATEWAY, "Returned mail"),
        ("suppress", FOUNDRY, "Message delivery has failed"),
        ("suppress", MARSHAL, "Undeliverable Mail"),
        ("suppress", RESPONDED, "There was an error sending your mail"),
        ("suppress", QUOTES, "Mail delivery failed"),
        ("suppress", "Unknown user: ada@example.net\n\nOriginal message follows.\n\n", "Mail"),
        ("suppress", "Invalid final delivery userid: ada@example.net\n", "Undeliverable Mail"),
        ("suppress", "ada@example.net: No MX found for domain\n", "Delivery status: error"),
        ("suppress", "<ada@example.net>:\nThis address no longer accepts mail.\n", "failure"),
        ("suppress", TWO, "Mail delivery failed"),
        ("count", "Delivery failed 20 attempts: ada@example.net\n", "Undeliverable Mail"),
        ("count", NOT_YET, "Warning: message delayed 24 hours"),
        ("count", "The user(s) account is disabled.\n\n<ada@example.net>\n", "Mail Error"),
        ("count", "<ada@example.net>:\nI'm not going to try again. (#4.4.1)\n", "failure notice"),
    ],
)
def test_a_form_of_its_own_is_read(kind, text, subject):
    assert verdict(plain(text + OURS, subject=subject)).kind == kind


def test_a_report_without_a_daemon_is_known_by_its_subject_and_words():
    for text, subject in (
        (RESPONDED, "There was an error sending your mail"),
        (GATEWAY, "Returned mail"),
    ):
        assert verdict(plain(text, subject=subject, sender="gate@example.net")).kind == "suppress"
    talk = "Mails cannot be delivered by pigeons. See 550 examples.\n"
    assert verdict(plain(talk, subject="Re: your paper", sender="ada@example.net")).kind == "ignore"
