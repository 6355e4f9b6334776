"""Forty issues of all kinds: sound by the lint, small, and the same papers in both parts."""

import email
import email.policy
import re
import shutil
import subprocess
from functools import lru_cache

import pytest

from newsletter.rendering.language import codes, language
from newsletter.rendering.lint import INFO, lint
from newsletter.rendering.templates import Templates

from .collection import ISSUES, KINDS, NOTES, PLACES, to_letter, to_note
from .conftest import DEFAULTS, links_in_text, read_html
from .test_languages import mirrored

MIRRORED, SIGN = "ar", "\u05d0"  # the sign around each of our texts in it
LANGUAGES = [*codes(), MIRRORED]
USUAL, MOST = 80_000, 100_000  # octets of HTML
SPAM, SPAM_RULE = 0.5, 1.0  # points of SpamAssassin
# Words of nothing but mathematical letters do look like spam, and a paper is called what it is.
GARBAGE = ("forty titles of a thousand letters of four bytes",)


@lru_cache
def spoken(code):
    """Return the templates in a language, or in one from right to left."""
    return Templates([DEFAULTS], mirrored() if code == MIRRORED else language(code))


@pytest.fixture(
    params=[(code, name) for code in LANGUAGES for name in ISSUES], ids=str, scope="module"
)
def letter(request):
    """One of the forty as a mail, in one of the languages."""
    code, name = request.param
    kind, place = ISSUES[name]
    return to_letter(spoken(code), KINDS[kind], *PLACES[place])


def opened(raw):
    """Return the mail as another program reads it: headers, text, HTML."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not [one.defects for one in mail.walk() if one.defects]
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return mail, text.replace("\r\n", "\n"), html.replace("\r\n", "\n")


def squeezed(text):
    return re.sub(rf"[\s{SIGN}]", "", text)


def papers_in_text(text):
    """Return each paper's title and link; what is longer than a line is broken anywhere."""
    text = text.replace(SIGN, "")
    titles = re.findall(r"^(?:Title|Titel):(.*(?:\n  .*)*)$", text, re.MULTILINE)
    links = re.findall(r"^\\\\ \( (\S+) \)$", text, re.MULTILINE)
    return list(zip(map(squeezed, titles), links, strict=True))


def papers_in_html(html):
    page = read_html(html)
    titles = [words for tag, words in page.headings if tag == "h2"]
    return [(squeezed(words), page.links_in[words]) for words in titles]


def test_there_are_forty_and_more():
    assert len(ISSUES) >= 40


def test_the_lint_finds_nothing_worse_than_a_remark(letter):
    assert [one for one in lint(letter.message.raw) if one.level != INFO] == []


def test_the_html_stays_within_its_budget(letter):
    size = len(letter.message.rendered.html.encode())
    assert size <= USUAL


def test_both_parts_hold_exactly_the_papers_of_the_issue_in_their_order(letter):
    _, text, html = opened(letter.message.raw)
    assert papers_in_text(text) == papers_in_html(html)
    assert len(papers_in_text(text)) == len(letter.issue.items)
    for (title, _), item in zip(papers_in_text(text), letter.issue.items, strict=True):
        assert title[:60].rstrip("…") in squeezed(cleaned(item.paper.title))


def cleaned(title):
    """Return the title without what no reader may see."""
    return re.sub(
        "[\u202a-\u202e\u2066-\u2069]", "", re.sub("[\x00-\x1f\ud800-\udfff]", " ", title)
    )


def test_both_parts_lead_to_the_same_places(letter):
    _, text, html = opened(letter.message.raw)
    assert set(links_in_text(text)) >= {one for one in read_html(html).links if "rate" not in one}
    assert letter.links.unsubscribe in text
    assert letter.links.unsubscribe in read_html(html).links


def test_no_relay_has_to_touch_a_line(letter):
    raw = letter.message.raw
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    folded = [one for one in head.split(b"\r\n") if not one.startswith(b"List-Unsubscribe:")]
    assert max(map(len, folded)) <= 78
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|^\.|\x00|[\x80-\xff]", raw, re.MULTILINE)


def test_the_rendered_text_comes_back_as_it_was(letter):
    mail, text, html = opened(letter.message.raw)
    rendered = letter.message.rendered
    assert html.rstrip("\n") == rendered.html.rstrip("\n")
    assert text.rstrip("\n") == rendered.text.rstrip("\n")
    assert mail["Subject"] == rendered.subject


def mails_of(what):
    """Return mails by name: the issues in a language, or the notes in both."""
    if what == "notes":
        return {
            f"{name}, {place}, {code}": to_note(spoken(code), name, place).raw
            for name in NOTES
            for place in PLACES
            for code in codes()
        }
    return {
        name: to_letter(spoken(what), KINDS[kind], *PLACES[place]).message.raw
        for name, (kind, place) in ISSUES.items()
        if kind not in GARBAGE
    }


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("spamassassin"), reason="apt-get install spamassassin")
@pytest.mark.parametrize("what", [*codes(), "notes"])
def test_a_spam_filter_has_nothing_against_them(what, tmp_path):
    """The rules of the package alone: no network, no learning, no settings of this machine."""
    mails = mails_of(what)
    box = b"".join(b"From x Sat Mar 14 06:00:00 2026\n%s\n" % plain(one) for one in mails.values())
    command = ["spamassassin", "--local", "--test-mode", "--mbox", "--nocreate-prefs"]
    command += ["--prefspath", str(tmp_path / "prefs"), "--cf", "use_bayes 0"]
    said = subprocess.run(command, input=box, capture_output=True, check=True).stdout
    judged = re.split(r"(?m)^From x ", said.decode(errors="replace"))[1:]
    assert len(judged) == len(mails)
    for name, told in zip(mails, judged, strict=True):
        score = re.search(r"^X-Spam-Status: \w+, score=(-?[\d.]+)", told, re.MULTILINE)
        rules = re.findall(r"^\s*(-?\d+\.\d+) ([A-Z_0-9]+) ", told, re.MULTILINE)
        assert rules, told[-2000:]
        assert [one for one in rules if float(one[0]) >= SPAM_RULE] == [], name
        assert float(score[1]) <= SPAM, (name, rules)


def plain(raw):
    """Return the mail as a mailbox holds it."""
    return re.sub(rb"(?m)^From ", b">From ", raw.replace(b"\r\n", b"\n"))
