"""Reports that were cut, bent and nested on their way: each is judged, none raises."""

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.mail.bounces.parts import taken_apart
from newsletter.mail.bounces.reports import MOST_FAILURES, MOST_REMARK, MOST_WORDS, failures
from newsletter.mail.bounces.verdict import Kind, judged, verdict
from tests.mail.bounces.letters import EXIM, QMAIL, SENDMAIL, arf, dsn, plain

WHOLE = (
    dsn("550 5.1.1 user unknown"),
    arf("abuse"),
    *(plain(text) for text in (EXIM, QMAIL, SENDMAIL)),
)
ENDS = (b"\n", b"\r\n", b"\r")
ODD = (
    b"\0", b"\xff\xfe", b"=?utf-8?b?////?=", b"=?x-none?q?=ZZ?=", b";", b'"', b"<", b"@", b"\r",
    b"\n\n", b"boundary=", b"Content-Type: message/rfc822\n\n", b"\nStatus: 5.1.1\n", b"\n--b\n",
    b"Content-Transfer-Encoding: base64\n", b'Content-Type: text/plain; charset="x-none"\n',
    b"Content-Type: multipart/report; boundary=\n", b"Final-Recipient: rfc822;\n", "é文".encode(),
)  # fmt: skip


def recipients(number, words):
    fields = "Final-Recipient: rfc822; u%d@x.example\nAction: failed\n"
    return "\n".join(fields % one + f"Diagnostic-Code: smtp; {words}\n" for one in range(number))


def test_of_a_report_on_hundreds_of_recipients_few_are_looked_at():
    many = dsn(f"550 5.1.1 no\n\n{recipients(400, '550 5.1.1 user unknown')}")
    assert len(verdict(many).recipients) == MOST_FAILURES


def test_of_endless_words_in_one_field_the_first_are_looked_at():
    endless = dsn("550 " + "word " * 100_000, status="5.0.0 " + "word " * 100_000)
    (one,) = failures(taken_apart(endless))
    assert len(one.words) <= MOST_WORDS
    assert len(one.around) <= MOST_REMARK + MOST_WORDS + 1


@st.composite
def bent(draw):
    """Return a report after a few cuts, insertions and turns of octets."""
    raw = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw)))
        to = min(len(raw), at + draw(st.integers(0, 60)))
        what = draw(st.sampled_from(("cut", "put", "drop", "twice", "noise", "nest")))
        if what == "cut":
            raw = raw[:at]
        elif what == "put":
            raw = raw[:at] + draw(st.sampled_from(ODD)) + raw[at:]
        elif what == "drop":
            raw = raw[:at] + raw[to:]
        elif what == "twice":
            raw = raw[:to] + raw[at:]
        elif what == "noise":
            raw = raw[:at] + draw(st.binary(max_size=20)) + raw[to:]
        else:
            raw = b"Content-Type: message/rfc822\nSubject: failure notice\n\n" + raw
    return raw


@settings(max_examples=100)
@given(bent(), st.sampled_from(ENDS))
def test_a_bent_report_is_judged_without_an_exception(raw, end):
    copy = end.join(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    assert judged(taken_apart(copy)).kind in Kind


@settings(max_examples=50)
@given(bent())
def test_copies_of_a_bent_report_agree_whatever_their_line_ends(raw):
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    found = {judged(taken_apart(end.join(lines))) for end in ENDS}
    assert len(found) == 1
