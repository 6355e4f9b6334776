"""How near a relay's limit the sender comes, and that no second holds more mails than it grants.

`python -m tests.benchmarks.pacing [--due N] [--connections N] [--relays N] [--processes N]`
delivers personal digests of 10 papers by the whole `deliver` over STARTTLS into recording servers,
each a process of its own whose answers take 30 ms, at limits of 14, 100 and 500 a second for all
relays together. All moments are those at which a server had read a mail's dot. The last line is
one JSON object:

- `mean_over_limit`: mails a second from the first to the last over the limit of a relay, the least
  of all relays and runs;
- `seconds_above_limit`: mails that made any span of one second (not only the clock's own seconds)
  hold more than a relay's limit, over all runs;
- `late_p95_seconds`: of N digests due at one moment through 100 a second, how much later than the
  queue allows (the k-th at k / 100 s) the 95th of 100 was taken;
- `runs`: the same by limit, with what the clock's own seconds held at most, and each relay's mails.
"""

import argparse
import asyncio
import json
import multiprocessing
import ssl
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from math import ceil
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import trustme

from newsletter import app as wiring
from newsletter.actions import deliver, messages
from newsletter.actions.fleet import deliver_by
from newsletter.actions.scribe import Scribe
from newsletter.mail.pace import Pace
from newsletter.mail.relay import Relay, Security
from newsletter.mail.smtp import Connection
from tests.benchmarks import mailing
from tests.mail.recording import RecordingServer
from tests.mail.session import Journal, Mail, Script

ROUND_TRIP = 0.03  # seconds
LATE_AT = 100.0  # the limit at which lateness is looked at
SECONDS = {14.0: 20, 100.0: 50, 500.0: 10}  # limit a second -> how long its run takes
SPAWN = multiprocessing.get_context("spawn")


class Moments(Journal):
    """A journal of when each mail was read to its dot, and of nothing else."""

    def __init__(self) -> None:
        super().__init__(keep=False)
        self.at: list[float] = []

    def add(self, mail: Mail) -> None:
        assert mail.encrypted
        self.at.append(time.monotonic())


def serve(certificate: Path, pipe: Pipe) -> None:
    """Serve until told to stop; a process. Each word on the pipe is answered with the moments."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    journal = Moments()
    server = RecordingServer(Script(context=context, round_trip=ROUND_TRIP), journal)

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def heard() -> None:
            try:
                goes_on = pipe.recv()
            except EOFError:  # whoever asked was killed
                goes_on = None
            if not goes_on:
                loop.remove_reader(pipe.fileno())
                server.stop.set()
            if goes_on is not None:
                pipe.send(journal.at)
                journal.at = []

        loop.add_reader(pipe.fileno(), heard)
        await server.serve(lambda: pipe.send(server.port))

    asyncio.run(run())


class Sink:
    """The server from here: its address, and the moments since the last question."""

    def __init__(self, pipe: Pipe, authority: Path) -> None:
        self.pipe = pipe
        self.relay = Relay("127.0.0.1", pipe.recv(), Security.STARTTLS, ca_file=str(authority))

    def moments(self) -> list[float]:
        """Return when mails came, in seconds of the machine's monotonic clock, and forget them."""
        self.pipe.send(True)
        return list(self.pipe.recv())


@contextmanager
def sink(folder: Path) -> Iterator[Sink]:
    """Run the server as a process of its own."""
    authority, certificate, own = trustme.CA(), folder / "sink.pem", folder / "authority.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    authority.cert_pem.write_to_path(str(own))
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(certificate, theirs))
    process.start()
    try:
        yield Sink(ours, own)
    finally:
        ours.send(False)
        process.join(10)


@dataclass(frozen=True)
class Bench:
    """What is measured: the newsletter, the servers, and how many of what serve them."""

    app: wiring.App
    scribe: Scribe
    sinks: Sequence[Sink]
    connections: int  # to all of them
    processes: int = 1


def send(bench: Bench, limit: float, mails: int) -> dict[str, Any]:
    """Deliver so many digests, all due now, and return what the servers saw."""
    app, each = bench.app, limit / len(bench.sinks)
    mailing.again(app.store, mails)
    press = bench.scribe.press
    way = deliver.Way(
        outlets=tuple(
            deliver.Outlet(
                partial(Connection.open, one.relay),
                str(number),
                bench.connections // len(bench.sinks),
                Pace(per_second=each),
            )
            for number, one in enumerate(bench.sinks)
        ),
        prepare=lambda tx, batch: messages.prepare(press, tx, batch),
        now=wiring.now_utc,
        epoch=deliver.begin(app.store, wiring.now_utc()),
        scribe=bench.scribe.beside,
    )
    begun = time.monotonic()
    if bench.processes > 1:
        handled = deliver_by(app.store, way, bench.processes)
    else:
        handled = deliver.deliver(app.store, way)
    assert handled == {"accepted": mails}, handled
    return seen([sorted(one.moments()) for one in bench.sinks], each, begun)


def seen(by_relay: Sequence[Sequence[float]], limit: float, begun: float) -> dict[str, Any]:
    """Return how each relay's moments stand to its limit, and all to a queue's least lateness."""
    together = sorted(at for moments in by_relay for at in moments)
    rate = limit * len(by_relay)
    late = [at - begun - number / rate for number, at in enumerate(together)]
    means = [(len(one) - 1) / (one[-1] - one[0]) / limit for one in by_relay]
    seconds = (Counter(int(at) for at in moments) for moments in by_relay)
    return {
        "mails": len(together),
        "mails_by_relay": [len(moments) for moments in by_relay],
        "mean_over_limit": round(min(means), 4),
        "above": sum(above(moments, ceil(limit)) for moments in by_relay),
        "most_in_a_clock_second": max(max(one.values()) for one in seconds),
        "late_p95_seconds": round(statistics.quantiles(late, n=20)[-1], 3),
    }


def above(moments: Sequence[float], limit: int) -> int:
    """Return how many mails came less than a second after the one `limit` places before."""
    return sum(
        later - earlier < 1 for earlier, later in zip(moments, moments[limit:], strict=False)
    )


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=5000, help="at one moment, through 100 a second")
    parser.add_argument("--connections", type=int, default=40)
    parser.add_argument("--relays", type=int, default=1, help="that share each limit")
    parser.add_argument("--processes", type=int, default=1, help="that deliver")
    options = parser.parse_args()
    wanted = {limit: round(limit * took) for limit, took in SECONDS.items()}
    wanted[LATE_AT] = options.due
    with tempfile.TemporaryDirectory() as name, ExitStack() as opened:
        sinks = []
        for number in range(options.relays):
            (place := Path(name) / f"sink{number}").mkdir()
            sinks.append(opened.enter_context(sink(place)))
        app = mailing.make(Path(name) / "letter", max(wanted.values()))
        scribe = Scribe(wiring.press(app), app.store.address)
        bench = Bench(app, scribe, sinks, options.connections, options.processes)
        send(bench, 1000.0, 50)  # what all mails share is rendered here, once
        runs = {limit: send(bench, limit, mails) for limit, mails in wanted.items()}
        app.close()
    print(
        json.dumps(
            {
                "mean_over_limit": min(one["mean_over_limit"] for one in runs.values()),
                "seconds_above_limit": sum(one["above"] for one in runs.values()),
                "late_p95_seconds": runs[LATE_AT]["late_p95_seconds"],
                "runs": {f"{limit:g}": one for limit, one in runs.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
