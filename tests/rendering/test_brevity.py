"""The lint's rules of length, over mails made too long in one way each."""

from dataclasses import replace

import pytest

from newsletter.domain.message import Rendered
from newsletter.rendering.lint import INFO, WARN, lint

from .collection import KINDS, PLACES, to_letter, told, variants
from .conftest import GATES
from .test_lint import make

SITE, LINKS = PLACES["public"]


def found(raw):
    return [one for one in lint(raw) if one.rule == "brevity"]


def changed(templates, count, *changes):
    """Return a usual mail of so many papers with these changes of its HTML."""
    rendered = to_letter(
        templates, told(*variants(GATES, count=count)), SITE, LINKS
    ).message.rendered
    html = rendered.html
    for old, new in changes:
        assert old in html
        html = html.replace(old, new, 1)
    return make(Rendered(rendered.subject, "", html, rendered.text), site=SITE, links=LINKS)


@pytest.mark.parametrize(
    "kind", ["seven papers", "eight papers with a list of contents", "a quiet day"]
)
def test_mails_of_ours_are_short_or_begin_with_a_list(templates, kind):
    assert found(to_letter(templates, KINDS[kind], SITE, LINKS).message.raw) == []


def test_many_words_before_the_foot_are_told(templates):
    issue = told(*variants(replace(GATES, abstract="word " * 70), count=7), tldr="")
    (one,) = found(to_letter(templates, issue, SITE, LINKS).message.raw)
    assert one.level == INFO
    assert "words stand before the foot; 450 are read" in one.text


def test_a_mail_without_pages_of_its_own_holds_its_full_content(templates):
    assert found(to_letter(templates, KINDS["seven papers"], *PLACES["lab"]).message.raw) == []


def test_a_fourth_link_of_a_paper_is_told(templates):
    more = ("</h2>", '</h2><a href="https://e.org/x">Another place</a>')
    (one,) = found(changed(templates, 2, more))
    assert one.level == INFO
    assert "has 4 links; 3 are enough" in one.text


def test_a_long_preamble_before_the_first_title_is_told(templates):
    talk = ("<h2", f"<p>{'Dear reader, before the papers a word. ' * 20}</p><h2")
    (one,) = found(changed(templates, 1, talk))
    assert one.level == WARN
    assert "on a phone the first title stands about" in one.text


def test_many_papers_want_a_list_of_their_titles(templates):
    (one,) = found(changed(templates, 8, ("<ol", "<div"), ("</ol", "</div")))
    assert one.level == INFO
    assert "without a list of their titles" in one.text
