"""Who got what, and the operator's word on it, by the command line."""

import pytest

from newsletter.domain.delivery import Answer, Outcome, Result, State
from newsletter.store import deliveries, schema
from newsletter.store.database import Store
from tests.letters import write_papers
from tests.mail.recording import RecordingServer
from tests.store.samples import HOUR, NOW

BUSY = Outcome(Result.DEFERRED, Answer(450, "4.2.1 Busy"))


@pytest.fixture
def two(letter, tmp_path):
    """A newsletter with an issue for two readers, neither delivered; Ada's was put off."""
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("subscribers", "add", "cy@example.org", "--topic", "camera traps in ecology")
    letter("compose")
    store = Store(f"sqlite:///{letter.folder / 'newsletter.db'}")
    with store.write() as tx:
        deliveries.settle(tx, 1, BUSY, State.DEFERRED, NOW, NOW.replace(year=2099))
    store.close()
    return letter


def listed(letter, *options):
    return [one["id"] for one in letter.json("deliveries", "list", *options)["deliveries"]]


def test_the_list_is_narrowed_by_domain_code_edition_and_number(two):
    assert listed(two) == [2, 1]
    assert listed(two, "--domain", "example.org") == [2]
    assert listed(two, "--code", "4.2") == [1]
    assert listed(two, "--state", "pending", "--code", "450") == []
    edition = two.json("deliveries", "list")["deliveries"][0]["edition"]
    assert listed(two, "--edition", edition, "--limit", "1") == [2]


def test_show_tells_who_and_every_attempt(two):
    text = two("deliveries", "show", "1")
    assert "to ada@example.net, deferred" in text
    assert "450 4.2.1 Busy" in text
    assert two.json("deliveries", "show", "1")["attempts"][0]["result"] == "deferred"
    assert "there is no delivery 9" in two.run("deliveries", "show", "9").err


def test_retry_sends_with_the_next_run_what_was_put_off(two):
    assert two.json("deliver", "--dry-run")["states"]["deferred"] == 1
    tried = two.json("deliveries", "retry", "--domain", "example.net", "--dry-run")
    assert (tried["retried"], tried["dry_run"]) == (1, True)
    assert listed(two, "--state", "deferred") == [1]
    assert two.json("deliveries", "retry", "1")["retried"] == 1
    two("deliver")
    assert listed(two, "--state", "accepted") == [2, 1]
    told = two.run("deliveries", "retry", "1", "2")
    assert told.code == 1
    assert "none of them can be changed" in told.err


def test_cancel_wants_to_be_told_which_and_says_what_is_left(two):
    assert two.run("deliveries", "cancel").code == 2
    assert two.json("deliveries", "cancel", "--domain", "example.org")["cancelled"] == 1
    told = two.run("deliveries", "cancel", "1", "2")
    assert told.code == 0
    assert "1 of those meant are left as they are" in told.err
    assert "no delivery is meant" in two.run("deliveries", "cancel", "77").err


def test_a_number_that_no_delivery_has_is_named(two):
    told = two.run("deliveries", "cancel", "2", "77", "78", "77")
    assert (told.code, told.err.count("there is no delivery 77"), "78" in told.err) == (0, 1, True)
    told = two.run("deliveries", "resolve", "77", "--as", "accepted")
    assert (told.code, "there is no delivery 77" in told.err) == (1, True)
    told = two.run("deliveries", "resolve", "1", "--as", "accepted")
    assert (told.code, "is not in doubt but deferred" in told.err) == (1, True)


def test_what_a_limit_leaves_is_told_as_due(two):
    two("deliveries", "retry", "1")
    assert "1 more are due" in two("deliver", "--limit", "1")


def test_the_days_limit_is_told_where_nothing_goes_out_for_it(two):
    with RecordingServer() as server:
        relay = f'host = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nper_day = 1\n'
        settings = two.folder / "config/newsletter.toml"
        settings.write_text(f'feeds = []\n[sender]\nkind = "smtp"\n{relay}')
        two("deliver")
        two("subscribers", "add", "eve@example.org", "--topic", "camera traps in ecology")
        two("compose")
        told = two("deliver")
        assert "1 are due and wait for the relay's limit; 1 wait for their time" in told
        assert "deliveries due: 1; they wait for the limit of the day" in two("status")
        assert len(server.mails) == 1


def test_check_exits_with_1_and_names_what_broke(two):
    assert "all promises hold, over 2 deliveries" in two("deliveries", "check")
    store = Store(f"sqlite:///{two.folder / 'newsletter.db'}")
    with store.write() as tx:
        deliveries.write(
            tx, 2, State.ACCEPTED, Outcome(Result.ACCEPTED, None, ""), NOW + HOUR, None
        )
    store.close()
    found = two.json("deliveries", "check", code=1)
    assert found["findings"] == [
        "delivery 2 went out unarmed",
        "delivery 2 is accepted by nobody",
    ]


def test_a_doubt_whose_papers_went_on_to_a_newer_issue_is_not_sent_again(two, tmp_path):
    store = Store(f"sqlite:///{two.folder / 'newsletter.db'}")
    with store.write() as tx:
        tx.execute(schema.deliveries.update().values(state="in_doubt", settled_at=NOW))
    store.close()
    more = [{"title": f"Robot Manipulation of {one}", "abstract": "We grasp."} for one in "abc"]
    two("ingest", write_papers(tmp_path / "more.jsonl", more))
    two("compose", "--at", "2040-01-01T10:00Z")
    told = two.run("deliveries", "resolve", "1", "--as", "pending")
    assert (told.code, "for a newer issue of its reader was composed" in told.err) == (1, True)
    two("deliveries", "resolve", "1", "--as", "accepted")


def test_notes_are_meant_by_their_kind_and_domains_in_their_own_letters(two):
    two("subscribers", "add", "eve@ex\u00e4mple.org", "--topic", "robot manipulation")
    two("compose", "--at", "2040-01-01T10:00Z")
    two("subscribers", "export", "ada@example.net", "--mail")
    (note,) = two.json("deliveries", "list", "--edition", "export")["deliveries"]
    assert note["kind"] == "export"
    (hers,) = two.json("deliveries", "list", "--domain", "@Ex\u00e4mple.ORG")["deliveries"]
    assert hers["subscriber"] == "eve@xn--exmple-cua.org"
    assert two.run("deliveries", "list", "--domain", "no domain").code == 2
