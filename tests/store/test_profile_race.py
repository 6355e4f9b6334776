"""A reader changes topics while an issue is being stored: it rests on what it was ranked by."""

import threading

import sqlalchemy as sa

from newsletter.domain.profile import Topic, TopicProfile
from newsletter.store import composing, issuing, subscribers
from newsletter.store.schema import issues, profiles
from tests.store.samples import NOW, add_reader, new_issue


def test_a_profile_is_not_written_over_while_an_issue_comes_to_rest_on_it(store):
    reader = add_reader(store)
    with store.write() as tx:
        subscribers.save_profile(tx, reader, TopicProfile((Topic("alpha"),)), NOW)

    def change():
        with store.write() as other:
            subscribers.save_profile(other, reader, TopicProfile((Topic("beta"),)), NOW)

    changing = threading.Thread(target=change)
    with store.write() as tx:
        ((row, _),) = composing.bodies(tx, [reader], hold=True).values()
        changing.start()
        changing.join(0.3)
        assert changing.is_alive(), "it waits"
        issuing.add(tx, [new_issue(tx, reader)], NOW)
    changing.join(30)
    with store.read() as tx:
        assert tx.execute(sa.select(issues.c.profile_id)).scalars().all() == [row]
        found = {one.id: one.body for one in tx.execute(sa.select(profiles)).all()}
    assert "alpha" in found[row]
    assert len(found) == 2
