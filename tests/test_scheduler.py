"""The clock's own steps, without its ticking."""

from datetime import UTC, datetime

import sqlalchemy as sa

from newsletter.actions.ingest import Limits, Origin
from newsletter.scheduler import Alarm, Clock, Work
from newsletter.store.database import Store
from newsletter.store.schema import papers
from newsletter.store.tables_summaries import summaries
from tests.letters import write_papers


def test_a_visit_leaves_its_papers_compared_and_summarised(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    store.make_ready()
    origin = Origin(str(write_papers(tmp_path / "papers.jsonl")), "Papers")
    clock = Clock.starting_at(datetime(2026, 3, 14, 7, tzinfo=UTC))
    work = Work(store, None, None, Limits(2**20), (origin,), 7, clock)
    Alarm(work).visit_due(origin)
    with store.read() as tx:
        compared = tx.execute(sa.select(papers.c.banded)).scalars().all()
        made = tx.execute(sa.select(sa.func.count()).select_from(summaries)).scalar_one()
    assert made == len(compared) > 0
    assert all(compared)
    store.close()
