"""Every text that a reader sees is in the catalogue, in each language, with its places."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from newsletter.domain.issue import Coverage, FeedCoverage, Part, Quote
from newsletter.rendering.card import why
from newsletter.rendering.digest import digest
from newsletter.rendering.language import FOLDER, codes, from_catalogue, language
from newsletter.rendering.receipt import date_of, to_receipt
from newsletter.rendering.templates import Templates
from tests.rendering.conftest import DEFAULTS, GATES, LAB, LAB_LINKS, PUBLIC, PUBLIC_LINKS, to_issue

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"\b(?:_|expr)\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
PLACE = re.compile(r"\{\w+\}")
DAY = date(2026, 3, 14)
OTHERS = [code for code in codes() if code != "en"]
# In tables of Python, which no call shows.
TABLES = {
    "newsletter.rendering.card": ("PLACES", "SAID"),
    "newsletter.rendering.mentions": ("NEWS",),
    "newsletter.rendering.notes": ("HEADLINES", "ADVICE"),
    "newsletter.rendering.receipt": ("PERIODS", "DAY", "WEEKDAY", "MONTH", "TROUBLES"),
}


def found_texts() -> set[str | tuple[str, str]]:
    """Return all texts of templates and code; those with a plural as pairs."""
    found: set[str | tuple[str, str]] = set()
    for file in (ROOT / "templates/mail").glob("*"):
        found |= {ast.literal_eval(one) for one in CALL.findall(file.read_text("utf-8"))}
    for file in (ROOT / "newsletter/rendering").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                words = [one.value for one in node.args if isinstance(one, ast.Constant)]
                words = [one for one in words if isinstance(one, str)]
                if node.func.attr == "say" and words:
                    found.add(words[0])
                elif node.func.attr == "count" and len(words) == 2:
                    found.add((words[0], words[1]))
    for module, names in TABLES.items():
        loaded = __import__(module, fromlist=names)
        for name in names:
            held = getattr(loaded, name)
            found |= set(held.values()) if isinstance(held, dict) else {held}
    return found | {"A quiet day"}


def catalogue(code):
    with (FOLDER / f"{code}.po").open(encoding="utf-8") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(code):
    kept = {one.id for one in catalogue(code) if one.id}
    assert found_texts() - kept == set(), "not in the catalogue"
    assert kept - found_texts() == set(), "no longer used"


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_with_all_of_its_places(code):
    for one in catalogue(code):
        if not one.id:
            continue
        assert not one.fuzzy, one.id
        ids = [one.id] if isinstance(one.id, str) else list(one.id)
        said = [one.string] if isinstance(one.string, str) else list(one.string)
        assert all(said), f"not translated: {one.id}"
        wanted = set(PLACE.findall(ids[-1]))
        for form in said:
            places = set(PLACE.findall(form))
            assert places <= wanted, one.id
        assert set(PLACE.findall(said[-1])) == wanted, one.id


def rendered(code, issue, site=LAB, links=LAB_LINKS):
    return digest(Templates([DEFAULTS], language(code)), issue, site, links)


def test_german_is_german_throughout():
    made = rendered("de", to_issue(GATES), PUBLIC, PUBLIC_LINKS)
    assert '<html lang="de" dir="ltr"' in made.html
    for words in ("Samstag, 14. März 2026", "neuen Arbeiten", "Abbestellen", "Einstellungen"):
        assert words in made.html, words
    for words in ("Unsubscribe", "Preferences", "Why:", "Saturday", "announced", "You get this"):
        assert words not in made.html, words
        assert words not in made.text, words


def test_numbers_and_dates_follow_the_locale():
    german = language("de")
    receipt = to_receipt(Coverage(2000, 2000, 7, (FeedCoverage("cs.AI", 1024, "fetched"),)), german)
    assert "7 von 2.000 neuen Arbeiten" in receipt.line
    assert "cs.AI: 1.024" in receipt.line
    assert date_of("weekly-2026-W11", DAY, german) == "Woche vom 9. März 2026"
    assert date_of("monthly-2026-03", DAY, german) == "März 2026"


def test_reasons_are_told_in_the_readers_language():
    parts = (
        Part("keyword:robots", 1, 0.5, Quote("title", 0, 6, "Robots")),
        Part("like:Gated Memory", 1, 0.3),
        Part("author:Ada Okafor", 1, 0.2),
    )
    told = why(parts, "", language("de"))
    assert told == "„Robots“ im Titel; weil Sie „Gated Memory“ gemerkt haben; von Ada Okafor"


def mirrored():
    """Return a language that is written from the right, made of the German catalogue's texts."""
    lines = ['msgid ""', 'msgstr ""', '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"', ""]
    for one in catalogue("de"):
        if one.id:
            ids = [one.id] if isinstance(one.id, str) else list(one.id)
            names = ["msgid", "msgid_plural"]
            said = ["msgstr"] if len(ids) == 1 else ["msgstr[0]", "msgstr[1]"]
            lines += [f"{name} {quoted(text)}" for name, text in zip(names, ids, strict=False)]
            lines += [
                f"{name} {quoted(turned(text))}" for name, text in zip(said, ids, strict=True)
            ]
            lines.append("")
    return from_catalogue("ar", "\n".join(lines))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def turned(text):
    if text in ("d MMMM y", "EEEE d MMMM y", "MMMM y"):
        return text
    return f"\u05d0{text}\u05d0"


def test_a_language_from_right_to_left_is_mirrored():
    made = digest(Templates([DEFAULTS], mirrored()), to_issue(GATES), PUBLIC, PUBLIC_LINKS)
    assert '<html lang="ar" dir="rtl"' in made.html
    assert "direction:ltr" not in made.html
    assert made.html.count("text-align:left") == 1, "the column's own, which each text overrides"
    assert made.html.count("text-align:right") > 3
    assert "\u05d0Unsubscribe\u05d0" in made.html
    outside = re.sub(r"\u05d0.*?\u05d0", "", made.text, flags=re.DOTALL)
    for words in ("Unsubscribe", "Why", "Rate or save", "You get this"):
        assert words not in outside, words


def test_a_language_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(ValueError, match="'xx': one of en, de"):
        language("xx")


def test_a_template_without_catalogue_stays_as_it_is(tmp_path):
    (tmp_path / "a.txt").write_text("Hello {{ name }}\n")
    assert Templates([tmp_path], language("de")).plain("a.txt", {"name": "Ada"}) == "Hello Ada\n"
