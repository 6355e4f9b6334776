"""Each rule fires on a mail built to break it, and a good mail is clean."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery import Kind
from newsletter.domain.message import Rendered
from newsletter.rendering.digest import digest
from newsletter.rendering.lint import ERROR, INFO, WARN, lint
from newsletter.rendering.message import build

from .conftest import (
    DUE,
    GATES,
    KMEANS,
    LAB,
    LAB_LINKS,
    PUBLIC,
    PUBLIC_LINKS,
    SPINDLES,
    to_issue,
)

LINK = "https://example.org/paper"
PREHEADER = "What a reader sees after the subject, in one line" + "\u034f\u200c\u00a0" * 40
HEAD = "<title>A subject</title>"
FOOT = (
    f'<a href="{PUBLIC_LINKS.unsubscribe}">Unsubscribe</a>'
    f'<a href="{PUBLIC_LINKS.preferences}">Preferences</a>'
    f'<a href="{PUBLIC_LINKS.web_view}">Read on the web</a>'
)
HTML = (
    f'<!doctype html><html lang="en" dir="ltr"><head>{HEAD}</head><body>'
    f'<div style="display:none">{PREHEADER}</div>'
    f'<h1>A</h1><h2>B</h2><a href="{LINK}">The paper</a>{FOOT}</body></html>\n'
)
BELOW = "\n".join(
    [PUBLIC_LINKS.unsubscribe, PUBLIC_LINKS.preferences, PUBLIC_LINKS.web_view, "12 Long Street"]
)
TEXT = f"A\n\nB\n{LINK}\n{BELOW}\n"
GOOD = Rendered("A subject", "and what follows", HTML, TEXT)


def make(rendered=GOOD, *, site=PUBLIC, links=PUBLIC_LINKS, kind=Kind.DIGEST):
    made = build(
        rendered,
        site=site,
        links=links,
        recipient="ada@example.org",
        message_key="daily-2026-03-14:1",
        kind=kind,
        date=DUE,
        name="one",
        envelope_sender="bounces@example.org",
    )
    return made.raw


def html(body):
    return make(replace(GOOD, html_pieces=body))


def text(body):
    return make(replace(GOOD, text_pieces=body))


def found(raw):
    return [(one.rule, one.level) for one in lint(raw)]


def without(raw, name):
    """Return the mail without the header field."""
    cut, number = re.subn(
        rb"(?m)^" + name.encode() + rb":.*\r\n(?:[ \t].*\r\n)*", b"", raw, count=1
    )
    assert number
    return cut


@pytest.mark.parametrize(("site", "links"), [(PUBLIC, PUBLIC_LINKS), (LAB, LAB_LINKS)])
def test_an_issue_of_ours_is_clean(templates, site, links):
    rendered = digest(templates, to_issue(GATES, SPINDLES, KMEANS), site, links)
    assert lint(make(rendered, site=site, links=links)) == []


def test_a_small_mail_is_clean_and_so_is_a_note_without_list_headers():
    assert lint(make()) == []
    assert lint(make(kind=Kind.CONFIRMATION)) == []


def test_a_bare_line_end_is_an_error():
    assert ("line-ends", ERROR) in found(make().replace(b"\r\n", b"\n"))
    assert ("line-ends", ERROR) in found(make() + b"a\rb\r\n")


@pytest.mark.parametrize(("octets", "expected"), [(998, []), (999, [("line-length", ERROR)])])
def test_a_line_has_998_octets_at_most(octets, expected):
    raw = make().replace(b"Subject: ", b"X-Long: " + b"x" * (octets - 8) + b"\r\nSubject: ", 1)
    assert found(raw) == expected


@pytest.mark.parametrize(
    "name", ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted"]
)
def test_a_field_that_stands_once_is_missed_and_never_stands_twice(name):
    raw = make()
    missing = without(raw, name)
    assert ("headers", ERROR) in found(missing)
    assert f"{name} stands 0 times" in lint(missing)[0].text
    line = re.search(rb"(?m)^" + name.encode() + rb":.*\r\n(?:[ \t].*\r\n)*", raw).group()
    (twice,) = lint(line + raw)
    assert (twice.rule, twice.level) == ("headers", ERROR)
    assert f"{name} stands 2 times" in twice.text


def test_list_mail_without_a_way_out_is_an_error():
    assert ("unsubscribe", ERROR) in found(without(make(), "List-Unsubscribe"))
    (told,) = lint(without(make(), "List-Unsubscribe-Post"))
    assert (told.rule, told.text) == (
        "unsubscribe",
        "List-Unsubscribe-Post is missing; write List-Unsubscribe=One-Click",
    )


def test_a_folded_way_out_is_an_error():
    raw = make().replace(b"\r\nList-Unsubscribe: ", b"\r\nList-Unsubscribe:\r\n ", 1)
    (told,) = lint(raw)
    assert told.rule == "unsubscribe"
    assert "folded" in told.text


def test_a_way_out_by_mail_alone_needs_no_post():
    foot = f'<a href="{LAB_LINKS.unsubscribe}">Unsubscribe</a>'
    raw = make(
        replace(
            GOOD,
            html_pieces=HTML.replace(FOOT, foot),
            text_pieces=f"{GOOD.text}{LAB_LINKS.unsubscribe}\n",
        ),
        site=LAB,
        links=LAB_LINKS,
    )
    assert b"List-Unsubscribe-Post" not in raw
    assert lint(raw) == []


@pytest.mark.parametrize(("kind", "missing"), [(b"plain", "text"), (b"html", "HTML")])
def test_a_mail_has_both_parts(kind, missing):
    raw = make().replace(b"Content-Type: text/" + kind, b"Content-Type: application/other", 1)
    (told,) = lint(raw)
    assert (told.rule, told.level) == ("parts", ERROR)
    assert f"no {missing} part" in told.text


def test_a_part_in_an_unknown_character_set_is_an_error():
    raw = (
        make()
        .replace(b'charset="utf-8"', b"charset=klingon")
        .replace(b"charset=utf-8", b"charset=klingon")
    )
    assert b"klingon" in raw
    assert ("parts", ERROR) in found(raw)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (80_000, []),
        (80_001, [("size", WARN)]),
        (100_000, [("size", WARN)]),
        (100_001, [("size", ERROR)]),
    ],
)
def test_html_that_mail_programs_clip_is_told(octets, expected):
    page = HTML.strip()
    page = page.replace("</html>", "é" * ((octets - len(page.encode())) // 2 - 1) + "</html>")
    body = page + " " * (octets - 2 - len(page.encode()))  # and CRLF
    assert found(html(body)) == expected


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (' lang="en"', "", "<html> has no lang"),
        ("<h1>A</h1>", "", "0 h1 headings"),
        ("<h1>A</h1>", "<h1>A</h1><h1>A</h1>", "2 h1 headings"),
        ("<h2>B</h2>", "<h3>B</h3>", "an h3 follows an h1"),
    ],
)
def test_a_page_has_a_language_one_heading_on_top_and_skips_none(old, new, told):
    (finding,) = lint(html(HTML.replace(old, new)))
    assert (finding.rule, finding.level) == ("structure", ERROR)
    assert told in finding.text


@pytest.mark.parametrize(
    "link",
    ["", "#", "/paper", "javascript:alert(1)", "https://", "https:///x", "mailto:", "ftp://a"],
)
def test_a_link_that_leads_nowhere_is_an_error(link):
    body = HTML.replace(LINK, link)
    mail = make(replace(GOOD, html_pieces=body, text_pieces=f"A {link}\n"))
    assert ("links", ERROR) in found(mail)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:80"])
def test_a_link_to_this_machine_is_a_warning(host):
    link = f"http://{host}/unsubscribe"
    body = HTML.replace(LINK, link)
    mail = make(replace(GOOD, html_pieces=body, text_pieces=f"A {link}\n{BELOW}\n"))
    assert found(mail) == [("local-links", WARN)]


def test_text_in_cells_of_size_nothing_is_judged_by_its_own_size_and_colour():
    pale = '<td style="font-size:0px"><div style="font-size:12px;color:#cccccc">Pale</div></td>'
    told = found(html(HTML.replace("<h2>", f"<table role='presentation'>{pale}</table><h2>")))
    assert told == [("contrast", ERROR), ("contrast", ERROR), ("small-text", WARN)]


def test_an_image_says_what_it_shows_or_that_it_is_decoration():
    body = HTML.replace("</h2>", '</h2><img src="cid:a" width="9">')
    (finding,) = lint(html(body))
    assert (finding.rule, finding.level) == ("images", ERROR)
    assert "cid:a" in finding.text
    shown = lint(html(body.replace('"cid:a"', '"cid:a" alt=""')))
    assert {one.level for one in shown} <= {INFO}


def test_a_line_of_text_has_78_columns_unless_it_is_an_address():
    narrow = f"{'x' * 78}\n{BELOW}\n{LINK}\n{LINK}/{'y' * 90}\nmailto:{'z' * 90}@example.org\n"
    assert lint(text(narrow)) == []
    (finding,) = lint(text(f"{narrow}wide {'w' * 74}\n"))
    assert (finding.rule, finding.level) == ("text-width", ERROR)
    assert "wide www" in finding.text, "the line that is meant is shown"


def test_a_link_of_the_html_that_the_text_lacks_is_a_warning():
    (finding,) = lint(text(f"A\n\nB\n{BELOW}\n"))
    assert (finding.rule, finding.level) == ("text-parity", WARN)
    assert LINK in finding.text


@pytest.mark.parametrize("left", ["{{ name }}", "{% if x %}", "[[ token ]]", "[% end %]"])
def test_what_a_template_left_behind_is_a_warning(left):
    assert found(html(HTML.replace(">A<", f">{left}<"))) == [("unrendered", WARN)]
    assert found(text(f"{GOOD.text}{left}\n")) == [("unrendered", WARN)]


def test_errors_come_first():
    body = HTML.replace(' lang="en"', "").replace(">A<", ">{{ name }}<")
    assert found(html(body)) == [("structure", ERROR), ("unrendered", WARN)]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"hello",
        b"From: a\r\nFrom: b\r\n\r\n",
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n",
        b"Content-Type: multipart/alternative\r\n\r\n",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff=\r\n",
        b"Date: never\r\nMessage-ID: <\r\nTo: @,<\r\nSubject: =?x?q?=ff?=\r\n\r\n",
        json.dumps({"no": "mail"}).encode(),
    ],
)
def test_what_is_no_mail_of_ours_has_findings_and_breaks_nothing(raw):
    assert ERROR in {level for _, level in found(raw)}


@given(st.binary(max_size=80), st.integers(0, 3000))
def test_damage_anywhere_breaks_nothing(damage, place):
    raw = make()
    for one in lint(raw[:place] + damage + raw[place + len(damage) :]):
        assert one.text


@pytest.mark.parametrize("address", ["letter@lax", "\u00e4@example.org"])
def test_what_a_reader_may_have_as_an_address_the_newsletter_may_not(address):
    def errors(name):
        found = lint(f"{name}: {address}\r\n\r\nHello\r\n".encode())
        return [one for one in found if one.level == ERROR and one.text.startswith(f"{name} holds")]

    assert (len(errors("From")), len(errors("To"))) == (1, 0)
