"""The clock's own steps, without its ticking."""

import threading
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


def test_a_job_that_wakes_the_clock_while_all_is_stopped_does_not_hang(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    store.make_ready()
    alarm = Alarm(Work(store, None, None, Limits(2**20), (), 7, Clock.starting_at(None)))
    alarm.jobs.add_job(alarm.wake, executor="composer")
    within = threading.Event()
    change = alarm.jobs.modify_job

    def slow_change(*args, **more):
        within.set()
        threading.Event().wait(0.3)
        return change(*args, **more)

    alarm.jobs.modify_job = slow_change
    alarm.start()
    assert within.wait(10)
    stopping = threading.Thread(target=alarm.stop, daemon=True)
    stopping.start()
    stopping.join(10)
    assert not stopping.is_alive()
    store.close()
