"""What a mail that comes back says, whoever wrote it."""

import base64
import gzip
import json
import logging
import random
import time

import pytest

from newsletter.mail.bounces.parts import taken_apart
from newsletter.mail.bounces.verdict import Kind, judged, verdict
from tests.mail.bounces.letters import EXIM, OURS, QMAIL, SENDMAIL, arf, dsn, plain

GONE = """
550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking
550 5.1.1 <ada@example.net>: Email address could not be found, or was misspelled (G8)
550 5.1.1 <ada@example.net> recipient rejected, no such user
550 No such user here (in reply to RCPT TO command)
550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [X.eop]
550 5.1.1 <ada@example.net>: Recipient address rejected: User unknown in relay recipient table
553 sorry, your envelope recipient is in my badrcptto list (#5.7.1) (in reply to RCPT TO command)
553 5.3.0 <ada@example.net>... Addressee unknown, relay=[192.0.2.4] (in reply to RCPT TO command)
550 <ada@example.net> Unknown user
511 sorry, no mailbox here by that name (#5.1.1 - chkuser)
550 RCPT TO:<ada@example.net> User unknown
550 5.1.0 Address rejected. (in reply to RCPT TO command)
550 5.1.2 <ada@example.net>: Recipient address rejected: Domain not found
550 5.1.6 recipient no longer on server
Host or domain name not found. Name service error for name=nosuch.example type=A: Host not found
550 5.1.2 Host unknown (Name server: nosuch.example: host not found)
556 5.1.10 Recipient domain has null MX
521 5.3.2 host does not accept mail
550 user 'ada@example.net' does not have an account here
450 4.1.1 <ada@example.net>: Recipient address rejected: User unknown in virtual mailbox table
Unrouteable address ada@example.net
all relevant MX records point to non-existent hosts
550 permanent failure for one or more recipients (ada@example.net:550 5.1.1 User unknown)
550 5.1.1 Invalid Recipient - see the guide
554 5.4.4 [internal] Domain Lookup Failed: nosuch.example
550 5.1.1 Benutzer unbekannt
501 5.1.3 Bad recipient address syntax
542 ada@example.net Rejected
554 delivery error: dd This user doesn't have a example.net account (ada@example.net) [0]
""".strip().splitlines()
STILL_THERE = """
552 5.2.2 The email account that you tried to reach is over quota
550 5.1.1 <ada@example.net> mailbox full
552 5.2.2 This message is larger than the current system limit or the mailbox is full
422 4.2.2 The recipient's inbox is out of storage space
550 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using a list
554 5.7.1 <ada@example.net>: Relay access denied
550 5.7.26 This mail has been blocked because the sender is unauthenticated
550 5.7.1 Message rejected as spam by Content Filtering
451 4.7.1 Greylisting in action, please come back later
450 4.1.1 <ada@example.net>: Recipient address rejected: unverified address: in progress
421 4.7.0 [TSS04] Messages from 192.0.2.4 temporarily deferred due to user complaints
550 5.1.8 <letter@example.org>: Sender address rejected: Domain not found
553 5.1.8 Domain of sender address letter@example.org does not exist
550 Sender verify failed
550 5.2.1 The email account that you tried to reach is disabled
550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required
552 5.3.4 Message size exceeds fixed limit
554 5.4.14 Hop count exceeded - possible mail loop
550 5.4.316 Message expired, connection refused
451 4.3.0 Temporary lookup failure
550 5.7.606 Access denied, banned sending IP [192.0.2.4]
554 5.7.9 Message not accepted for policy reasons.
550 5.7.1 SPF unauthorized mail is prohibited
550 5.4.5 Daily sending quota exceeded
550 User ada@example.net refused your mail
550 permanently rejected message
550 5.2.1 <ada@example.net>... User Unknown
550 Unknown user ada@example.net (in reply to end of DATA command)
550 : User unknown
Name service error for domain example.net: Host not found, try again
""".strip().splitlines()


def kinds(*mails: bytes) -> list[str]:
    return [verdict(one).kind.value for one in mails]


@pytest.mark.parametrize("words", GONE)
def test_an_address_that_is_gone_is_suppressed(words):
    assert verdict(dsn(words, words=words)).kind is Kind.SUPPRESS


@pytest.mark.parametrize("words", STILL_THERE)
def test_an_address_that_may_be_there_is_only_counted(words):
    assert verdict(dsn(words, words=words)).kind is Kind.COUNT


@pytest.mark.parametrize("form", [EXIM, QMAIL])
def test_reports_in_plain_words_are_read(form):
    hard = "host mx.example.net [192.0.2.4]: 550 5.1.1 <ada@example.net>: User unknown"
    soft = "host mx.example.net [192.0.2.4]: 552 5.2.2 Mailbox full"
    assert kinds(*(plain(form.format(reason=one) + OURS) for one in (hard, soft))) == [
        "suppress",
        "count",
    ]


def test_a_refusal_of_the_whole_mail_is_soft_though_it_names_an_unknown_user():
    reason = "550 <ada@example.net>... User unknown"
    early = plain(SENDMAIL.format(command="RCPT To:<ada@example.net>", reason=reason))
    late = plain(SENDMAIL.format(command="DATA", reason=reason))
    assert kinds(early, late) == ["suppress", "count"]


def test_a_refusal_of_the_sender_is_soft_whatever_it_says():
    told = "SMTP error after MAIL FROM:<letter@example.org>: 550 user unknown"
    assert kinds(plain(EXIM.format(reason=told))) == ["count"]


def test_words_without_a_server_are_read_too():
    text = "Your message\n\nwas not delivered to:\n\n  ada@example.net\n\nbecause:\n\n  "
    subject = "DELIVERY FAILURE"
    assert kinds(
        plain(f"{text}User Ada (ada@example.net) not listed in Domino Directory", subject=subject),
        plain("User mailbox exceeds allowed size: ada@example.net", subject="Undeliverable Mail"),
        plain("Your message did not reach ada@example.net.\nThe recipient name is not recognized"),
    ) == ["suppress", "count", "suppress"]


def test_of_several_recipients_each_has_its_own_reason():
    two = dsn("550 5.1.1 User unknown").replace(
        b"--b=1\nContent-Type: message/rfc822",
        b"Final-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.2.2\n\n"
        b"--b=1\nContent-Type: message/rfc822",
    )
    found = verdict(two)
    assert [(one.address, one.hard) for one in found.recipients] == [
        ("ada@example.net", True),
        ("bob@example.net", False),
    ]
    assert found.kind is Kind.SUPPRESS


def test_a_verdict_holds_codes_reason_and_words():
    (one,) = verdict(dsn("550 5.1.1 <ada@example.net>: User\n unknown")).recipients
    assert (one.status, one.reply, one.reason) == ("5.1.1", "550", "unknown user")
    assert "User unknown" in verdict(dsn("550 5.1.1 User\n unknown")).diagnostic


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_what_arrived_is_ignored(action):
    assert kinds(dsn("250 2.1.5 Ok", status="2.1.5", action=action)) == ["ignore"]


def test_a_domain_that_was_not_found_this_time_is_counted():
    words = "DNS type 'mx' lookup of example.net responded with code NXDOMAIN"
    assert kinds(dsn(words, status="4.0.0"), dsn(words, status="5.0.0")) == ["count", "suppress"]


def test_what_is_delayed_is_counted_never_suppressed():
    assert kinds(dsn("450 4.1.1 User unknown", status="4.1.1", action="delayed")) == ["count"]


def test_answers_by_machine_and_by_people_are_ignored():
    auto = b"Auto-Submitted: auto-replied\nFrom: ada@example.net\nSubject: %s\n\nI am away.\n"
    assert (
        kinds(
            auto % b"Out of office: A paper",
            auto % b"Re: A paper",
            b"From: ada@example.net\nSubject: Re: delivery problems\n\nThe model is wrong.\n",
            b"",
        )
        == ["ignore"] * 4
    )


@pytest.mark.parametrize(
    ("kind", "result"),
    [("abuse", "complain"), ("opt-out", "complain"), ("auth-failure", "ignore"),
     ("not-spam", "ignore")],
)  # fmt: skip
def test_feedback_is_a_complaint_if_the_reader_complains(kind, result):
    assert kinds(arf(kind)) == [result]


def test_a_mail_programs_own_unsubscribe_is_a_complaint():
    assert kinds(b"From: ada@example.net\nSubject: unsubscribe\n\nsent to unsubscribe\n") == [
        "complain"
    ]


def test_the_returned_mail_is_no_part_of_the_reasons():
    """Its text speaks of unknown users and full mailboxes, as a paper may."""
    assert kinds(dsn("421 4.4.1 connection timed out")) == ["count"]
    assert "Message-ID: <0123" in verdict(dsn("550 5.1.1 gone")).returned
    assert "Message-ID: <0123" in verdict(plain(QMAIL.format(reason="550 gone") + OURS)).returned


def test_events_of_a_cloud_provider_are_read():
    def event(kind, body):
        return plain(json.dumps({"notificationType": kind} | body, separators=(",", ":")))

    one = {"emailAddress": "ada@example.net", "status": "5.1.1", "action": "failed"}
    gone = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [one]}
    assert kinds(
        event("Bounce", {"bounce": gone}),
        event("Delivery", {"delivery": {"recipients": ["ada@example.net"]}}),
        event("Complaint", {"complaint": {"complainedRecipients": [one]}}),
        event("Bounce", {"bounce": None}),
    ) == ["suppress", "ignore", "complain", "count"]


def samples() -> list[bytes]:
    texts = [plain(EXIM.format(reason=one) + OURS) for one in GONE + STILL_THERE]
    return [*texts, *(dsn(one) for one in GONE), arf("abuse")]


def test_copies_with_other_line_ends_agree():
    for raw in samples():
        found = verdict(raw)
        assert verdict(raw.replace(b"\n", b"\r\n")) == found
        assert verdict(raw.replace(b"\n", b"\r")) == found


def test_nothing_that_comes_in_raises():
    chance = random.Random(7)
    for raw in samples() * 4:
        torn = bytearray(raw)
        for _ in range(chance.randrange(1, 20)):
            at = chance.randrange(len(torn))
            torn[at : at + chance.randrange(30)] = chance.randbytes(chance.randrange(6))
        judged(taken_apart(bytes(torn)))


@pytest.mark.parametrize(
    "body",
    [b"user " * 200_000, b"-" * 2**20, b"\n" * 2**20, b"<" * 2**20, b"550 " * 250_000,
     b"ada@example.net " * 60_000, b"Received: x\n\n" * 80_000],
)  # fmt: skip
def test_a_huge_mail_takes_its_time_but_not_long(body):
    began = time.process_time()
    judged(taken_apart(b"From: MAILER-DAEMON@x\nSubject: failure\n\n" + body))
    assert time.process_time() - began < 10


def test_mails_nested_without_end_are_read_to_a_depth():
    inner = b"--b\nContent-Type: multipart/mixed; boundary=b\n\n"
    assert judged(taken_apart(b"Content-Type: multipart/mixed; boundary=b\n\n" + inner * 10_000))


def test_charsets_that_are_unknown_or_wrong_do_not_matter():
    head = b"From: MAILER-DAEMON@x\nContent-Type: text/plain; charset=%s\nSubject: failure\n\n"
    body = b"<ada@example.net>: 550 5.1.1 <ada@example.net> user unknown \xff\xfe\n"
    assert kinds(*(head % one + body for one in (b"x-no", b"utf-16", b"utf-8"))) == ["suppress"] * 3


def test_recorded_bounces_meet_the_goals(shared):
    file = shared / "bench/bounces/bounces.jsonl.gz"
    if not file.is_file():
        pytest.skip("no recorded bounces are there")
    logging.getLogger("flufl").setLevel(logging.CRITICAL)
    hard = found = soft = false = 0
    for line in gzip.decompress(file.read_bytes()).splitlines():
        row = json.loads(line)
        kind = verdict(base64.b64decode(row["message_base64"])).kind
        if any(one["hard"] for one in row["expected"]):
            hard += 1
            found += kind is Kind.SUPPRESS
        else:
            soft += 1
            false += kind is Kind.SUPPRESS
    assert found >= 0.95 * hard
    assert false <= 0.01 * soft
