"""Digests a second through a real server, beside the textbook's way and beside smtp-source.

`python -m tests.benchmarks.sending [--digests N] [--rounds N] [--connections N] [--processes N]`
sends mails of 10 papers, each reader's own, by the whole `deliver` with its ledger on SQLite, into
Postfix's smtp-sink, or where that is not installed into our recording server; smtp-source sends as
many of the same size. All in interleaved rounds, medians. The process that writes beside is at
work, as in the midst of a large run. The last line is one JSON object:

- `ours_per_naive`: signed digests a second over Jinja, mjml2html, EmailMessage, dkimpy, smtplib;
- `signed_per_smtp_source`, `unsigned_per_smtp_source`: over what smtp-source sends (0 without it);
- `client_per_smtplib`: CPU of our SMTP connection over smtplib's `sendmail(bytes)`, for a mail, in
  turns, four times a round;
- `ledger_cost`: digests a second with the durable ledger over without any, 16 connections;
- `rss_mb`: the most memory of the process that delivers them all, by itself, or of its scribe.
"""

import argparse
import json
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from newsletter import app as wiring
from newsletter.actions import deliver, messages
from newsletter.actions.deliver import feed_all
from newsletter.actions.fleet import deliver_by
from newsletter.actions.lane import Lane
from newsletter.actions.outlets import Station
from newsletter.actions.scribe import Scribe
from newsletter.actions.signing import Signing
from newsletter.actions.tour import Tour, line_up
from newsletter.actions.tray import Tray
from newsletter.actions.watch import Watch
from newsletter.domain.delivery import Result
from newsletter.domain.message import Message
from newsletter.garbage import look_seldom
from newsletter.mail.relay import Relay, Security
from newsletter.mail.smtp import Connection
from newsletter.rendering.dkim import SigningKey
from tests.benchmarks import building, mailing

NAIVE = 25  # mails of the textbook in a round: it is slow
CLIENT_TURNS = 4  # of each in a round, in turns
ADDRESS = "papers@example.org"


class NoLedger:
    """A clerk that grants everything and writes nothing: what delivering costs without a ledger."""

    def __init__(self) -> None:
        self.handled: Counter[str] = Counter()
        self.error = None

    def arm(self, *_: object) -> bool:
        return True

    def settle(self, _delivery: object, outcome: Any) -> None:
        self.handled[outcome.result.value] += 1

    def flush(self) -> None:
        pass


class Bench:
    """The newsletter and its keys."""

    def __init__(self, app: wiring.App, options: argparse.Namespace) -> None:
        self.app, self.digests, self.connections = app, options.digests, options.connections
        self.processes: int = options.processes
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        self.unsigned = wiring.press(app)
        sign = Signing((SigningKey("example.org", "a", key),))
        self.signed = replace(self.unsigned, sign=sign)
        address = app.store.address
        self.scribes = [Scribe(one, address) for one in (self.unsigned, self.signed)]
        for one in self.scribes if self.processes == 1 else ():  # as in the midst of a large run
            one.begin()  # none is to be carried over a fork

    def way(self, press: messages.Press, port: int, connections: int) -> deliver.Way:
        relay = Relay("127.0.0.1", port, Security.NONE)
        way = deliver.Way(
            outlets=(deliver.Outlet(lambda: Connection.open(relay), "", connections),),
            prepare=lambda tx, batch: messages.prepare(press, tx, batch),
            now=wiring.now_utc,
            epoch=deliver.begin(self.app.store, wiring.now_utc()),
        )
        return replace(way, scribe=self.scribes[press is self.signed].beside)

    def ours(self, press: messages.Press, port: int, connections: int = 0) -> float:
        """Return the digests a second of the whole `deliver`."""
        mailing.again(self.app.store, self.digests)
        way = self.way(press, port, connections or self.connections)
        begun = time.perf_counter()
        if self.processes > 1:
            handled = deliver_by(self.app.store, way, self.processes)
        else:
            handled = deliver.deliver(self.app.store, way)
        took = time.perf_counter() - begun
        assert handled == {"accepted": self.digests}, handled
        return self.digests / took

    def without_ledger(self, press: messages.Press, port: int, connections: int) -> float:
        """Return the digests a second where nothing is armed and nothing written."""
        mailing.again(self.app.store, self.digests)
        way, clerk = self.way(press, port, connections), NoLedger()
        begun = time.perf_counter()
        tray = Tray(most=2 * connections, stop=lambda: False)
        tour = Tour(self.app.store, way, clerk, tray, tray.stop, self.digests, None)  # type: ignore[arg-type]
        line_up(tour)
        with lanes(tour, connections - 1):
            tray.hub.begin(lambda: feed_all(tour))
        took = time.perf_counter() - begun
        assert clerk.handled == {"accepted": self.digests}, clerk.handled
        return self.digests / took

    def naive(self, port: int) -> float:
        """Return the digests a second of the textbook."""
        issues = building.issues(building.invented(1000), NAIVE, 10)
        template = building.naive_template(self.unsigned)
        values = [building.naive_values(self.unsigned, one) for one in issues]
        begun = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", port) as server:
            for one in values:
                raw = building.naively(template, one, "reader@example.org")
                header = dkim.sign(raw, b"a", b"example.org", self.pem)
                server.sendmail(ADDRESS, ["reader@example.org"], header + raw)
        return NAIVE / (time.perf_counter() - begun)

    def mails(self, number: int) -> list[Message]:
        """Return signed digests."""
        issues = building.issues(building.invented(1000), number, 10)
        return [
            messages.write_digest(self.signed, one, f"r{one.id}@example.org", f"digest:{one.id}")
            for one in issues
        ]


@contextmanager
def lanes(tour: Tour, number: int) -> Iterator[None]:
    """Run so many lanes."""
    found = [
        Lane(
            station=Station(tour.way.outlets[0], tour.tray), clerk=tour.clerk, tray=tour.tray,
            watch=Watch(), domains=tour.domains, gave_way=lambda _: None, broke=lambda *_: None,
        )
        for _ in range(number)
    ]  # fmt: skip
    tour.tray.begin_opening(number)
    hub = tour.tray.hub
    tasks = [hub.begin(one.run) for one in found]

    def serve() -> None:
        while any(one.is_alive() for one in tasks):
            hub.turn(0.1)

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    thread.join()
    hub.close()


def ours_alone(mails: list[Message], port: int) -> float:
    """Return the CPU of our connection for a mail, in microseconds."""
    with Connection.open(Relay("127.0.0.1", port, Security.NONE)) as connection:
        return building.cpu(lambda: handed_over(connection, mails)) / len(mails) * 1e6


def smtplib_alone(mails: list[Message], port: int) -> float:
    """Return the same of smtplib's."""
    with smtplib.SMTP("127.0.0.1", port) as server:

        def send() -> None:
            for one in mails:
                server.sendmail(ADDRESS, [one.recipient], one.raw)

        return building.cpu(send) / len(mails) * 1e6


def handed_over(connection: Connection, mails: list[Message]) -> None:
    """Send the mails as a lane does: while one is armed the next is known."""
    for one, following in zip(mails, [*mails[1:], None], strict=True):
        outcome = connection.send(one, lambda: True, lambda following=following: following)
        assert outcome.result is Result.ACCEPTED, outcome


def memory(folder: Path, port: int) -> int:
    """Return the most memory, in MB, of a process that delivers all that is pending."""
    words = {"KIND": "smtp", "HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none"}
    settings = {f"NEWSLETTER_SENDER__{name}": value for name, value in words.items()}
    command = [sys.executable, "-m", "newsletter", "--folder", str(folder), "deliver", "--json"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env={**os.environ, **settings}, stdout=quiet) as child:
        most = mailing.peak(child)
    assert child.returncode == 0
    return most


@contextmanager
def sink(folder: Path) -> Iterator[tuple[int, bool]]:
    """Give the port of smtp-sink, or of our own server, and whether it is smtp-sink."""
    if mailing.SINK.exists():
        with mailing.smtp_sink() as port:
            yield port, True
    else:
        with mailing.recorder(folder / "journal", "--no-bodies") as port:
            yield port, False


def measure(bench: Bench, rounds: int, port: int, is_postfix: bool) -> dict[str, float]:
    """Return the medians of interleaved rounds."""
    size = round(statistics.mean(len(one.raw) for one in bench.mails(20)))
    mails = bench.mails(200)
    found: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], float]) -> None:
        found.setdefault(name, []).append(work())

    for press in (bench.signed, bench.unsigned):  # what all mails share is rendered here, once
        bench.ours(press, port)
    for _ in range(rounds):
        if is_postfix:
            note("smtp_source", lambda: bench.digests / mailing.pour(
                port, bench.digests, size, bench.connections))  # fmt: skip
        note("signed", lambda: bench.ours(bench.signed, port))
        note("unsigned", lambda: bench.ours(bench.unsigned, port))
        note("ledger", lambda: bench.ours(bench.unsigned, port, 16))
        note("no_ledger", lambda: bench.without_ledger(bench.unsigned, port, 16))
        note("naive", lambda: bench.naive(port))
        # Some 10 ms of ours: one alone would be of processors that did other work just before.
        for _ in range(CLIENT_TURNS):
            note("client_us", lambda: ours_alone(mails, port))
            note("smtplib_us", lambda: smtplib_alone(mails, port))
    return {name: statistics.median(values) for name, values in found.items()} | {"bytes": size}


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digests", type=int, default=1000, help="in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--processes", type=int, default=1, help="that deliver")
    options = parser.parse_args()
    look_seldom()  # as the command does
    with tempfile.TemporaryDirectory() as name, sink(Path(name)) as (port, is_postfix):
        app = mailing.make(Path(name) / "letter", options.digests)
        bench = Bench(app, options)
        found = measure(bench, options.rounds, port, is_postfix)
        mailing.again(app.store)
        app.close()
        rss = memory(Path(name) / "letter", port)
    source = found.get("smtp_source", 0.0)
    print(
        json.dumps(
            {
                "ours_per_naive": round(found["signed"] / found["naive"], 1),
                "signed_per_smtp_source": round(found["signed"] / source, 3) if source else 0,
                "unsigned_per_smtp_source": round(found["unsigned"] / source, 3) if source else 0,
                "client_per_smtplib": round(found["client_us"] / found["smtplib_us"], 4),
                "ledger_cost": round(found["ledger"] / found["no_ledger"], 3),
                "rss_mb": rss,
                "sink": "smtp-sink" if is_postfix else "recording server",
                "medians": {name: round(value, 1) for name, value in found.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
