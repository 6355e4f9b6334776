"""`newsletter serve` as a reader meets it: subscribe, confirm, read at the due minute, leave."""

import email
import email.policy
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.letters import PAPERS, write_papers
from tests.mail.recording import RecordingServer

PATIENCE = 60  # seconds that anything here may take on a busy machine


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def serving(folder, port, relay_port, clock):
    """The whole program in a process of its own; SIGTERM must end it cleanly."""
    settings = {
        "SITE__URL": f"http://127.0.0.1:{port}",
        "SENDER__KIND": "smtp",
        "SENDER__HOST": "127.0.0.1",
        "SENDER__PORT": str(relay_port),
        "SENDER__SECURITY": "none",
    }
    command = [sys.executable, "-m", "newsletter", "--folder", str(folder), "serve"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--clock", clock],
        env={**os.environ, **{f"NEWSLETTER_{name}": value for name, value in settings.items()}},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: answers(port), process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
        assert said.rstrip().endswith("stopped"), said
        assert "Traceback" not in said, said


def until(condition, process=None):
    """Wait for another process; there is nothing of ours to be told by."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert process is None or process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.URLError:
        return False


def parsed(mail):
    return email.message_from_bytes(mail.body, policy=email.policy.default)


def link_to(mail, path):
    text = parsed(mail).get_body(("plain",)).get_content()
    return next(word for word in text.split() if f"/{path}/" in word)


@pytest.mark.browser
@pytest.mark.slow
def test_a_reader_subscribes_confirms_reads_at_the_due_minute_and_leaves(
    letter, tmp_path, chromium
):
    (letter.folder / "config/newsletter.toml").write_text("feeds = []\n")
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))
    with (
        RecordingServer() as relay,
        # Five seconds before the reader's minute, so that the test sees it come.
        # Its port is looked for when the relay has its own.
        serving(letter.folder, port := free_port(), relay.port, f"{tomorrow}T08:59:50Z") as process,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_label("Your mail address").fill("ada@example.org")
        page.locator("summary").first.click()
        page.get_by_label("own words").fill("robot manipulation")
        page.get_by_label("At", exact=True).select_option("09:00")
        page.get_by_role("button", name="Subscribe").first.click()
        until(lambda: len(relay.mails) == 1, process)
        page.goto(link_to(relay.mails[0], "confirm"))
        page.get_by_role("button").first.click()
        until(lambda: len(relay.mails) == 3, process)
        browser.close()

        welcome, digest = parsed(relay.mails[1]), parsed(relay.mails[2])
        assert welcome["Subject"] == "Welcome to Paper Letter"
        assert "List-Unsubscribe" not in welcome
        assert digest["Subject"].startswith("Folding by Fold Lines")
        assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = digest["List-Unsubscribe"].partition(">")[0].lstrip("<")
        assert urlsplit(address).port == port
        body = b"List-Unsubscribe=One-Click"
        with urllib.request.urlopen(address, body, timeout=10) as answer:  # noqa: S310, http
            assert answer.status == 200
        people = letter.json("subscribers", "list")["subscribers"]
        assert [one["state"] for one in people] == ["unsubscribed"]
    (issue,) = letter.json("issues", "list")["issues"]
    assert issue["composed_at"] >= f"{tomorrow}T09:00:00", "not before the reader's minute"
    more = write_papers(
        tmp_path / "more.jsonl", [{**PAPERS[0], "title": "More Robot Manipulation"}]
    )
    letter("ingest", more)
    later = letter.json("compose", "--at", "2040-01-01T10:00Z", "--subscriber", "ada@example.org")
    assert later["issues"] == 0, "the next edition has nothing for who left"
    assert later["skipped"] == {"not active, paused or suppressed": 1}


@pytest.mark.slow
def test_readers_in_their_own_zones_get_their_issues_at_their_own_hour(letter, tmp_path):
    (letter.folder / "config/newsletter.toml").write_text("feeds = []\n")
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    # The first half hour (UTC) that is more than an hour away, and the full hour after it.
    soon = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) + timedelta(hours=2)
    # Kolkata is 5:30 ahead of UTC all year, Tokyo 9:00.
    first, second = soon + timedelta(hours=5.5), soon + timedelta(hours=9.5)
    for name, zone, hour in (
        ("kolkata", "Asia/Kolkata", first.hour),
        ("tokyo", "Asia/Tokyo", second.hour),
    ):
        address = f"{name}@example.org"
        letter("subscribers", "add", address, "--topic", "robot manipulation")
        letter("subscribers", "set", address, "--zone", zone, "--hour", str(hour))
    clock = f"{soon - timedelta(seconds=7):%Y-%m-%dT%H:%M:%SZ}"
    with (
        RecordingServer() as relay,
        serving(letter.folder, free_port(), relay.port, clock) as process,
    ):
        until(lambda: len(relay.mails) == 1, process)
    (issue,) = letter.json("issues", "list")["issues"]
    assert issue["subscriber"] == "kolkata@example.org", "in Tokyo half an hour is left"
    due = f"{soon:%Y-%m-%dT%H:%M:%S}"
    assert due <= issue["composed_at"] < f"{soon + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}"
    assert issue["due_at"] == f"{due}Z"
