"""When there is a process that writes beside the sender, and that nothing depends on it."""

import gc
import os
import signal
import subprocess
import sys
from dataclasses import fields

import pytest

from newsletter.actions import messages, scribe
from newsletter.actions.gate import Gate
from newsletter.actions.scribe import ENOUGH, FEWEST, Errand, Scribe
from newsletter.actions.signing import Signing
from newsletter.rendering.language import language
from newsletter.rendering.templates import Templates
from newsletter.settings import defaults
from tests.actions.conftest import MONDAY
from tests.actions.departing import Departure, composed
from tests.actions.scribing import SITE, a_press, beside, way_of
from tests.actions.test_signing import KEYS
from tests.mail.recording import RecordingServer


def test_it_ends_with_the_process_that_began_it(desk):
    with beside(desk, a_press()) as (_, hand):
        hand._line.close()
        assert hand._process.wait(10) == 0


def test_it_ends_when_nobody_can_use_it_any_more(desk):
    found = Scribe(a_press(), desk.store.address)
    process = found.begin()._process
    del found
    gc.collect()
    assert process.returncode is not None


@pytest.mark.parametrize(
    ("mails", "processors", "processes", "is_begun"),
    [(ENOUGH, 2, 1, True), (ENOUGH - 1, 2, 1, False), (ENOUGH, 1, 1, False), (ENOUGH, 4, 3, False)],
)
def test_it_is_begun_for_many_mails_where_a_processor_is_free(
    desk, monkeypatch, mails, processors, processes, is_begun
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    found = Scribe(a_press(), desk.store.address)
    with found.beside(mails, processes) as hand:
        assert (hand is not None) is is_begun
    found.end()


def test_it_is_used_for_fewer_mails_where_it_is_there_already(desk):
    with beside(desk, a_press()) as (found, hand):
        with found.beside(FEWEST) as again:
            assert again is hand
        with found.beside(FEWEST - 1) as nobody:
            assert nobody is None
        os.kill(hand._process.pid, signal.SIGKILL)
        with found.beside(FEWEST) as gone:
            assert not gone.next(5)
            assert gone.is_gone
        with found.beside(ENOUGH - 1) as nobody:
            assert nobody is None
        with found.beside(ENOUGH) as new:
            assert not new.is_gone


def test_two_runs_at_a_time_do_not_share_it(desk):
    with (
        beside(desk, a_press()) as (found, hand),
        found.beside(ENOUGH) as first,
        found.beside(ENOUGH) as second,
    ):
        assert (first, second) == (hand, None)


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false"])
def test_where_it_cannot_be_begun_or_ends_at_once_the_sender_writes(
    desk, here, monkeypatch, caplog, python
):
    monkeypatch.setattr(sys, "executable", python)
    composed(desk, 4)
    press = a_press()
    found = Scribe(press, desk.store.address)
    with RecordingServer() as server:
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 4}
    found.end()
    assert here["here"] == 1
    assert ("written by the sender alone" in caplog.text) is (python == "/nowhere/python")


def test_one_of_another_version_is_not_used(desk, here, monkeypatch):
    monkeypatch.setattr(scribe, "__version__", "another")
    composed(desk, 4)
    press = a_press()
    found = Scribe(press, desk.store.address)
    hand = found.begin()
    assert hand._line.poll(30)
    with RecordingServer() as server:
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 4}
    assert (here["here"], hand.is_gone) == (1, True)


def test_a_run_that_breaks_off_leaves_nothing_asked_for(desk, here):
    composed(desk, 4)
    with beside(desk, a_press()) as (found, hand):

        def break_off():
            with found.beside(ENOUGH):
                hand.ask([1, 2], MONDAY)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            break_off()
        assert hand.is_gone


def test_it_knows_all_that_a_press_is_made_with():
    templates = Templates([defaults() / "templates"], language("de"))
    press = messages.Press(
        templates, SITE, [b"new" * 16, b"old" * 16], "box@example.org", True, "there", "verp",
        Signing(KEYS), gate=Gate(frozenset({"a-rule"})), signs=("a._domainkey.example.org",),
    )  # fmt: skip
    made = Errand.of(press, "sqlite:///of-nobody.db").press()
    own = {one.name for one in fields(press)} - {"shelf", "prints", "tongues"}  # what it keeps
    for name in own - {"templates", "sign", "gate", "keys", "signs"}:
        assert getattr(made, name) == getattr(press, name), name
    assert (tuple(made.keys), tuple(made.signs)) == (tuple(press.keys), tuple(press.signs))
    assert made.templates.folders == templates.folders
    assert made.templates.language.code == "de"
    assert made.gate.allowed == press.gate.allowed
    digest = bytes(32)
    assert [one.sign(digest) for one in made.sign.keys] == [one.sign(digest) for one in KEYS]
    assert [(one.domain, one.selector) for one in made.sign.keys] == [
        (one.domain, one.selector) for one in KEYS
    ]


def test_who_begins_it_by_hand_is_told_what_to_run():
    command = [sys.executable, "-m", "newsletter.scribe"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the sender begins this by itself; run `newsletter deliver`\n"
