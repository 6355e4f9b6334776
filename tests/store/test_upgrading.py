"""A database of an older revision keeps its papers and learns what the new one wants."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from newsletter.actions.summarise import summarise
from newsletter.domain.paper import keys
from newsletter.store import database, issues, keeping, summaries
from newsletter.store.database import Store
from newsletter.store.schema import paper_keys, papers
from tests.store.samples import GATES, NOW

OLD = """INSERT INTO papers (key, title, abstract, authors, categories, url, arxiv_id, version, doi,
    venue, code_url, announce_type, withdrawn, source_title, source_abstract, tldr, first_seen,
    changed_at) VALUES (:key, :title, '', :authors, '[]', '', :arxiv, 1, '', '', '', 'new',
    :withdrawn, '', '', '', '2026-03-14 06:00:00', '2026-03-14 07:00:00')"""


def test_papers_of_the_first_revision_get_their_keys(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    place = database.__file__.replace("database.py", "migrations")
    config.set_main_option("script_location", place)
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        row = {"key": GATES.key, "title": GATES.title, "arxiv": GATES.arxiv_id}
        tx.execute(sa.text(OLD), {**row, "authors": '["Ada Okafor"]', "withdrawn": True})
        row = {"key": "title:0", "title": "Other", "arxiv": "", "withdrawn": False}
        tx.execute(sa.text(OLD), {**row, "authors": "[]"})
    store.upgrade()
    with store.write() as tx:
        known = {row.key: row.paper_id for row in tx.execute(sa.select(paper_keys))}
        assert {**dict.fromkeys(keys(GATES), 1), "title:0": 2}.items() <= known.items()
        dates = tx.execute(sa.select(papers.c.withdrawn_at).order_by(papers.c.id)).scalars()
        assert [one and one.hour for one in dates] == [7, None]
        assert keeping.keep(tx, [GATES], None, NOW)["new"] == 0
    store.close()


VERSION = """INSERT INTO paper_versions (paper_id, number, title, abstract, tldr, seen_at)
    VALUES (:paper, :number, 'T', :abstract, :tldr, '2026-03-14 07:00:00')"""
ISSUE = (
    """INSERT INTO subscribers (id, address, state, cadence, weekdays, hour, minute, zone, length,
    due_at, subscribed_at) VALUES (1, 'ada@example.org', 'active', 'daily', '[]', 7, 0, 'UTC', 7,
    '2026-03-15 07:00:00', '2026-03-01 07:00:00')""",
    "INSERT INTO profiles (id, subscriber_id, number, body, created_at)"
    " VALUES (1, 1, 1, '{}', '2026-03-01 07:00:00')",
    "INSERT INTO editions (id, name) VALUES (1, 'daily-2026-03-14')",
    """INSERT INTO issues (id, edition_id, subscriber_id, profile_id, local_date, composed_at,
    due_at, newest_paper, coverage) VALUES (1, 1, 1, 1, '2026-03-14', '2026-03-14 07:00:00',
    '2026-03-14 07:00:00', 2, '{"announced": 2, "ranked": 2, "shown": 2, "feeds": []}')""",
    "INSERT INTO items (issue_id, position, paper_id, paper_version, topic, score, parts)"
    " VALUES (1, 1, 1, 1, '', 1.0, '[]'), (1, 2, 2, 1, '', 1.0, '[]')",
)


def test_sentences_become_summaries_and_an_issue_keeps_its_own(tmp_path):
    """Of two texts of a paper the issue showed the first; of an empty text there is no sentence."""
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option(
        "script_location", database.__file__.replace("database.py", "migrations")
    )
    old = "Here, we gate memory. It helps."
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0003")
        for key in ("doi:10.1/1", "doi:10.1/2"):
            row = {"key": key, "title": "T", "arxiv": "", "authors": "[]", "withdrawn": False}
            tx.execute(sa.text(OLD), row)
        for paper, number, abstract, told in (
            (1, 1, old, "We gate memory."),
            (1, 2, "We gate more.", "We gate more."),
            (2, 1, "", ""),
        ):
            row = {"paper": paper, "number": number, "abstract": abstract, "tldr": told}
            tx.execute(sa.text(VERSION), row)
        for statement in ISSUE:
            tx.execute(sa.text(statement))
    store.upgrade()
    with store.read() as tx:
        assert [item.tldr for item in issues.get(tx, 1).items] == ["We gate memory.", ""]
        found = summaries.newest(tx, [(1, 1), (1, 2), (2, 1)])
    assert [one.tldr and one.tldr.text for _, one in found.values()] == [
        "We gate memory.",
        "We gate more.",
        None,
    ]
    place = found[1, 1][1].tldr
    assert old[place.start : place.end] == "we gate memory."
    assert store.check() == []
    assert summarise(store) == 2, "this program makes them in another way"
    with store.read() as tx:
        assert [item.tldr for item in issues.get(tx, 1).items] == ["We gate memory.", ""]
    store.close()
