"""Where a paper stands in an issue: the same paper for the same reasons is made once for all."""

from dataclasses import replace

from newsletter.domain.issue import Part
from newsletter.rendering.digest import digest
from newsletter.rendering.spots import Topics
from newsletter.rendering.templates import Templates

from .conftest import (
    DEFAULTS,
    GATES,
    KMEANS,
    LAB,
    LAB_LINKS,
    SPINDLES,
    plainly,
    same,
    to_issue,
)


def test_a_paper_shown_for_the_same_reasons_is_the_same_wherever_it_stands():
    templates, issue = Templates([DEFAULTS]), to_issue(GATES, SPINDLES, KMEANS)
    first, second, third = issue.items
    for items in (issue.items, (third, first, second), (second,)):
        moved = [one._replace(position=at) for at, one in enumerate(items, start=1)]
        moved = replace(issue, items=tuple(moved))
        fast = digest(templates, moved, LAB, LAB_LINKS)
        slow = digest(plainly(Templates([DEFAULTS])), moved, LAB, LAB_LINKS)
        assert same(fast.html_octets, slow.html_octets)
        assert same(fast.text_octets, slow.text_octets)
    kept = templates.cards.shown.values()
    assert [one.card.title for one in kept] == [one.title for one in (GATES, SPINDLES, KMEANS)]


def with_topic(issue, topic):
    """Return the issue with all of its papers under this topic."""
    return replace(issue, items=tuple(one._replace(topic=topic) for one in issue.items))


def test_one_paper_under_two_topics_names_the_right_one_each_time():
    templates = Templates([DEFAULTS])
    reasons = (Part("topic:Sleep", 0.6, 0.6), Part("topic:Memory", 0.4, 0.4))
    issue = to_issue(GATES, parts=reasons)
    for topic, other in (("Sleep", "Memory"), ("Memory", "Sleep"), ("Sleep", "Memory")):
        text = digest(templates, with_topic(issue, topic), LAB, LAB_LINKS).text
        assert f"1 · {topic}\n" in text
        assert f"Why: topic {other}\n" in text


def test_a_mail_with_no_room_for_reasons_names_its_topics_briefly(templates):
    topic = "sparse attention of many heads over long documents and what it costs"
    three = to_issue(GATES, SPINDLES, KMEANS)
    titles = (f"{number} {'𝔸' * 900}" for number in range(40))
    endless = to_issue(*(replace(GATES, title=one) for one in titles), tldr="𝔸" * 900)
    whole = digest(templates, with_topic(three, topic), LAB, LAB_LINKS)
    brief = digest(templates, with_topic(endless, topic), LAB, LAB_LINKS)
    assert f"1 · {topic}" in whole.html
    assert "Why:" not in brief.html
    assert topic not in brief.html
    assert f"1 · {topic[:30]}" in brief.html
    assert whole.html == digest(templates, with_topic(three, topic), LAB, LAB_LINKS).html


def test_topics_without_end_are_not_all_remembered():
    topics = Topics(is_brief=False)
    first = topics["t0"][1]
    assert topics["t0"][1] is first
    assert first.own == ("1 · t0", 1)
    for number in range(5000):
        assert topics[f"t{number}"][number].own == (f"{number} · t{number}", number)
        assert topics["one"][number].own == (f"{number} · one", number)
    assert max(len(topics), len(topics["one"])) <= 2048
