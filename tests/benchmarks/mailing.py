"""A newsletter with pending digests, and servers that take them, for benchmarks of sending."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from newsletter.app import App, now_utc, open_app
from newsletter.cli.program import run
from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Issue
from newsletter.domain.paper import Paper
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import Preferences, SubscriberState
from newsletter.store import feeds, issuing, keeping, schema, subscribers
from newsletter.store.database import Store
from tests.benchmarks import building

SINK, SOURCE = Path("/usr/sbin/smtp-sink"), Path("/usr/sbin/smtp-source")
ROOT = Path(__file__).parents[2]
WHY = "It was published today."


def make(folder: Path, readers: int) -> App:
    """Make a newsletter with an issue of 10 papers for each reader, pending and due."""
    assert run(["--folder", str(folder), "init", str(folder)]) == 0
    app = open_app(folder, now_utc())
    papers = building.invented(1000)
    fill(app.store, papers, building.issues(papers, readers, 10))
    return app


def fill(store: Store, papers: Sequence[Paper], made: Sequence[Issue]) -> None:
    """Store papers, readers, issues and deliveries, all due an hour ago."""
    now = now_utc() - timedelta(hours=1)
    with store.write() as tx:
        feed = feeds.find_or_add(tx, "https://example.org/feed", "Example")
        keeping.keep(tx, papers, feed.id, now)
        rows = {row.key: row.paper_id for row in tx.execute(sa.select(schema.paper_keys))}
        edition = issuing.edition(tx, "daily-2026-03-14")
        profile = TopicProfile(())
        first = subscribers.add(tx, "r1@example.org", SubscriberState.ACTIVE, Preferences(), now)
        assert first
        subscribers.save_profile(tx, first, profile, now)
        model = dict(tx.execute(sa.select(schema.subscribers)).mappings().one())
        others = [
            model | {"id": number, "address": f"r{number}@example.org"}
            for number in range(2, len(made) + 1)
        ]
        if others:
            tx.execute(schema.subscribers.insert(), others)
    for start in range(0, len(made), 1000):
        with store.write() as tx:
            insert(tx, rows, edition, made[start : start + 1000])


def insert(tx: sa.Connection, rows: dict[str, int], edition: int, made: Sequence[Issue]) -> None:
    """Insert these issues and their deliveries."""
    now = now_utc() - timedelta(hours=1)
    kept = [
        {"id": one.id, "edition_id": edition, "subscriber_id": one.subscriber_id,
         "profile_id": 1, "local_date": now.date(), "composed_at": now, "due_at": now,
         "newest_paper": len(rows), "coverage": json.dumps(asdict(one.coverage))}
        for one in made
    ]  # fmt: skip
    tx.execute(schema.issues.insert(), kept)
    items = [
        {"issue_id": one.id, "position": item.position, "paper_version": 1,
         "paper_id": rows[f"arxiv:{item.paper.arxiv_id}"], "topic": item.topic,
         "score": item.score, "parts": json.dumps([part.as_dict() for part in item.parts])}
        for one in made
        for item in {item.paper.arxiv_id: item for item in one.items}.values()
    ]  # fmt: skip
    tx.execute(schema.items.insert(), items)
    pending = [
        {"kind": "digest", "key": f"digest:{one.id}", "subscriber_id": one.subscriber_id,
         "edition_id": edition, "issue_id": one.id, "inputs": "{}", "state": "pending",
         "due_at": now, "next_attempt_at": now, "queued_at": now}
        for one in made
    ]  # fmt: skip
    tx.execute(schema.deliveries.insert(), pending)


def again(store: Store, most: int | None = None) -> None:
    """Make all deliveries (or the first so many) pending, as if none had ever gone out."""
    c = schema.deliveries.c
    with store.write() as tx:
        tx.execute(schema.attempts.delete())
        values = {"armed_at": None, "settled_at": None, "reply": "", "message_id": ""}
        values["inputs"] = "{}"
        tx.execute(schema.deliveries.update().values(attempts=0, state="cancelled", **values))
        statement = (
            schema.deliveries.update().where(c.id <= most) if most else (schema.deliveries.update())
        )
        tx.execute(statement.values(state="pending"))


def issue_ids(store: Store) -> list[IssueId]:
    """Return the issues there are."""
    with store.read() as tx:
        return [IssueId(one) for one in tx.execute(sa.select(schema.issues.c.id)).scalars()]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def recorder(journal: Path, *options: str) -> Iterator[int]:
    """Run the recording server as a process; give its port."""
    command = [sys.executable, "-m", "tests.mail.recording", "--journal", str(journal), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run Postfix's smtp-sink; give its port."""
    port = free_port()
    person = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([str(SINK), *person, f"127.0.0.1:{port}", "1000"]) as sink:
        try:
            for _ in range(1000):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.01)
            yield port
        finally:
            sink.terminate()


def held(pid: int, what: str = "VmHWM") -> int | None:
    """Return the memory of a process in kB, by default the most it had; None once it has ended."""
    try:
        found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:  # it was waited for
        return None
    return int(found[1]) if found else None


def peak(child: "subprocess.Popen[bytes]") -> int:
    """Wait until a process ends and return the most memory, in MB, that it or one of its own had.

    Not by the `ru_maxrss` of wait4, which counts also what its parent held when it was started.
    """
    most = 0
    while (now := held(child.pid)) is not None:
        most = max(most, now, *(held(one) or 0 for one in begun_by(child.pid)))
        time.sleep(0.02)
    child.wait()
    return most // 1024


def begun_by(pid: int) -> list[int]:
    """Return the processes that a process has begun."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    try:
        return [int(one) for file in found for one in file.read_text().split()]
    except OSError:  # it has ended
        return []


def pour(port: int, mails: int, size: int, sessions: int) -> float:
    """Return the seconds that smtp-source takes for so many mails of that size."""
    command = [str(SOURCE), "-d", "-s", str(sessions), "-l", str(size), "-m", str(mails)]
    begun = time.perf_counter()
    subprocess.run([*command, f"127.0.0.1:{port}"], check=True)  # -d: keeps its connections
    return time.perf_counter() - begun
