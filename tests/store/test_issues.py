"""An issue stays as it was composed: its papers, their texts of that day, and the reasons."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from newsletter.domain.delivery import State
from newsletter.errors import NotFoundError
from newsletter.store import deliveries, issues, issuing, papers
from newsletter.store.schema import editions
from tests.store.samples import (
    COVERAGE,
    GATES,
    NOW,
    SPINDLES,
    add_issue,
    add_papers,
    add_reader,
    new_issue,
    sentence,
    summarised,
)

DAY = timedelta(days=1)


@pytest.fixture
def reader(store):
    add_papers(store, GATES, SPINDLES)
    summarised(store)
    return add_reader(store)


def add(store, reader, edition="daily-2026-03-14", day=NOW, found=()):
    with store.write() as tx:
        return issuing.add(tx, [new_issue(tx, reader, edition, day, found)], NOW).get(reader)


def set_state(store, delivery, state):
    with store.write() as tx:
        deliveries.close(tx, delivery, state, "for the test", NOW)


def rows(store, *found):
    with store.read() as tx:
        return {papers.by_keys(tx, [one.key])[one.key].row for one in found}


def test_an_issue_comes_back_with_its_items_reasons_and_receipt(store, reader):
    key, _ = add_issue(store, reader)
    with store.read() as tx:
        issue = issues.get(tx, key)
    assert (issue.id, issue.edition, issue.subscriber_id) == (key, "daily-2026-03-14", reader)
    assert issue.composed_at == issue.due_at == NOW
    assert issue.coverage == COVERAGE
    assert [(one.position, one.paper) for one in issue.items] == [(1, GATES), (2, SPINDLES)]
    first = issue.items[0]
    assert (first.topic, first.score, first.tldr) == ("Sleep", 2.0, sentence(GATES))
    assert [(part.name, part.value, part.share) for part in first.parts] == [
        ("keyword:gated", 1.5, 0.75),
        ("votes", 0.5, 0.25),
    ]
    quote = first.parts[0].quote
    assert getattr(first.paper, quote.field)[quote.start : quote.end] == quote.text == "Gated"


def test_a_paper_that_changes_later_stays_in_the_issue_as_it_was(store, reader):
    key, _ = add_issue(store, reader)
    add_papers(store, replace(GATES, version=2, title="Ungated", abstract="Never mind.", votes=99))
    summarised(store)
    with store.read() as tx:
        item = issues.get(tx, key).items[0]
    assert (item.paper.title, item.paper.abstract) == (GATES.title, GATES.abstract)
    assert item.tldr == sentence(GATES)


def test_an_issue_shows_the_text_that_was_the_newest_when_it_was_composed(store, reader):
    add_papers(store, replace(GATES, version=2, title="Gated Memory II"))
    key, _ = add_issue(store, reader)
    add_papers(store, replace(GATES, version=3, title="Ungated"))
    with store.read() as tx:
        assert issues.get(tx, key).items[0].paper.title == "Gated Memory II"


def test_an_issue_without_papers_is_an_issue(store, reader):
    _, key = add(store, reader)
    with store.read() as tx:
        assert issues.get(tx, key).items == ()


def test_a_reader_has_one_issue_for_an_edition_and_one_for_a_day(store, reader):
    assert add(store, reader) is not None
    assert add(store, reader, day=NOW + DAY) is None, "the same edition on another day"
    assert add(store, reader, edition="weekly-2026-W11") is None, "another edition, the same day"
    assert add(store, reader, edition="daily-2026-03-15", day=NOW + DAY) is not None


def test_another_reader_has_another_issue_of_the_same_edition(store, reader):
    first = add(store, reader)
    second = add(store, add_reader(store, "bob@example.org"))
    assert first[0] == second[0]
    assert first[1] != second[1]
    with store.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(editions)).scalar_one() == 1


def test_issues_are_listed_newest_first_with_the_state_of_their_delivery(store, reader):
    first, delivery = add_issue(store, reader)
    set_state(store, delivery, State.EXPIRED)
    second, _ = add_issue(store, reader, "daily-2026-03-15", NOW + DAY)
    add_issue(store, add_reader(store, "bob@example.org"))
    with store.read() as tx:
        found = issues.listed(tx, "ada@example.org")
        assert len(issues.listed(tx)) == 3
        assert issues.listed(tx, "nobody@example.org") == []
    assert [(one.id, one.state, one.items) for one in found] == [
        (second, "pending", 2),
        (first, "expired", 2),
    ]
    assert (found[1].edition, found[1].subscriber) == ("daily-2026-03-14", "ada@example.org")
    assert found[0].due_at == NOW + DAY


def test_the_newest_issue_is_known_with_its_state(store, reader):
    with store.read() as tx:
        assert issues.newest(tx, reader) is None
    add_issue(store, reader)
    key, delivery = add_issue(store, reader, "daily-2026-03-15", NOW + DAY)
    set_state(store, delivery, State.CANCELLED)
    with store.read() as tx:
        assert issues.newest(tx, reader) == issues.Newest(key, "cancelled")


def test_an_issue_that_is_not_there_is_told(store):
    with store.read() as tx, pytest.raises(NotFoundError, match=r"^there is no issue 77;"):
        issues.get(tx, 77)


def test_the_same_paper_never_stands_twice_in_an_issue(store, reader):
    with store.read() as tx:
        (stored,) = papers.by_keys(tx, [GATES.key]).values()
    with pytest.raises(sa.exc.IntegrityError):
        add(store, reader, found=(stored, stored))
    with store.read() as tx:
        assert issues.listed(tx) == [], "nothing of it was kept"
