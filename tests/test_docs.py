"""What the documents show as an example works."""

import re
from datetime import UTC, datetime
from pathlib import Path

from newsletter.catalogue import read_topics
from newsletter.domain.categories import doubt
from newsletter.domain.delivery import State
from newsletter.domain.profile_file import ENTRY_KEYS, TABLES, TOPIC_KEYS, read
from newsletter.settings import read_settings
from newsletter.ways import domain_limits, outlets

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 14, tzinfo=UTC)


def test_the_example_of_a_profile_is_one_and_every_key_is_explained():
    text = (ROOT / "docs/profiles.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    filed = read(example, "docs/profiles.md", NOW)
    assert filed.doubts == ()
    assert [len(one) for one in (filed.profile.topics, filed.library, filed.feedback)] == [2, 1, 1]
    for key in (*TOPIC_KEYS, *ENTRY_KEYS):
        assert f"`{key}`" in text
    for table in TABLES:
        assert f"[[{table}]]" in text


def test_every_topic_of_the_catalogue_has_words_and_categories_of_arxiv():
    catalogue = read_topics(ROOT)
    assert len(catalogue) >= 30
    for topic in catalogue:
        assert len(topic.description) > 100, topic.name
        assert len(topic.keywords) >= 8, topic.name
        assert topic.categories, topic.name
        assert not any(map(doubt, topic.categories)), topic.name


def test_the_example_of_relays_is_read_as_settings(tmp_path):
    text = (ROOT / "docs/delivery.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/newsletter.toml").write_text(example, "utf-8")
    sender = read_settings(tmp_path).sender
    assert [one.name for one in outlets(tmp_path, sender)] == ["main", "second", "spare"]
    assert list(domain_limits(sender)) == ["example.com"]


def test_every_state_of_a_delivery_is_explained():
    text = (ROOT / "docs/delivery.md").read_text("utf-8")
    assert all(f"\n| `{state}` |" in text for state in State)
