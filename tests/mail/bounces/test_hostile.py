"""Mails that are made to be read for ever: each is judged within seconds of a processor."""

import logging
import resource
import signal
import subprocess
import sys

import pytest

from newsletter.mail.bounces.parts import taken_apart
from newsletter.mail.bounces.reports import MOST_FAILURES, MOST_WORDS
from newsletter.mail.bounces.verdict import Kind, judged, verdict

SECONDS = 10  # of a processor, whatever else it does meanwhile
JUDGE = (
    "import sys; from newsletter.mail.bounces.verdict import verdict; "
    "print(verdict(sys.stdin.buffer.read()).kind)"
)
BOUNCED = (
    'Subject: x\nFrom: a@x\n\n{"notificationType":"Bounce","bounce":{"bouncedRecipients":[%s]}}'
)
ONE = '{"emailAddress":"a@b.example","diagnosticCode":"%s"}'
BLOCK = "Final-Recipient: rfc822; u@x.example\nAction: failed\nDiagnostic-Code: smtp; %s\n\n"
REPORT = (
    "Subject: x\nFrom: MAILER-DAEMON@x\nContent-Type: multipart/report; boundary=B\n\n"
    "--B\nContent-Type: text/plain\n\n%s\n"
    "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n%s--B--\n"
)
ENDLESS = {
    "an event with an endless diagnostic": BOUNCED % (ONE % ("<" * 120_000)),
    "a report with many of them": REPORT % ("<" * 4000, BLOCK % ("<" * 3990) * 50),
    "a sender of many names": f"From: {'noreply@' * 130_000}\nSubject: hello\n\nhello\n",
}


def few_seconds():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


@pytest.mark.parametrize("name", ENDLESS)
def test_words_without_end_are_judged_within_seconds(name):
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        input=ENDLESS[name].encode(),
        capture_output=True,
        preexec_fn=few_seconds,
    )
    assert done.returncode not in (-signal.SIGXCPU, -signal.SIGKILL), "it took too long"
    assert done.stdout.decode().strip() in set(Kind), done.stderr


@pytest.mark.parametrize(("kind", "named"), [("Bounce", "bounced"), ("Complaint", "complained")])
def test_of_an_event_on_hundreds_of_recipients_few_are_looked_at(kind, named):
    raw = BOUNCED % ",".join([ONE % "550 5.1.1 gone"] * 420)
    raw = raw.replace("bounced", named).replace('"bounce"', f'"{kind.lower()}"')
    raw = raw.replace("Bounce", kind)
    assert len(judged(taken_apart(raw.encode())).recipients) == MOST_FAILURES


def test_of_a_diagnostic_in_an_event_the_first_words_are_looked_at():
    late = BOUNCED % (ONE % ("word " * MOST_WORDS + "550 5.1.1 user unknown"))
    early = BOUNCED % (ONE % ("550 5.1.1 user unknown" + " word" * MOST_WORDS))
    assert [verdict(one.encode()).kind for one in (late, early)] == ["count", "suppress"]


@pytest.mark.parametrize("start", ['{"notificationType":', '{"notificationType":"Complaint","a":'])
def test_an_event_nested_without_end_is_none_and_no_trouble(start, caplog):
    raw = b"Subject: x\nFrom: a@x\n\n" + start.encode() + b'{"a":' * 20_000
    with caplog.at_level(logging.ERROR):
        found = verdict(raw)
    assert found.kind is (Kind.COMPLAIN if "Complaint" in start else Kind.IGNORE)
    assert not caplog.records
