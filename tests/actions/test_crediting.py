"""What feedback changed is told in the next issues: as many papers as have it as a reason."""

from dataclasses import replace

import pytest

from newsletter.actions import feedback
from newsletter.domain.issue import Credit
from newsletter.domain.library import Judged, Verdict
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.ranking.embedding.static import open_static
from newsletter.rendering.digest import digest
from newsletter.rendering.language import language
from newsletter.rendering.templates import Templates
from newsletter.store import issues, subscribers, works
from newsletter.store.shelf import Shelf
from tests.actions.conftest import DAY, HOUR, MONDAY
from tests.actions.test_reasons import samples
from tests.rendering.conftest import DEFAULTS, PUBLIC, PUBLIC_LINKS, to_issue

MORE, SAVED = Verdict.MORE, Verdict.SAVED


@pytest.fixture(scope="module")
def embedder():
    return open_static()


def rated(desk, embedder, say, days=1):
    """Have a reader say something of a paper on cloth; return its title and a later issue."""
    others = samples()
    desk.keep(others[::2], MONDAY - DAY)
    (title, *_) = desk.papers(3, MONDAY - HOUR)
    reader = desk.reader(topic="manipulation of cloth")
    assert desk.compose(MONDAY, embedder=embedder).issues == 1
    with desk.store.read() as tx:
        first = issues.get(tx, 1)
    (position,) = [one.position for one in first.items if one.paper.title == title]
    say(reader, position, first.items[position - 1].paper)
    with desk.store.write() as tx:  # what comes now comes by the library alone
        profile = TopicProfile((Topic("knot theory"),))
        subscribers.save_profile(tx, reader, profile, MONDAY + HOUR)
    later = MONDAY + days * DAY
    desk.keep(others[1::2], later - 2 * HOUR)
    desk.papers(4, later - HOUR)
    assert desk.compose(later, embedder=embedder).issues == 1
    with desk.store.read() as tx:
        issue = issues.get(tx, 2)
        assert Shelf().issues(tx, [2])[2] == issue
    return title, issue


def saying(desk, verdict):
    """Return what rates a paper of the first issue."""
    return lambda reader, position, _: feedback.rate_item(
        desk.store, (reader, 1), position, verdict, MONDAY + HOUR
    )


def named(issue, title):
    """Return how many of the issue's papers have the rated one as a reason."""
    wanted = f"like:{title}"
    return sum(any(part.name == wanted for part in item.parts) for item in issue.items)


@pytest.mark.parametrize("verdict", [MORE, SAVED])
def test_a_word_is_told_with_as_many_papers_as_name_it(desk, embedder, verdict):
    title, issue = rated(desk, embedder, saying(desk, verdict))
    assert named(issue, title) > 0
    assert issue.credits == (Credit(verdict, title, named(issue, title)),)


def test_after_a_month_it_is_told_no_more(desk, embedder):
    title, issue = rated(desk, embedder, saying(desk, MORE), days=31)
    assert named(issue, title) > 0
    assert issue.credits == ()


def test_what_stands_in_a_library_is_no_feedback(desk, embedder):
    def put_in(reader, _, paper):
        with desk.store.write() as tx:
            (row,) = works.add(tx, [paper], MONDAY)
            works.judge(tx, reader, [Judged(row, Verdict.LIKED, MONDAY)])

    title, issue = rated(desk, embedder, put_in)
    assert named(issue, title) > 0
    assert issue.credits == ()


def test_the_mail_says_so_behind_the_papers_in_both_parts_and_languages():
    told = (Credit(MORE, "Folding <Shirts>", 3), Credit(SAVED, "Tapirs", 1))
    issue = replace(to_issue(), credits=told)
    for code, words in (
        ("en", "You asked for more like “Folding <Shirts>”: 3 of these papers came by it."),
        ("en", "You saved “Tapirs”: one of these papers came by it."),
        ("de", "Sie wollten mehr wie „Folding <Shirts>“: 3 dieser Arbeiten kamen dadurch."),
        ("de", "Sie haben „Tapirs“ gemerkt: Eine dieser Arbeiten kam dadurch."),
    ):
        made = digest(Templates([DEFAULTS], language(code)), issue, PUBLIC, PUBLIC_LINKS)
        assert words in " ".join(made.text.split())
        assert words.replace("<", "&lt;").replace(">", "&gt;") in made.html
    assert "came by it" not in digest(Templates([DEFAULTS]), to_issue(), PUBLIC, PUBLIC_LINKS).text
