"""What a server said is kept, though the database could not be written at that moment."""

import sqlite3
import threading

import pytest

from newsletter.errors import StoreError
from newsletter.store import database
from tests.actions.departing import Departure, composed, recipients, states
from tests.mail.recording import RecordingServer
from tests.mail.session import Script


@pytest.mark.slow
def test_answers_that_came_while_the_database_was_locked_are_no_doubts(desk, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 2)
    composed(desk, 40)
    desk.store.close()  # the next connection waits only that long

    def answer(recipient):
        return "451 4.3.0 later" if recipient[1] in "02468" else None

    with RecordingServer(Script(delay=0.2, answers={".": answer})) as server:
        run = Departure(desk, server, 4).start()
        server.wait(lambda: len(server.mails) >= 2)
        locked = sqlite3.connect(desk.store.url.database, isolation_level=None)
        locked.execute("begin immediate")
        # Longer than the run waits for it once, shorter than twice.
        threading.Event().wait(3)
        locked.execute("rollback")
        locked.close()
        with pytest.raises(StoreError, match="has been writing for"):
            run.end()
        found = states(desk)
        assert set(found) <= {"accepted", "deferred", "pending"}
        assert found["accepted"] == len(set(recipients(server)))
        Departure(desk, server, 4).go()
        assert max(recipients(server).values()) == 1
