"""Mails through a program, by its exit code; each test's program is a real one."""

import os
import signal
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.domain.delivery import Result, suppresses
from newsletter.errors import SenderError
from newsletter.mail.hub import Hub
from newsletter.mail.pipe import Pipe
from newsletter.mail.sender import Sender
from tests.mail.samples import RAW, a_message, always, never, unarmable


@pytest.fixture
def program(tmp_path):
    """Return what makes a program of lines of Python, with `kept` as the file to write to."""

    def make(lines: str) -> Pipe:
        file = tmp_path / "program.py"
        head = f"import sys, os, time\nkept = {str(tmp_path / 'kept')!r}\n"
        file.write_text(head + lines)
        return Pipe([sys.executable, str(file)], timedelta(seconds=20))

    return make


TAKE = "raw = sys.stdin.buffer.read()\nopen(kept, 'wb').write(repr(sys.argv[1:]).encode() + raw)\n"


def test_a_mail_is_the_programs_input_with_the_line_ends_of_the_system(program, tmp_path):
    sender: Sender = program(TAKE)
    outcome = sender.send(a_message(), always)
    assert (outcome.result, outcome.reply) == (Result.ACCEPTED, "250 2.0.0 the program took it")
    kept = (tmp_path / "kept").read_bytes()
    options, raw = kept[: kept.index(b"]") + 1], kept[kept.index(b"]") + 1 :]
    assert options == b"['-t', '-i', '-f', 'bounce+7@example.com']"
    assert raw == RAW.replace(b"\r\n", b"\n")
    assert sender.usable


def test_a_program_that_reads_nothing_holds_a_mail_up_no_longer_than_it_is_waited_for(program):
    sender = Pipe(program("time.sleep(30)")._command, timedelta(seconds=1))
    begun = time.monotonic()
    outcome = sender.send(replace(a_message(), raw=RAW + b"x" * 300_000 + b"\r\n"), always)
    assert (outcome.result, time.monotonic() - begun < 15) == (Result.IN_DOUBT, True)
    assert "did not end within 0:00:01" in outcome.reason


@pytest.mark.parametrize("times", [1, 50], ids=["in the pipe's buffer", "longer than that"])
def test_a_program_that_ends_well_without_reading_is_not_believed(program, times):
    mail = replace(a_message(), raw=RAW * times)
    outcome = program("sys.stdin.close(); time.sleep(0.3)\n").send(mail, always)
    assert (outcome.result, "had not read the whole mail" in outcome.reason) == (
        Result.IN_DOUBT,
        True,
    )


def test_a_long_mail_is_read_whole_by_a_program_that_takes_its_time(program, tmp_path):
    sender = program(f"time.sleep(0.3)\n{TAKE}")
    raw = RAW + b"x" * 1_000_000 + b"\r\n"
    assert sender.send(replace(a_message(), raw=raw), always).result is Result.ACCEPTED
    assert (tmp_path / "kept").read_bytes().endswith(b"x\n")
    assert (tmp_path / "kept").stat().st_size > 1_000_000


def test_programs_for_several_mails_run_at_the_same_time(program):
    meet = "sys.stdin.read()\nname = kept + sys.argv[4]\nopen(name, 'w')\nfor _ in range(1000):\n"
    meet += "    if all(os.path.exists(kept + one) for one in ('a@x', 'b@x', 'c@x')): sys.exit(0)\n"
    meet += "    time.sleep(0.01)\nsys.exit(75)\n"  # EX_TEMPFAIL: the others did not come
    sender, hub, outcomes = program(meet), Hub(), []

    def send(name):
        message = replace(a_message(), envelope_sender=name)
        outcomes.append(Pipe(sender._command, timedelta(seconds=20)).send(message, always))

    tasks = [hub.begin(lambda name=name: send(name)) for name in ("a@x", "b@x", "c@x")]
    while any(one.is_alive() for one in tasks):
        hub.turn(0.1)
    hub.close()
    assert [one.result for one in outcomes] == [Result.ACCEPTED] * 3


def test_nothing_is_sent_that_may_not_be_armed(program, tmp_path):
    assert program(TAKE).send(a_message(), never).result == Result.NOT_ARMED
    assert not (tmp_path / "kept").exists()


def test_an_error_while_arming_sends_nothing(program, tmp_path):
    def arm() -> bool:
        raise OSError("the database's disk")

    with pytest.raises(OSError, match="the database's disk"):
        program(TAKE).send(a_message(), arm)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("code", "result", "reply"),
    [
        (os.EX_TEMPFAIL, Result.DEFERRED, "451 4.3.0 exit code 75: not now"),
        (os.EX_CONFIG, Result.DEFERRED, "451 4.3.0 exit code 78: not now"),
        (os.EX_NOUSER, Result.REFUSED, "554 5.1.1 exit code 67: not now"),
        (os.EX_DATAERR, Result.REFUSED, "554 5.6.0 exit code 65: not now"),
        (1, Result.DEFERRED, "451 4.3.0 exit code 1: not now"),
    ],
)
def test_the_exit_code_says_how_it_went_and_the_programs_words_are_kept(
    program, code, result, reply
):
    lines = f"sys.stdin.buffer.read()\nsys.stderr.write('not\\n now')\nsys.exit({code})\n"
    outcome = program(lines).send(a_message(), always)
    assert (outcome.result, outcome.reply) == (result, reply)
    assert suppresses(outcome) == (code == os.EX_NOUSER)


@pytest.mark.parametrize(("code", "result"), [(75, Result.DEFERRED), (0, Result.IN_DOUBT)])
def test_a_program_that_ends_before_its_input_says_by_its_code_how_it_went(program, code, result):
    big = a_message(RAW * 20_000)
    lines = f"sys.stdin.buffer.read(1)\nsys.exit({code})\n"  # not before it is armed
    assert program(lines).send(big, always).result == result


def test_a_program_of_many_words_does_not_stop_the_run(program):
    lines = "sys.stderr.write('warning ' * 40_000)\n" + TAKE
    outcome = program(lines).send(a_message(), always)
    assert outcome.result == Result.ACCEPTED
    assert len(outcome.reply) < 400


def test_when_we_are_killed_before_arming_the_program_has_nothing_to_send(program, tmp_path):
    sender = program(TAKE)
    child = os.fork()
    if not child:
        sender.send(a_message(RAW * 9), lambda: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    kept = tmp_path / "kept"
    while not kept.exists() or not kept.read_bytes():
        time.sleep(0.01)
    assert kept.read_bytes().endswith(b"]"), "the program was given some of the mail"


def test_a_child_of_the_program_is_ended_with_it(program, tmp_path):
    inner = f"import sys; open({str(tmp_path / 'inner')!r}, 'wb').write(sys.stdin.buffer.read())"
    lines = f"import subprocess\nsubprocess.run([sys.executable, '-c', {inner!r}])\n"
    assert program(lines).send(a_message(), never).result == Result.NOT_ARMED
    time.sleep(0.3)
    assert not (tmp_path / "inner").exists()


def test_a_program_that_is_killed_after_its_input_leaves_a_doubt(program):
    lines = "sys.stdin.buffer.read()\nos.kill(os.getpid(), 9)\n"
    outcome = program(lines).send(a_message(), always)
    assert outcome.result == Result.IN_DOUBT
    assert "signal 9" in outcome.reply


def test_a_program_that_never_ends_leaves_a_doubt_and_no_process(program, tmp_path):
    sender = program("open(kept, 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    sender._patience = timedelta(milliseconds=600)
    assert sender.send(a_message(), always).result == Result.IN_DOUBT
    kept = Path(tmp_path / "kept")
    if kept.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(kept.read_text()), 0)


def test_a_program_that_is_not_there_stops_the_run_with_advice():
    with pytest.raises(SenderError, match=r"/no/such: cannot be run .*; see sender.command"):
        Pipe(["/no/such"]).send(a_message(), unarmable)


def test_an_address_that_could_be_an_option_runs_nothing(program):
    with pytest.raises(ValueError, match="cannot be an argument"):
        program(TAKE).send(a_message(sender="-oQ/tmp@example.org"), unarmable)


def test_a_newsletter_goes_out_by_a_program(letter, tmp_path, monkeypatch):
    from tests.letters import write_papers

    file = tmp_path / "program.py"
    file.write_text(
        f"import sys\nopen({str(tmp_path / 'kept')!r}, 'ab').write(sys.stdin.buffer.read())\n"
    )
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("compose")
    monkeypatch.setenv("NEWSLETTER_SENDER__KIND", "sendmail")
    monkeypatch.setenv("NEWSLETTER_SENDER__COMMAND", f"{sys.executable} {file}")
    assert letter.json("deliver")["states"]["accepted"] == 1
    assert b"\nTo: ada@example.net\n" in (tmp_path / "kept").read_bytes()
    letter("deliveries", "check")
