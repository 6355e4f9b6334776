"""What an issue was made from, in words: its date, its counts, and each feed that fell short."""

import pytest

from newsletter.domain.issue import Coverage, FeedCoverage
from newsletter.rendering.digest import digest
from newsletter.rendering.receipt import edition_date, to_receipt

from .conftest import (
    GATES,
    LAB,
    LAB_LINKS,
    PUBLIC,
    PUBLIC_LINKS,
    read_html,
    to_issue,
)


def test_an_issue_without_papers_says_so_in_one_line(templates):
    coverage = Coverage(214, 214, 0)
    daily = digest(templates, to_issue(coverage=coverage), PUBLIC, PUBLIC_LINKS)
    line = "A quiet day: none of 214 new papers fits."
    assert read_html(daily.html).text.count(line) == 1
    assert daily.text.count(line) == 1
    assert daily.subject == line.rstrip(".")
    assert PUBLIC_LINKS.unsubscribe in read_html(daily.html).links
    one = digest(templates, to_issue(coverage=Coverage(1, 1, 0)), PUBLIC, PUBLIC_LINKS)
    assert one.subject == "A quiet day: the one new paper does not fit"
    nothing = to_issue(coverage=Coverage(0, 0, 0), edition="weekly-2026-W11")
    weekly = digest(templates, nothing, PUBLIC, PUBLIC_LINKS)
    assert weekly.subject == "A quiet week: no new paper was announced"


@pytest.mark.parametrize(
    ("edition", "shown"),
    [
        ("daily-2026-03-14", "Saturday 14 March 2026"),
        ("weekdays-2026-03-01", "Sunday 1 March 2026"),
        ("weekly-2026-W01", "Week of 29 December 2025"),
        ("monthly-2026-03", "March 2026"),
        ("something-else", "Saturday 14 March 2026"),
    ],
)
def test_an_issue_is_dated_by_its_edition(edition, shown):
    assert edition_date(to_issue(GATES, edition=edition)) == shown


def test_the_receipt_is_one_line_when_all_is_well_and_sentences_when_not():
    well = Coverage(
        1214, 214, 7, (FeedCoverage("cs.AI", 120, "fetched"), FeedCoverage("cs.LG", 0, "empty"))
    )
    assert to_receipt(well).line == (
        "7 of 1,214 new papers, 214 of them ranked for you. cs.AI 120 announced; cs.LG 0 announced."
    )
    assert to_receipt(well).troubles == ()
    ill = Coverage(
        120,
        120,
        7,
        (
            FeedCoverage("cs.AI", 120, "fetched"),
            FeedCoverage("cs.LG", 0, "failed", "HTTP 503"),
            FeedCoverage("cs.RO", 0, "late"),
            FeedCoverage("cs.CV", 0, "stale"),
        ),
    )
    assert to_receipt(ill).line == "7 of 120 new papers. cs.AI 120 announced."
    assert to_receipt(ill).troubles == (
        "cs.LG could not be read; its papers will come with a later issue.",
        "cs.RO had not announced its new papers in time; they will come later.",
        "cs.CV gave the same papers as before although new ones were due.",
    )


def test_troubles_stand_in_both_parts(templates):
    coverage = Coverage(9, 9, 1, (FeedCoverage("cs.<RO>", 0, "failed", "visit evil.example"),))
    rendered = digest(templates, to_issue(GATES, coverage=coverage), LAB, LAB_LINKS)
    said = "cs.<RO> could not be read; its papers will come with a later issue."
    assert said in read_html(rendered.html).text
    assert said in " ".join(rendered.text.split())
