"""An older database keeps what is in it when it is upgraded."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from newsletter.domain.wording import digest
from newsletter.store import feeds, vectors
from newsletter.store.database import Store
from tests.store.test_database import MIGRATIONS


def test_a_database_of_the_first_revision_keeps_its_rows_when_upgraded(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        told = "VALUES (1, 'u', 'n', '', '')"
        tx.execute(sa.text(f"INSERT INTO feeds (id, url, name, etag, last_modified) {told}"))
        told = "VALUES (1, '2026-03-10', 'empty', '', '', '', 0, 0, 0, 0, '[]')"
        columns = "feed_id, visited_at, outcome, why, reader, body_hash, read, new, updated"
        tx.execute(sa.text(f"INSERT INTO feed_visits ({columns}, duplicate, skipped) {told}"))
        add_old_paper(tx)
    store.upgrade()
    with store.read() as tx:
        assert feeds.by_url(tx)["u"].failures == 0
        assert feeds.last_visits(tx, good=True)[1].outcome == "empty"
        (lacking,) = vectors.lacking(tx, "e", 9)
        assert lacking.digest == digest("Gates. We gate memory.")
    assert store.check() == []
    store.close()


def add_old_paper(tx):
    """Add a paper with the columns of the first revision."""
    row = {"id": 1, "key": "k", "title": "Gates", "abstract": "We gate memory.", "feed_id": 1}
    empty = "authors categories url arxiv_id doi venue code_url source_title source_abstract tldr"
    row |= dict.fromkeys(empty.split(), "") | {"version": 0, "announce_type": "new"}
    row |= dict.fromkeys(("authors", "categories"), "[]")
    row |= {"withdrawn": False} | dict.fromkeys(("first_seen", "changed_at"), "2026-03-10")
    tx.execute(sa.table("papers", *map(sa.column, row)).insert(), row)
