"""Notes (all mails but digests): sound, in both parts the same, to one person, in each language."""

import json
import re
from html import unescape

import pytest

from newsletter.domain.delivery import Kind
from newsletter.domain.edition import Cadence, Schedule
from newsletter.rendering import language
from newsletter.rendering.dkim import signed
from newsletter.rendering.dkim_keys import new_key, read_key
from newsletter.rendering.lint import INFO, lint
from newsletter.rendering.notes import WRITERS, rhythm

from .collection import NOTES, PLACES, to_note
from .conftest import links_in_text, read_html
from .test_collection import LANGUAGES, opened, spoken, squeezed
from .test_dkim import verified

CASES = [(code, name, place) for code in LANGUAGES for name in NOTES for place in PLACES]
ENGLISH, GERMAN = language.language("en"), language.language("de")


@pytest.fixture(params=CASES, ids=str, scope="module")
def note(request):
    """A note as a mail, in one of the languages."""
    code, name, place = request.param
    return to_note(spoken(code), name, place)


def test_every_kind_of_note_is_among_them():
    assert {kind for kind, _ in NOTES.values()} == set(WRITERS) == set(Kind) - {Kind.DIGEST}


def test_the_lint_finds_nothing_worse_than_a_remark(note):
    assert [one for one in lint(note.raw) if one.level != INFO] == []


def test_both_parts_say_the_same_and_lead_to_the_same_places(note):
    _, text, html = opened(note.raw)
    page = read_html(html)
    assert set(links_in_text(text)) >= set(page.links)
    said = squeezed(text)
    for words in re.findall(r'<p dir="auto"[^>]*>(.*?)</p>', html, re.DOTALL):
        assert squeezed(unescape(words)) in said


def test_a_note_is_to_one_person_and_no_mail_of_a_list(note):
    mail, _, _ = opened(note.raw)
    for name in ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence"):
        assert name not in mail
    assert mail["Auto-Submitted"] == "auto-generated"


def test_no_relay_has_to_touch_a_line(note):
    head, _, body = note.raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|^\.|\x00|[\x80-\xff]", note.raw, re.MULTILINE)


def test_what_a_reader_typed_as_a_topic_runs_nowhere(templates):
    html = to_note(templates, "a welcome to hostile topics", "public").rendered.html
    tags = {tag for tag, _ in read_html(html).tags}
    assert not tags & {"script", "img", "iframe"}
    assert "&lt;script&gt;" in html
    assert "49" not in html


def test_a_welcome_says_what_comes_when_and_when_first(templates):
    now = " ".join(to_note(templates, "a welcome", "public").rendered.text.split())
    assert (
        "New papers on Sleep and Graph theory come every day at 07:30 (Europe/Berlin): 7 papers at "
        "most, the best first." in now
    )
    assert "The first issue is being made now" in now
    later = to_note(templates, "a welcome to the common list, later", "lab").rendered.text
    later = " ".join(later.split())
    assert "every Monday, Wednesday and Friday at 07:30 (Asia/Tokyo)" in later
    assert "The first issue comes on Saturday 14 March 2026 at 15:00 (Asia/Tokyo)." in later
    assert "Unsubscribe: mailto:papers@example.org?subject=unsubscribe%20t1" in later


def test_notes_are_german_throughout():
    made = to_note(spoken("de"), "a welcome to the common list, later", "public").rendered
    said = " ".join(made.text.split())
    assert made.subject == "Willkommen bei Morning Papers"
    assert "jeden Montag, Mittwoch und Freitag um 07:30 (Asia/Tokyo)" in said
    assert "am Samstag, 14. März 2026 um 15:00 (Asia/Tokyo)" in said
    for words in ("Preferences", "You ", "every", "issue"):
        assert words not in said


def test_an_export_brings_its_file_behind_both_parts_signed_and_whole(templates):
    made = to_note(templates, "an export", "public")
    mail, text, _ = opened(made.raw)
    assert mail.get_content_type() == "multipart/mixed"
    both, file = mail.iter_parts()
    assert both.get_content_type() == "multipart/alternative"
    assert (file.get_content_type(), file.get_filename()) == ("application/json", "your-data.json")
    assert file.get_content_disposition() == "attachment"
    assert json.loads(file.get_content()) == NOTES["an export"][1]["data"]
    assert "your-data.json" in text
    key = read_key("example.org", "r1", new_key("ed25519"))
    raw = signed(made.raw, [key], made.canonical)
    assert verified(raw, (key,)) == [True]
    assert raw == signed(made.raw, [key])


def test_what_is_mixed_without_being_a_file_is_still_a_warning(templates):
    raw = to_note(templates, "an export", "public").raw
    inline = raw.replace(b"Content-Disposition: attachment", b"Content-Disposition: inline")
    assert [one.rule for one in lint(inline) if one.level != INFO] == ["parts"]


@pytest.mark.parametrize(
    ("cadence", "english", "german"),
    [
        (Cadence.DAILY, "every day at", "jeden Tag um"),
        (Cadence.WEEKDAYS, "every Tuesday and Sunday at", "jeden Dienstag und Sonntag um"),
        (Cadence.WEEKLY, "every Tuesday at", "jeden Dienstag um"),
        (Cadence.MONTHLY, "on the first of each month at", "am Ersten jedes Monats um"),
    ],
)
def test_each_rhythm_has_its_words(cadence, english, german):
    schedule = Schedule(cadence, (1, 6), 6, 5, "UTC")
    assert rhythm(schedule, ENGLISH) == f"{english} 06:05 (UTC)"
    assert rhythm(schedule, GERMAN) == f"{german} 06:05 (UTC)"
