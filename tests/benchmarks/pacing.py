"""How near a relay's limit the sender comes, and that no second holds more mails than it grants.

`python -m tests.benchmarks.pacing [--due N] [--connections N]` delivers personal digests of 10
papers by the whole `deliver` over STARTTLS into a recording server of its own process, whose
answers take 30 ms, at limits of 14, 100 and 500 a second. All moments are those at which the
server had read a mail's dot. The last line is one JSON object:

- `mean_over_limit`: mails a second from the first to the last over the limit, the least of all;
- `seconds_above_limit`: mails that made any span of one second (not only the clock's own seconds)
  hold more than the limit, over all runs;
- `late_p95_seconds`: of N digests due at one moment through 100 a second, how much later than the
  queue allows (the k-th at k / 100 s) the 95th of 100 was taken;
- `runs`: the same by limit, with what the clock's own seconds held at most.
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
from contextlib import contextmanager
from math import ceil
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import trustme

from newsletter import app as wiring
from newsletter.actions import deliver, messages
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
            if not pipe.recv():
                server.stop.set()
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


def send(app: wiring.App, to: Sink, limit: float, mails: int, connections: int) -> dict[str, Any]:
    """Deliver so many digests, all due now, and return what the server saw."""
    mailing.again(app.store, mails)
    press = wiring.press(app)
    way = deliver.Way(
        outlets=(
            deliver.Outlet(
                lambda: Connection.open(to.relay), "", connections, Pace(per_second=limit)
            ),
        ),
        prepare=lambda tx, batch: messages.prepare(press, tx, batch),
        now=wiring.now_utc,
        epoch=deliver.begin(app.store, wiring.now_utc()),
    )
    begun = time.monotonic()
    handled = deliver.deliver(app.store, way)
    assert handled == {"accepted": mails}, handled
    return seen(to.moments(), limit, begun)


def seen(moments: Sequence[float], limit: float, begun: float) -> dict[str, Any]:
    """Return how the moments stand to the limit and to the least lateness of a queue."""
    moments = sorted(moments)
    late = [at - begun - number / limit for number, at in enumerate(moments)]
    return {
        "mails": len(moments),
        "mean_over_limit": round((len(moments) - 1) / (moments[-1] - moments[0]) / limit, 4),
        "above": above(moments, ceil(limit)),
        "most_in_a_clock_second": max(Counter(int(at) for at in moments).values()),
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
    options = parser.parse_args()
    wanted = {limit: round(limit * took) for limit, took in SECONDS.items()}
    wanted[LATE_AT] = options.due
    with tempfile.TemporaryDirectory() as name, sink(Path(name)) as to:
        app = mailing.make(Path(name) / "letter", max(wanted.values()))
        send(app, to, 1000.0, 50, 4)  # what all mails share is rendered here, once
        runs = {
            limit: send(app, to, limit, mails, options.connections)
            for limit, mails in wanted.items()
        }
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
