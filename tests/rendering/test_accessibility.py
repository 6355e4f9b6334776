"""Mails as Chromium shows them: readable, tappable, in order; and the lint measured against it."""

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from newsletter.rendering.lint import fields
from newsletter.rendering.lint.colours import colour, ratio
from newsletter.rendering.lint.contrast import mode_of
from newsletter.rendering.lint.page import Parts

from .collection import KINDS, NOTES, PLACES, to_letter, to_note, told, variants
from .conftest import GATES
from .screen import Screen
from .test_collection import LANGUAGES, spoken

TAP, SMALLEST, TOP = 44, 14, 420  # px
# A mail stands inside a program's own page, which has the landmarks.
OPTIONS = {
    "rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}},
    "resultTypes": ["violations"],
}
# Each text that is seen, with what is drawn: its colour, size, weight, and the ground under it.
TEXTS = """() => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const one = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || ['STYLE', 'SCRIPT'].includes(one.tagName)) continue;
        if (!one.checkVisibility()) continue;
        const look = getComputedStyle(one);
        let around = one, ground = 'rgb(255, 255, 255)';
        for (; around; around = around.parentElement) {
            const paint = getComputedStyle(around).backgroundColor;
            if (paint != 'rgba(0, 0, 0, 0)') { ground = paint; break; }
        }
        found.push([walk.currentNode.data, look.color, ground, parseFloat(look.fontSize),
            parseInt(look.fontWeight) >= 600]);
    }
    return found;
}"""
TARGETS = """() => [...document.querySelectorAll('a')].map(
    one => [one.textContent.trim(), one.getBoundingClientRect().height])"""


@pytest.fixture(scope="module", params=["light", "dark"])
def phone(request, browser):
    return request.param, Screen(browser, 375, request.param)


def html_of(templates, kind, place="public"):
    return to_letter(templates, KINDS[kind], *PLACES[place]).message.rendered.html


def pages(templates):
    """Yield the HTML of each kind of mail."""
    for number, kind in enumerate(KINDS):
        yield kind, html_of(templates, kind, ("public", "lab")[number % 2])
    for code in LANGUAGES[1:]:
        for kind in ("three papers", "eight papers with a list of contents", "a quiet day"):
            made = to_letter(spoken(code), KINDS[kind], *PLACES["public"])
            yield f"{kind}, {code}", made.message.rendered.html
        for kind in NOTES:
            yield f"{kind}, {code}", to_note(spoken(code), kind, "public").rendered.html
    for kind in NOTES:
        for place in PLACES:
            yield f"{kind}, {place}", to_note(templates, kind, place).rendered.html


@pytest.mark.browser
@pytest.mark.slow
def test_axe_finds_nothing(templates, phone):
    _, screen = phone
    for kind, html in pages(templates):
        found = Axe().run(screen.open(html), options=OPTIONS)
        assert found.response["violations"] == [], f"{kind}: {found.generate_report()}"


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_drawn_has_contrast_and_size(templates, phone):
    mode, screen = phone
    for kind, html in pages(templates):
        drawn = screen.open(html).evaluate(TEXTS)
        assert drawn
        for text, ink, ground, size, _ in drawn:
            assert size >= SMALLEST, (kind, text)
            assert ratio(colour(ink), colour(ground)) >= 4.5, (mode, kind, text, ink, ground)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_lint_sees_the_colours_and_sizes_that_are_drawn(templates, browser, name):
    screen = Screen(browser, 600, name)  # wide, for the lint takes the rules of every width
    for html in (html_of(templates, "seven papers"), html_of(templates, "feeds that fell short")):
        parts = Parts(fields.read(b""), "", html)
        mode = mode_of(parts, name)
        seen = [(text, mode.look(one)) for one, text in parts.tree.seen()]
        ours = [
            (text.split(), look.ink[:3], look.ground[:3], look.size, look.is_bold)
            for text, look in seen
            if not look.is_hidden
        ]
        theirs = [
            (text.split(), colour(ink)[:3], colour(ground)[:3], size, is_bold)
            for text, ink, ground, size, is_bold in screen.open(html).evaluate(TEXTS)
        ]
        assert ours == theirs


@pytest.mark.browser
@pytest.mark.parametrize("place", PLACES)
def test_every_link_is_as_high_as_a_fingertip(templates, screen, place):
    for kind in ("seven papers", "eight papers with a list of contents", "a quiet day"):
        targets = screen.open(html_of(templates, kind, place)).evaluate(TARGETS)
        assert targets
        assert [one for one in targets if one[1] < TAP] == []


@pytest.mark.browser
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_the_first_title_is_on_the_first_screen_of_a_phone(screen, place, code):
    site, links = PLACES[place]
    long = replace(site, name="The Morning Papers of the Institute of Applied Sciences")
    issue = replace(told(*variants(GATES, count=7)), edition="daily-2026-09-23")
    html = to_letter(spoken(code), issue, long, links).message.rendered.html
    assert "2026" in html
    top = screen.open(html).locator("h2").first.bounding_box()
    assert top["y"] + top["height"] < TOP


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 375, 1024])
def test_nothing_runs_over_the_edge(templates, browser, width):
    screen = Screen(browser, width)
    for kind, html in pages(templates):
        page = screen.open(html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, kind


@pytest.mark.browser
def test_without_styles_all_is_still_there_in_order(templates, screen):
    html = html_of(templates, "three papers", "lab")
    page = screen.open(html)
    page.evaluate("""() => {
        document.querySelectorAll('style').forEach(one => one.remove());
        document.querySelectorAll('*').forEach(one => {
            for (const name of ['style', 'class', 'align', 'width', 'bgcolor'])
                one.removeAttribute(name);
        });
    }""")
    said = " ".join(page.locator("body").inner_text().split())
    order = ["Saturday 14 March", "3 of 214", GATES.title, "Ada Okafor", "2609.01234", "We fold"]
    places = [said.index(one, 200) for one in [*order, "Why:", "PDF", "Rate or save", "Pause"]]
    assert places == sorted(places)
    assert len(page.locator("a").all()) == len(page.locator("a:visible").all())
