"""Themes and partials of an operator: changed while the program runs, broken, and mended again."""

import re

import pytest

from newsletter.rendering.digest import digest
from newsletter.rendering.fresh import Fresh, try_out
from newsletter.rendering.lint import INFO, lint
from newsletter.rendering.templates import Templates

from .collection import KINDS, PLACES, to_letter
from .conftest import DEFAULTS, GATES, PUBLIC, PUBLIC_LINKS, to_issue
from .screen import Screen
from .test_accessibility import TEXTS

BULLETIN = """[# A second look, by this file alone. #]
[% set logo = "The Bulletin" %][% set width = "640px" %]
[% set ground = "#f4f6fb" %][% set ground_dark = "#10131c" %]
[% set ink = "#14203a" %][% set ink_dark = "#e6eaf5" %]
[% set soft = "#33405c" %][% set soft_dark = "#c3cbe0" %]
[% set grey = "#56607a" %][% set grey_dark = "#9aa5c0" %]
[% set hairline = "#ccd4e6" %][% set hairline_dark = "#2c3550" %]
[% set accent = "#8a1c4a" %][% set accent_dark = "#f19bbd" %]
[% set serif = "'Helvetica Neue', Arial, sans-serif" %]
[% set sans = "Verdana, Geneva, sans-serif" %]
"""


@pytest.fixture
def folder(tmp_path):
    """An operator's templates, nothing changed as yet."""
    (tmp_path / "mail").mkdir()
    return tmp_path


@pytest.fixture
def bulletin(folder):
    """The templates with the second theme."""
    (folder / "mail/theme.mjml").write_text(BULLETIN)
    return Templates([folder, DEFAULTS])


def html_by(templates):
    return digest(templates, to_issue(GATES), PUBLIC, PUBLIC_LINKS).html


def colours(html):
    return set(re.findall(r"#[0-9a-f]{6}\b", html))


def test_a_second_theme_leaves_nothing_of_the_first(bulletin, templates):
    first, second = html_by(templates), html_by(bulletin)
    assert "The Bulletin" in second
    assert not colours(first) & colours(second)
    assert "Charter" not in second
    assert second.count("640px") == first.count("600px")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["seven papers", "a quiet day", "feeds that fell short"])
def test_a_second_theme_is_as_sound_as_the_first(bulletin, kind, place):
    made = to_letter(bulletin, KINDS[kind], *PLACES[place]).message
    assert [one for one in lint(made.raw) if one.level != INFO] == []


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_second_theme_is_drawn_in_its_own_colours(bulletin, browser, mode):
    drawn = Screen(browser, 375, mode).open(html_by(bulletin)).evaluate(TEXTS)
    grounds = {ground for _, _, ground, _, _ in drawn}
    assert grounds == {"rgb(244, 246, 251)" if mode == "light" else "rgb(16, 19, 28)"}


def test_templates_follow_a_change_of_one_file(folder):
    fresh = Fresh(Templates([folder, DEFAULTS]))
    before = fresh.look()
    assert fresh.look() is before
    (folder / "mail/theme.mjml").write_text('[% set accent = "#123456" %]')
    assert fresh.look() is not before
    assert "#123456" in html_by(fresh.look())
    (folder / "mail/theme.mjml").unlink()
    assert html_by(fresh.look()) == html_by(before)


FAULTS = {
    "not closed": "<mj-text>\n{{ card.title\n</mj-text>",
    "no MJML": "<mj-text>\n<b>bold</mj-text>",
    "a name that is not there": "<mj-text>a\n{{ no_such_name }}</mj-text>",
    "a name in what is seldom shown": "<mj-text>{% if quiet %}\n{{ no_such }}{% endif %}</mj-text>",
    "not UTF-8": "\xff",
}


@pytest.mark.parametrize("text", FAULTS.values(), ids=FAULTS)
def test_of_a_broken_file_the_last_good_one_stays_in_use(folder, text):
    fresh = Fresh(Templates([folder, DEFAULTS]))
    foot = folder / "mail/foot.mjml"
    foot.write_text("<mj-text>The first foot</mj-text>")
    good = fresh.look()
    foot.write_bytes(text.encode("latin-1"))
    assert fresh.look() is good
    assert "The first foot" in html_by(fresh.look())
    assert fresh.trouble.file == str(foot)
    assert fresh.trouble.line
    assert fresh.trouble.excerpt
    foot.write_text("<mj-text>The second foot</mj-text>")
    assert "The second foot" in html_by(fresh.look())
    assert fresh.trouble is None


def test_the_shipped_templates_render_every_mail(templates):
    try_out(templates)
