"""What strace saw: each mail's arming was on the disk before its final dot was written."""

import base64
import email
import json

import pytest

from tests.benchmarks import crashes, mailing
from tests.mail import tracing

READERS = 20


@pytest.mark.slow
@pytest.mark.parametrize(("connections", "processes"), [(1, 1), (4, 1), (4, 2)])
def test_each_arming_is_synced_to_the_disk_before_the_dot_is_written(
    tmp_path, connections, processes
):
    if reason := tracing.why_not():
        pytest.skip(reason)
    journal, file = tmp_path / "journal.jsonl", tmp_path / "trace"
    folder = tmp_path / "letter"
    journal.touch()
    mailing.make(folder, READERS).close()
    with mailing.recorder(journal, "--delay-ms", "2") as port:
        under = tracing.command(file)
        yard = crashes.Yard(folder, journal, port, connections, processes, under)
        yard.finish()
    assert set(yard.states().values()) == {"accepted"}
    trace = tracing.read(file, folder / "newsletter.db")
    names = message_ids(journal)
    assert len(names) == READERS
    for name in names:
        armed, dot = trace.armed(name), trace.dot(name)
        assert armed.result == len(armed.octets)
        assert any(
            armed.ended < sync.begun and sync.ended < dot.begun and sync.result == 0
            for sync in trace.synced
        ), f"{name}: armed at {armed.ended}, dot at {dot.begun}, {trace.synced}"


def message_ids(journal):
    """Return the Message-ID of each mail that the server took."""
    mails = (json.loads(line) for line in journal.read_text().splitlines())
    heads = [email.message_from_bytes(base64.b64decode(one["body"])) for one in mails]
    return {head["Message-ID"] for head in heads}
