"""Signals to stop: `serve` ends cleanly at whatever moment one comes, whatever clients do."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from newsletter.cli.stopping import AT_ONCE, stopped_by_signal

PATIENCE = 60  # seconds that anything here may take on a busy machine
pytestmark = pytest.mark.slow


@contextmanager
def served(folder, program=("-m", "newsletter")):
    """Give the program and its port as soon as it says where its pages are."""
    (folder / "config/newsletter.toml").write_text("feeds = []\n")
    command = [sys.executable, *program, "--folder", str(folder), "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            yield process, int(line.partition("127.0.0.1:")[2].partition("/")[0])
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_in_its_first_moment_ends_it_cleanly(letter, number):
    with served(letter.folder) as (process, _):
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said.splitlines()[-1:]) == (0, ["stopped"]), said
    assert "Traceback" not in said


def test_a_client_that_never_ends_its_form_does_not_hold_it_up(letter):
    with (
        served(letter.folder) as (process, port),
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        client.sendall(b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\naddr")
        threading.Event().wait(0.5)  # so that it is being read
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said.splitlines()[-1:]) == (0, ["stopped"]), said
    assert "Traceback" not in said
    assert "Exception" not in said


def test_two_signals_at_once_are_one_and_a_handler_may_interrupt_itself():
    heard = []

    def hear():
        heard.append(1)
        if len(heard) == 1:
            os.kill(os.getpid(), signal.SIGHUP)

    with stopped_by_signal(hear) as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
    assert len(heard) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_later_second_signal_ends_it_at_once(number):
    lines = "from newsletter.cli.stopping import stopped_by_signal\nimport time\n"
    lines += "with stopped_by_signal():\n    print('on', flush=True)\n    time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", lines], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"on\n"
        process.send_signal(number)
        threading.Event().wait(AT_ONCE + 0.5)
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait(PATIENCE) == -number
