"""What a terminal gets: words of others without what would move its cursor or name its window."""

import json

import pytest

from newsletter.actions import subscribe
from newsletter.app import now_utc, open_app
from newsletter.cli import common, program
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences

ADA = "ada@example.org"
HOSTILE = "tea\x1b]0;pwned\x07\x00 \x9b2J\x7f\u202ecup\r\nBcc: x"
HARMLESS = "tea ]0;pwned    2J  cup"


@pytest.fixture
def hostile(letter):
    """A newsletter in which such a topic stands, as earlier versions may have taken it in."""
    app = open_app(letter.folder, now_utc())
    profile = TopicProfile((Topic(HOSTILE, keywords=(HOSTILE,)),))
    subscribe.add(app.store, subscribe.Wish(ADA, Preferences(), profile), now_utc())
    app.close()
    return letter


def test_a_table_and_a_profile_show_a_strangers_words_without_control_signs(hostile):
    listed = hostile("subscribers", "list")
    assert f"{HARMLESS}  Bcc: x" in listed
    shown = hostile("profile", "show", ADA)
    assert f"{HARMLESS} \nBcc: x\n" in shown
    assert (listed + shown).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "command", [("subscribers", "list", "--json"), ("subscribers", "export", ADA)]
)
def test_json_holds_every_sign_as_an_escape(hostile, command):
    out = hostile(*command)
    assert out.replace("\n", "").isprintable()
    assert HOSTILE in str_values(json.loads(out))


def str_values(value):
    """Return every text in a value that JSON gave."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return {text for one in inside for text in str_values(one)}
    return {value} if isinstance(value, str) else set()


def test_an_error_is_told_without_control_signs(capsys):
    assert program.ended(f"feeds {HOSTILE}: not known", 1, ()) == 1
    told = capsys.readouterr().err
    assert told == f"error: feeds {HARMLESS} \nBcc: x: not known\n"


def test_lines_of_the_result_keep_their_ends(capsys):
    common.say("one\ntwo\x1b[31m")
    common.note("three\nfour\ud800")
    assert capsys.readouterr() == ("one\ntwo [31m\n", "three\nfour \n")
