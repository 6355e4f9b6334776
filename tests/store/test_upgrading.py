"""A database of an older revision keeps its papers and learns what the new one wants."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from newsletter.domain.paper import keys
from newsletter.store import database, keeping
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
