"""The operator's choices: read once, over the defaults, and every mistake told in one line."""

import os
import stat
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.catalogue import read_topics
from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.profile import Topic
from newsletter.domain.subscriber import Preferences
from newsletter.errors import SettingsError
from newsletter.keys import secret_keys
from newsletter.settings import FILE, Settings, defaults, read_settings

SHIPPED = Path(__file__).parents[1] / "config"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config").mkdir()
    write(tmp_path, "")
    return tmp_path


def write(folder, text, name="newsletter.toml"):
    (folder / "config" / name).write_text(text, "utf-8")


def complaint(folder, text=None, read=read_settings, name="newsletter.toml"):
    """Return what is told about these settings: always one line."""
    if text is not None:
        write(folder, text, name)
    with pytest.raises(SettingsError) as told:
        read(folder)
    assert str(told.value).isprintable()
    return str(told.value).replace(str(folder), "")


def topics_complaint(folder, text):
    return complaint(folder, text, read_topics, "topics.toml")


def test_every_default_that_the_file_shows_is_the_default_of_the_program():
    shown = tomllib.loads((SHIPPED / "newsletter.toml").read_text("utf-8"))
    assert shown.pop("feeds"), "some feeds are there to begin with"
    assert shown == Settings().model_dump(mode="json", exclude={"feeds", "dkim"})


def test_an_empty_file_gives_the_defaults(folder):
    settings = read_settings(folder)
    assert settings.model_dump(exclude={"feeds"}) == Settings().model_dump(exclude={"feeds"})
    assert [feed.name for feed in settings.feeds][-1] == "Hugging Face daily papers"
    assert settings.preferences.preferences() == Preferences()


def test_the_defaults_are_those_of_the_checkout():
    assert defaults() / "config" == SHIPPED


def test_a_key_of_the_folder_is_put_over_the_default_and_its_neighbours_stay(folder):
    write(folder, '[sender]\nkind = "smtp"\nhost = "smtp.example.org"\n')
    sender = read_settings(folder).sender
    assert (sender.kind, sender.host, sender.port) == ("smtp", "smtp.example.org", 587)


def test_feeds_of_the_folder_replace_the_default_ones(folder):
    write(folder, '[[feeds]]\nname = "Mine"\nurl = "https://example.org/feed"\n')
    (feed,) = read_settings(folder).feeds
    assert (feed.name, feed.reader, feed.poll_every_minutes) == ("Mine", "", 120)


def test_no_feeds_at_all_is_a_choice(folder):
    write(folder, "feeds = []\n")
    assert read_settings(folder).feeds == ()


def test_the_environment_wins_over_the_file_key_by_key(folder, monkeypatch):
    write(folder, '[sender]\nhost = "of.the.file"\nport = 465\nuser = "ada"\n')
    monkeypatch.setenv("NEWSLETTER_SENDER__HOST", "of.the.environment")
    monkeypatch.setenv("NEWSLETTER_SENDER__PORT", "2525")
    sender = read_settings(folder).sender
    assert (sender.host, sender.port, sender.user) == ("of.the.environment", 2525, "ada")


def test_other_variables_of_the_environment_are_no_settings(folder, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", "ab" * 32)
    monkeypatch.setenv("SENDER__HOST", "elsewhere")
    assert read_settings(folder) == Settings(feeds=read_settings(folder).feeds)


def test_preferences_become_the_noun(folder):
    write(
        folder,
        '[preferences]\ncadence = "weekdays"\nweekdays = ["friday", "tuesday"]\nhour = 6\n'
        'minute = 45\nzone = "Asia/Kathmandu"\nlength = 12\n',
    )
    schedule = Schedule(Cadence.WEEKDAYS, (4, 1), 6, 45, "Asia/Kathmandu")
    assert read_settings(folder).preferences.preferences() == Preferences(schedule, 12)


def test_what_was_read_does_not_change(folder):
    settings = read_settings(folder)
    with pytest.raises(ValueError, match="frozen"):
        settings.sender.port = 25


def test_a_password_is_not_shown(folder):
    write(folder, '[sender]\npassword = "hunter2"\n')
    assert "hunter2" not in repr(read_settings(folder))


def test_a_password_of_the_wrong_kind_is_not_shown_either(folder):
    assert "7482" not in complaint(folder, "[sender]\npassword = 7482\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sender]\nhots = 1\n", "unknown key sender.hots; did you mean sender.host?"),
        ("[sendr]\nhost = 1\n", "unknown key sendr; did you mean sender?"),
        ("[site]\nzzz = 1\n", "unknown key site.zzz"),
        (
            '[[feeds]]\nname = "A"\nurl = "u"\npoll_minutes = 9\n',
            "unknown key feeds.0.poll_minutes; did you mean feeds.0.poll_every_minutes?",
        ),
        ("[sender]\nport = 0\n", "sender.port = 0: input should be greater than or equal to 1"),
        ('[sender]\nport = "smtp"\n', "sender.port = 'smtp': expected a whole number"),
        ("[sender]\nhost = 5\n", "sender.host = 5: expected a text in quotes"),
        (
            '[sender]\nkind = "pigeon"\n',
            "sender.kind = 'pigeon': input should be 'outbox', 'maildir', 'smtp' or",
        ),
        ('[site]\nurl = "example.org"\n', "site.url = 'example.org': string should match"),
        ('[site]\nurl = "https://e.org/"\n', "site.url = 'https://e.org/': string should match"),
        ('[preferences]\ncadence = "hourly"\n', "preferences.cadence = 'hourly': input should be"),
        ('[preferences]\nweekdays = ["mon"]\n', "preferences.weekdays.0 = 'mon': input should be"),
        ("[preferences]\nweekdays = []\n", "preferences.weekdays = []: tuple should have at least"),
        ("[preferences]\nhour = 24\n", "preferences.hour = 24: input should be less than"),
        ("sender = 5\n", "sender = 5: expected a table"),
        ('feeds = "all"\n', "feeds = 'all': expected a list in [brackets]"),
        ('[[feeds]]\nname = "A"\n', "feeds.0.url is missing"),
        (
            '[[feeds]]\nname = "A"\nurl = "u"\n[[feeds]]\nname = "A"\nurl = "v"\n',
            "feeds: two feeds are named 'A'",
        ),
        (
            '[preferences]\nzone = "Europe/Atlantis"\n',
            "preferences.zone = 'Europe/Atlantis': no such time zone",
        ),
        ('[sender]\nfrom_address = "ada"\n', "sender.from_address: ada is not an address"),
        ('[sender]\nfrom_address = ""\n', "sender.from_address: (nothing) is not an address"),
        ('[sender]\nreply_to = "a b@c"\n', "sender.reply_to: a b@c: the part before the @"),
    ],
)
def test_a_mistake_is_told_with_file_and_key_and_what_is_expected(folder, text, told):
    assert complaint(folder, text).startswith(f"/config/newsletter.toml: {told}")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SENDER__PORT", "many", "SENDER__PORT: sender.port = 'many': input should be a valid int"),
        ("SENDER__HOTS", "x", "SENDER__HOTS: unknown key sender.hots; did you mean sender.host?"),
        ("FEEDS", "all", "FEEDS"),
        ("SITE", "all", "SITE"),
    ],
)
def test_a_mistake_of_the_environment_is_told_with_its_variable(
    folder, monkeypatch, name, value, told
):
    monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    assert complaint(folder).startswith(f"the environment, NEWSLETTER_{told}")


def test_a_file_that_is_no_toml_is_told_with_the_line(folder):
    told = complaint(folder, '[site]\nname = "A"\nurl = nowhere\n')
    assert told.startswith("/config/newsletter.toml: not readable as TOML: ")
    assert "line 3" in told


def test_a_file_in_another_encoding_is_told(folder):
    (folder / FILE).write_bytes('name = "é"'.encode("latin-1"))
    assert complaint(folder) == "/config/newsletter.toml: byte 8 is not UTF-8; save it as UTF-8"


def test_a_file_that_begins_with_a_byte_order_mark_is_read(folder):
    (folder / FILE).write_bytes(b'\xef\xbb\xbf[site]\nname = "Mine"\n')
    assert read_settings(folder).site.name == "Mine"


def test_a_folder_without_settings_is_told_how_to_make_them(tmp_path):
    told = complaint(tmp_path)
    assert "there is no newsletter in this folder; `newsletter init " in told


def test_without_a_catalogue_of_its_own_a_folder_has_the_default_one(folder):
    found = read_topics(folder)
    assert len(found) > 20
    assert len({topic.name for topic in found}) == len(found)
    assert all(topic.description and topic.keywords and topic.categories for topic in found)


def test_a_catalogue_of_its_own_replaces_the_default_one(folder):
    write(folder, '[[topics]]\nname = "Tea"\nkeywords = ["green tea"]\n', "topics.toml")
    assert read_topics(folder) == (Topic("Tea", keywords=("green tea",)),)


def test_an_empty_catalogue_is_a_choice(folder):
    write(folder, "", "topics.toml")
    assert read_topics(folder) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('topics = "Tea"\n', "topics: expected [[topics]] tables"),
        ('[topics]\nname = "Tea"\n', "topics: expected [[topics]] tables"),
        ('[[topic]]\nname = "Tea"\n', "unknown key topic; did you mean topics?"),
        ('[[topics]]\nkeywords = ["tea"]\n', 'topics[1]: expected name = "..."'),
        ("[[topics]]\nname = 5\n", 'topics[1]: expected name = "..."'),
        ('[[topics]]\nname = ""\n', 'topics[1]: expected name = "..."'),
        ('topics = ["Tea"]\n', 'topics[1]: expected name = "..."'),
        (
            '[[topics]]\nname = "Tea"\nkeyword = ["tea"]\n',
            "topic 'Tea': keyword: unknown key; did you mean keywords?",
        ),
        ('[[topics]]\nname = "Tea"\nzzz = 1\n', "topic 'Tea': zzz: unknown key"),
        (
            '[[topics]]\nname = "Tea"\nkeywords = "tea"\n',
            "topic 'Tea': keywords: expected a list of texts",
        ),
        (
            '[[topics]]\nname = "Tea"\nmuted = [1]\n',
            "topic 'Tea': muted: expected a list of texts",
        ),
        (
            '[[topics]]\nname = "Tea"\ndescription = ["x"]\n',
            "topic 'Tea': description: expected a text",
        ),
        (
            '[[topics]]\nname = "Tea"\n[[topics]]\nname = "Tea"\n',
            "topics[2]: two topics are named 'Tea'",
        ),
    ],
)
def test_a_mistake_in_the_catalogue_is_told_with_topic_and_key(folder, text, told):
    assert topics_complaint(folder, text) == f"/config/topics.toml: {told}"


def test_a_secret_key_is_made_once_and_only_its_owner_may_read_it(folder):
    old = os.umask(0)
    try:
        (key,) = secret_keys(folder)
    finally:
        os.umask(old)
    file = folder / "config" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key) == 32
    assert bytes.fromhex(file.read_text()) == key
    assert secret_keys(folder) == (key,)


def test_two_newsletters_have_two_keys(folder, tmp_path):
    assert secret_keys(folder) != secret_keys(tmp_path / "other")


def test_a_key_is_never_overwritten_however_bad(folder):
    for text in ("", "\n", "not a key\n", "abcd\n", "ab" * 65):
        write(folder, text, "secret.key")
        assert "/config/secret.key: expected" in complaint(folder, read=secret_keys)
        assert (folder / "config" / "secret.key").read_text() == text


def test_older_keys_stay_behind_the_newest(folder):
    write(folder, f"{'ab' * 32}\n{'cd' * 16}\n", "secret.key")
    assert secret_keys(folder) == (b"\xab" * 32, b"\xcd" * 16)


def test_keys_of_the_environment_win_and_no_file_is_made(folder, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", f"{'ab' * 32} {'cd' * 32}")
    assert secret_keys(folder) == (b"\xab" * 32, b"\xcd" * 32)
    assert not (folder / "config" / "secret.key").exists()


def test_a_feed_is_not_visited_more_often_than_every_five_minutes(folder):
    text = '[[feeds]]\nname = "A"\nurl = "u"\npoll_every_minutes = 4\n'
    assert "feeds.0.poll_every_minutes = 4" in complaint(folder, text)
    write(folder, text.replace("4", "5"))
    (feed,) = read_settings(folder).feeds
    assert timedelta(minutes=feed.poll_every_minutes) == timedelta(minutes=5)
