"""Issues read by the hundred: what they share is one object, until something in it changes."""

from dataclasses import replace

from newsletter.store import issues
from newsletter.store.shelf import Shelf
from tests.store.samples import GATES, HOUR, NOW, add_issue, add_papers, add_reader, summarised


def shown(store, shelf, issue):
    """Return the issue as the shelf has it, which is as it stands by itself."""
    with store.read() as tx:
        found = shelf.issues(tx, [issue])[issue]
        assert found == issues.get(tx, issue)
    return found


def test_a_paper_that_changes_is_read_anew_and_one_that_does_not_is_the_same(store):
    add_papers(store, GATES, replace(GATES, title="Another", arxiv_id="2609.09999"))
    issue, _ = add_issue(store, add_reader(store))
    shelf = Shelf()
    before = [one.paper for one in shown(store, shelf, issue).items]
    again = [one.paper for one in shown(store, shelf, issue).items]
    assert list(map(id, again)) == list(map(id, before))
    add_papers(store, replace(GATES, withdrawn=True), now=NOW + HOUR)
    first, other = (one.paper for one in shown(store, shelf, issue).items)
    assert (first.withdrawn, before[0].withdrawn) == (True, False)
    assert other is before[1]


def test_items_with_and_without_a_summary_are_read_alike_by_one_shelf(store):
    add_papers(store, GATES)
    ada, bob = add_reader(store), add_reader(store, "bob@example.org")
    without, _ = add_issue(store, ada)
    summarised(store)
    with_one, _ = add_issue(store, bob)
    shelf = Shelf()
    for _ in range(2):
        assert shown(store, shelf, without).items[0].summary is None
        assert shown(store, shelf, with_one).items[0].summary is not None
