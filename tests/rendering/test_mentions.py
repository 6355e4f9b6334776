"""Lines behind the papers: what was perhaps missed, and what became of earlier papers."""

from dataclasses import replace

from newsletter.domain.issue import Mention, News
from newsletter.rendering.digest import digest
from tests.rendering.conftest import (
    GATES,
    LAB,
    LAB_LINKS,
    PUBLIC,
    PUBLIC_LINKS,
    read_html,
    titles_in_text,
    to_issue,
)

LINK = "https://arxiv.org/abs/2603.0000"
MENTIONS = (
    Mention(News.MISSED, "A <Lost> Paper", f"{LINK}1"),
    Mention(News.WITHDRAWN, "A Wrong One", f"{LINK}2"),
    Mention(News.PUBLISHED, "A Good One", f"{LINK}3", "Journal of Sleep"),
    Mention(News.REPLACED, "A Better One", f"{LINK}4"),
)


def letter(templates, mentions=MENTIONS, site=PUBLIC, links=PUBLIC_LINKS):
    return digest(templates, replace(to_issue(GATES), mentions=mentions), site, links)


def test_both_parts_tell_the_same_in_groups_behind_the_papers(templates):
    made = letter(templates)
    seen = read_html(made.html)
    text = " ".join(made.text.split())
    for words in (
        *("You may have missed A <Lost> Paper", "News of papers you have had A Wrong One"),
        "Better One",
    ):
        assert words in seen.text
        assert words in text.replace(f" {LINK}1", "").replace(f" {LINK}2", "")
    for told in ("withdrawn", "published in Journal of Sleep", "title or abstract changed"):
        assert told in seen.text
        assert f"({told})" in text
    assert all(one.link in seen.links and one.link in made.text for one in MENTIONS)
    assert titles_in_text(made.text) == [GATES.title]
    assert seen.text.index("Reading Less") < seen.text.index("You may have missed")


def test_an_issue_without_any_has_no_such_heading(templates):
    made = letter(templates, ())
    assert "You may have missed" not in made.html + made.text
    assert "News of papers" not in made.html + made.text


def test_in_german_they_are_german(templates):
    made = letter(templates.speaking("de"), site=LAB, links=LAB_LINKS)
    for told in ("Vielleicht haben Sie verpasst", "zurückgezogen", "erschienen in: Journal"):
        assert told in made.html
        assert told in made.text


def test_a_hostile_title_stays_text_on_one_line(templates):
    title = "<script>alert(1)</script>\r\nBcc: x@example.org"
    made = letter(templates, (Mention(News.MISSED, title, f"{LINK}9"),))
    assert "<script" not in made.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Bcc" in made.html
    assert "\r" not in made.text


def test_what_is_printed_for_one_mail_does_not_stay_for_the_next(templates):
    with_some, without = letter(templates), letter(templates, ())
    assert letter(templates).html == with_some.html
    assert with_some.html.count('role="heading"') == 2
    assert without.html.count('role="heading"') == 0
