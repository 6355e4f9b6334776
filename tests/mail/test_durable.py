"""What strace saw of a run, and what a power cut would leave of it: no dot without its record."""

import base64
import email
import json
import random
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.domain.delivery import State
from newsletter.store import promises
from newsletter.store.database import Store
from newsletter.store.schema import deliveries
from tests.benchmarks import crashes, mailing
from tests.mail import tracing

READERS = 20
CONNECTIONS = 4
HEAD, FRAME = 32, 24 + 4096  # octets of SQLite's log (sqlite.org/fileformat2.html, section 4)
HANDED_OVER = (State.ARMED, State.ACCEPTED)
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Run:
    """A run that was watched: its calls, its mails by Message-ID, the database before it."""

    trace: tracing.Trace
    mails: frozenset[str]
    before: Path


def watched(tmp_path, connections, processes):
    """Deliver to all readers under strace."""
    if reason := tracing.why_not():
        pytest.skip(reason)
    folder, journal, file = (tmp_path / name for name in ("letter", "journal.jsonl", "trace"))
    journal.touch()
    mailing.make(folder, READERS).close()
    database, before = folder / "newsletter.db", tmp_path / "before.db"
    shutil.copyfile(database, before)
    with mailing.recorder(journal, "--delay-ms", "2") as port:
        under = tracing.command(file)
        yard = crashes.Yard(folder, journal, port, connections, processes, under)
        yard.finish()
    assert set(yard.states().values()) == {"accepted"}
    mails = message_ids(journal)
    assert len(mails) == READERS
    return Run(tracing.read(file, database), mails, before)


def message_ids(journal):
    """Return the Message-ID of each mail that the server took."""
    mails = (json.loads(line) for line in journal.read_text().splitlines())
    heads = [email.message_from_bytes(base64.b64decode(one["body"])) for one in mails]
    return frozenset(head["Message-ID"] for head in heads)


@pytest.mark.parametrize(("connections", "processes"), [(1, 1), (4, 1), (4, 2)])
def test_each_arming_is_synced_to_the_disk_before_the_dot_is_written(
    tmp_path, connections, processes
):
    run = watched(tmp_path, connections, processes)
    for name in run.mails:
        armed, dot = run.trace.armed(name), run.trace.dot(name)
        assert armed.result == len(armed.octets)
        assert armed.ended < run.trace.synced_before(dot.begun), f"{name} was not on the disk"
        with recovered(tmp_path, run, run.trace.log_at(run.trace.synced_before(dot.begun))) as it:
            assert it.states[name] in HANDED_OVER, f"without power, {name} would go out again"


@pytest.mark.parametrize("cuts", [60, pytest.param(1000, marks=pytest.mark.soak)])
@pytest.mark.timeout(600)
def test_a_log_cut_anywhere_is_an_earlier_moment_at_which_all_promises_hold(tmp_path, cuts):
    run = watched(tmp_path, CONNECTIONS, 1)
    whole = run.trace.log_at(1 << 62)
    chance = random.Random(1)
    frames = range(HEAD, len(whole), FRAME)
    ends = {len(whole), *chance.sample(frames, min(len(frames), cuts))}
    ends |= {chance.randrange(len(whole)) for _ in range(cuts // 2)}  # within a frame
    handed_over = 0
    for cut in sorted(ends):
        with recovered(tmp_path, run, whole[:cut]) as it:
            assert it.troubles == [], f"cut at {cut}"
            counted = Counter(it.states.values())
            assert counted[State.ARMED] <= CONNECTIONS, f"cut at {cut}"
            assert counted[State.ARMED] + counted[State.ACCEPTED] >= handed_over
            handed_over = counted[State.ARMED] + counted[State.ACCEPTED]
    assert counted == {State.ACCEPTED: READERS}


class recovered:  # noqa: N801, it reads as a verb
    """The database after a power cut that left this much of its log; a context manager."""

    def __init__(self, folder, run, log):
        self.file = folder / "after/newsletter.db"
        self.file.parent.mkdir()
        shutil.copyfile(run.before, self.file)
        Path(f"{self.file}-wal").write_bytes(log)
        self.store = Store(f"sqlite:///{self.file}")
        with self.store.read() as tx:
            rows = tx.execute(sa.select(deliveries)).all()
            self.troubles = promises.broken_promises(tx)
        self.troubles += self.store.check()
        self.states = {one.message_id or one.id: State(one.state) for one in rows}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.store.close()
        shutil.rmtree(self.file.parent)
