"""What the process beside the sender does, in a thread of this one: what it says and when."""

import mmap
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from multiprocessing.connection import Pipe

import pytest

from newsletter.actions import subscribe, writing
from newsletter.actions.signing import Signing
from newsletter.actions.writing import FEW, SIZE, SLOTS, Asked, Freed, Writing
from newsletter.domain.delivery import State
from newsletter.domain.imprint import Imprint
from newsletter.rendering.dkim import signed
from newsletter.store import outbox, suppressions
from newsletter.store.suppressions import Suppression
from tests.actions.conftest import MONDAY
from tests.actions.departing import RAW, composed, prepare
from tests.actions.test_signing import KEYS

PATIENCE = 20


@contextmanager
def at_work(desk, write=prepare):
    """Give our end of its line, the common memory, and the deliveries that are due."""
    line, theirs = Pipe()
    memory = mmap.mmap(-1, SLOTS * SIZE)
    work = Writing(theirs, memory, desk.store, write)

    def run():
        with theirs, suppress(EOFError, OSError):
            work.run()

    thread = threading.Thread(target=run)
    thread.start()
    with desk.store.read() as tx:
        due = list(outbox.line(tx, MONDAY, outbox.Share()))
    with line:
        yield line, memory, due
    thread.join(PATIENCE)
    assert not thread.is_alive(), "it ends with its line"


def told(line):
    """Return what it tells next."""
    assert line.poll(PATIENCE), "it says nothing"
    return line.recv()


def all_of(line):
    """Return all that it tells of one batch, its places being freed at once."""
    chunks = [told(line)]
    while not chunks[-1].is_last:
        line.send(Freed([one.mail.slot for one in chunks[-1].written if one.mail]))
        chunks.append(told(line))
    return chunks


def written(chunks):
    return [one for chunk in chunks for one in chunk.written]


def made_by(change):
    """Write the usual lines, changed as told by a function of delivery and message."""

    def prepared(tx, batch):
        write = prepare(tx, batch)
        return lambda delivery: change(delivery, write(delivery))

    return prepared


def test_it_tells_of_each_mail_in_order_its_octets_in_the_common_memory(desk):
    composed(desk, 11)
    with at_work(desk) as (line, memory, due):
        line.send(Asked(due, MONDAY))
        found = written(all_of(line))
        assert [one.delivery.id for one in found] == due
        assert [one.mail.recipient for one in found] == [one.delivery.address for one in found]
        mail = found[-1].mail
        assert memory[mail.slot * SIZE : mail.slot * SIZE + mail.length] == RAW


def test_it_writes_ahead_as_far_as_there_are_places_and_goes_on_when_one_is_free(desk):
    composed(desk, SLOTS + 10)
    with at_work(desk) as (line, _, due):
        line.send(Asked(due, MONDAY))
        found = []
        while len(found) < SLOTS:
            found += told(line).written
        assert len({one.mail.slot for one in found}) == len(found) == SLOTS
        assert not line.poll(0.2), "no place is used twice"
        line.send(Freed([found[0].mail.slot]))
        assert told(line).written[0].mail.slot == found[0].mail.slot


def test_what_it_tells_of_early_for_want_of_a_place_leaves_out_no_mail(desk):
    composed(desk, SLOTS + 10)
    with at_work(desk) as (line, _, due):
        with desk.store.read() as tx:
            (first,) = outbox.digests(tx, due[:1], MONDAY)
        with desk.store.write() as tx:  # takes no place: they end in the midst of a chunk
            suppressions.add(tx, Suppression(first.delivery.address, "dead", MONDAY))
        line.send(Asked(due, MONDAY))
        found = []
        while len(found) < SLOTS + 1:
            found += told(line).written
        line.send(Freed([one.mail.slot for one in found if one.mail]))
        found += written(all_of(line))
        assert [one.delivery.id for one in found] == due


def test_a_mail_longer_than_a_place_goes_by_the_line(desk):
    long = b"X: y\r\n\r\n" + b"a line\r\n" * (SIZE // 8 + 1)
    composed(desk, 1)
    with at_work(desk, made_by(lambda _, one: replace(one, raw=long))) as (line, _, due):
        line.send(Asked(due, MONDAY))
        mail = told(line).written[0].mail
        assert (mail.slot, mail.raw, mail.length) == (-1, long, len(long))


def test_who_may_not_get_it_is_told_with_the_reason_and_what_is_not_pending_is_left_out(desk):
    composed(desk, 3)
    with desk.store.read() as tx:
        left, dead, _ = outbox.digests(tx, outbox.line(tx, MONDAY, outbox.Share()), MONDAY)
    subscribe.unsubscribe(desk.store, left.delivery.subscriber_id, 0, MONDAY)
    with desk.store.write() as tx:
        suppressions.add(tx, Suppression(dead.delivery.address, "dead", MONDAY))
    with at_work(desk) as (line, _, due):
        line.send(Asked([left.delivery.id, *due], MONDAY))
        found = written(all_of(line))
        assert [one.delivery.id for one in found] == due
        assert found[0].closed == (State.SUPPRESSED, "the address is suppressed")
        assert (found[0].mail, bool(found[1].mail)) == (None, True)


def test_a_mail_that_it_cannot_write_is_left_to_the_sender(desk):
    def change(delivery, message):
        if delivery.id % 2:
            raise ValueError("odd")
        return message

    composed(desk, 6)
    with at_work(desk, made_by(change)) as (line, _, due):
        line.send(Asked(due, MONDAY))
        found = written(all_of(line))
        assert [one.mail is None for one in found] == [bool(one % 2) for one in due]
        assert not any(one.closed for one in found)


def test_a_batch_that_it_cannot_read_is_left_to_the_sender_and_the_next_is_written(desk):
    tries = iter([OSError("the disk"), None])

    def prepared(tx, batch):
        if error := next(tries):
            raise error
        return prepare(tx, batch)

    composed(desk, 2)
    with at_work(desk, prepared) as (line, _, due):
        line.send(Asked(due, MONDAY))
        line.send(Asked(due, MONDAY))
        failed = told(line)
        assert (failed.failed, failed.is_last, failed.written) == (True, True, [])
        assert [one.delivery.id for one in written(all_of(line))] == due


def test_a_sender_that_waits_signs_itself_and_one_that_is_busy_gets_signed_mails(desk):
    sign = Signing(KEYS, later=True)
    composed(desk, 3 * FEW)
    with at_work(desk, made_by(lambda _, one: sign(one))) as (line, memory, due):
        line.send(Asked(due, MONDAY))
        found = []
        while len(found) < len(due):
            found += told(line).written
        sealed = [not one.mail.blanks for one in found]
        assert sealed == [False] * FEW + [True] * 2 * FEW
        mails = [one.mail for one in found]
        raws = [memory[one.slot * SIZE : one.slot * SIZE + one.length] for one in mails]
        own = [
            Signing(KEYS).seal(one.blanks)() + raw if one.blanks else raw
            for one, raw in zip(mails, raws, strict=True)
        ]
        assert own == [signed(RAW, KEYS)] * len(due)


def test_a_sender_that_waits_hashes_a_body_itself_and_one_that_is_busy_is_told_the_hash(desk):
    composed(desk, 2 * FEW)
    with at_work(desk) as (line, _, due):
        line.send(Asked(due, MONDAY))
        found = []
        while len(found) < len(due):
            found += told(line).written
        body = sha256(RAW.partition(b"\r\n\r\n")[2]).digest()
        assert [one.mail.body_hash for one in found] == [b""] * FEW + [body] * FEW


@pytest.mark.parametrize("most", [100, 3])
def test_texts_are_told_once_and_anew_when_there_are_many(desk, monkeypatch, most):
    monkeypatch.setattr(writing, "MOST_TEXTS", most)

    def change(delivery, message):
        texts = {"shape": "all", f"p{delivery.id}": "a paper"}
        return replace(message, imprint=Imprint("shape", (f"p{delivery.id}",), texts))

    composed(desk, 20)
    with at_work(desk, made_by(change)) as (line, _, due):
        line.send(Asked(due, MONDAY))
        known, shapes = {}, 0
        chunks = all_of(line)
        assert any(chunk.is_anew for chunk in chunks) is (most == 3)
        for chunk in chunks:
            known = {} if chunk.is_anew else known
            known |= chunk.texts
            shapes += "shape" in chunk.texts
            for one in chunk.written:
                assert [known[name] for name in one.mail.texts] == ["all", "a paper"]
        assert (shapes > 1) is (most == 3)


def test_it_ends_by_itself_when_nobody_wants_anything_for_long(desk, monkeypatch):
    monkeypatch.setattr(writing, "IDLE", 50)
    composed(desk, 1)
    with at_work(desk) as (line, _, due):
        line.send(Asked(due, MONDAY))
        assert len(written(all_of(line))) == 1
        assert line.poll(PATIENCE), "its end of the line is closed"
        with pytest.raises(EOFError):
            line.recv()
