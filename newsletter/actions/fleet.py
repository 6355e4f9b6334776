"""One run of the sender by several processes, each with its share of the deliveries.

The caller, who holds the folder's lock and began the epoch, forks them and waits. The lock belongs
to all of them: as long as one lives, no other run begins.
"""

import gc
import json
import os
import select
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from newsletter import errors
from newsletter.actions.deliver import is_due, tour_of
from newsletter.actions.tour import Way
from newsletter.actions.watch import watched
from newsletter.errors import NewsletterError, SenderError, StoppedError, TemplateError
from newsletter.mail.shared import shared_numbers
from newsletter.store import outbox
from newsletter.store.database import Store
from newsletter.store.outbox import Share

POLL = 0.1  # seconds between two looks whether the run is to stop
WARM = 200  # mails that are written for nothing before the fork
# Those whose text is all that they are made of; others are told as the first.
TOLD = (
    "SenderError",
    "RelayBusyError",
    "StoppedError",
    "StoreError",
    "StoreBusyError",
    "BusyError",
    "SettingsError",
)


@dataclass(slots=True)
class Child:
    """A process that sends, and what it said on its pipe so far; it speaks once, at its end."""

    pid: int
    pipe: int
    said: bytearray = field(default_factory=bytearray)


def deliver_by(
    store: Store, way: Way, processes: int, stop: Callable[[], bool] = lambda: False
) -> Counter[str]:
    """Deliver what is due by so many processes; return how many ended in each state.

    The relay's limits, the connections and the answers that end an edition are those of all
    together. No thread may run here, no connection of the database be in use and no process write
    beside: each of ours begins its own. Raises what ended a process, once all have ended, and
    SenderError if one was killed: what it had armed is in doubt by the next run.
    """
    if not is_due(store, way):
        return Counter()
    warm(store, way)
    with watched(store) as watch:
        store.close()  # a connection of SQLite must not be carried over a fork
        gc.collect()
        gc.freeze()  # so that no collection in a child copies the pages that all have in common
        try:
            return by_children(store, replace(way, watch=watch), processes, stop)
        finally:
            gc.unfreeze()


def by_children(store: Store, way: Way, processes: int, stop: Callable[[], bool]) -> Counter[str]:
    """Fork the processes and see them home; see `deliver_by`."""
    # Each has a connection of each relay at least: where one fails, the others take its mails.
    processes = min(processes, *(one.connections for one in way.outlets))
    children: list[Child] = []
    # Not a signal: one that the whole group got has a second one end a process at once.
    asked = shared_numbers(1)
    with ExitStack() as common:
        if way.watch:
            common.enter_context(way.watch.shared())
        for domain in way.domains.values():
            common.enter_context(domain.shared())
        for one in way.outlets:
            common.enter_context(one.pace.shared())
        try:
            for number in range(processes):
                part = part_of(way, number, processes)
                children.append(fork(store, part, lambda: stop() or bool(asked[0]), children))
        except OSError as error:  # no more processes, or no memory for one
            asked[0] = 1.0
            see_home(children, stop, asked)
            raise SenderError(f"no process could be begun: {error.strerror}") from error
        return see_home(children, stop, asked)


def part_of(way: Way, number: int, of: int) -> Way:
    """Return the way of one process: its deliveries, and its part of each relay's connections."""
    outlets = tuple(
        replace(one, connections=one.connections // of + (number < one.connections % of))
        for one in way.outlets
    )
    return replace(way, share=Share(number, of), outlets=outlets)


def warm(store: Store, way: Way) -> None:
    """Write the first mails for nothing: what all mails have in common is made before the fork.

    Raises TemplateError if no mail can be written.
    """
    now = way.now()
    with store.read() as tx:
        wanted = list(outbox.line(tx, now, Share()))[:WARM]
        batch = [one.delivery for one in outbox.digests(tx, wanted, now) if not one.closed]
        write = way.prepare(tx, batch)
    for delivery in batch:
        try:
            write(delivery)
        except TemplateError:
            raise
        except Exception:  # noqa: S112  # whoever is to send it records why it cannot be written
            continue


def fork(store: Store, way: Way, stop: Callable[[], bool], before: list[Child]) -> Child:
    """Begin a process that delivers the way's share."""
    parent = os.getpid()
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return Child(pid, ours)
    code = 1
    try:
        for one in (ours, *(child.pipe for child in before)):
            os.close(one)
        # Without its parent nobody would hear how it went.
        said = run(store, way, lambda: stop() or os.getppid() != parent)
        with os.fdopen(theirs, "wb") as pipe:
            pipe.write(json.dumps(said).encode())
        code = 0
    finally:
        os._exit(code)  # nothing of the parent's is to be ended or written twice


def run(store: Store, way: Way, stop: Callable[[], bool]) -> dict[str, object]:
    """Deliver the share and return how many ended in each state, or what stopped it."""
    try:
        return {"handled": tour_of(store, way, None, stop)}
    except NewsletterError as error:
        return {"error": type(error).__name__, "text": str(error)}
    except Exception as error:  # the parent tells it: a process has no words of its own
        return {"error": "", "text": f"{type(error).__name__}: {error}"}
    finally:
        store.close()


def see_home(
    children: list[Child], stop: Callable[[], bool], asked: "memoryview[float]"
) -> Counter[str]:
    """Wait for all processes; when one fails or the run is to stop, `asked` has the others stop."""
    handled: Counter[str] = Counter()
    troubles: list[NewsletterError] = []
    left = list(children)
    while left:
        if stop() or troubles:
            asked[0] = 1.0
        ready, _, _ = select.select([one.pipe for one in left], [], [], POLL)
        for child in [one for one in left if one.pipe in ready]:
            octets = os.read(child.pipe, 1 << 16)
            child.said += octets
            if not octets:
                left.remove(child)
                try:
                    handled.update(verdict(child))
                except NewsletterError as error:
                    troubles.append(error)
    if troubles:  # that its answers stopped the run is what the next one is to know
        raise next((one for one in troubles if isinstance(one, StoppedError)), troubles[0])
    return handled


def verdict(child: Child) -> dict[str, int]:
    """Return what a process that has ended counted; raises what stopped it."""
    os.close(child.pipe)
    _, status = os.waitpid(child.pid, 0)
    if not child.said:
        how = os.waitstatus_to_exitcode(status)
        raise SenderError(
            f"a process of the sender was ended ({signal_name(how)}); run it again: what it had "
            "handed over without an answer is in doubt, the rest goes out"
        )
    said = json.loads(child.said)
    if "error" in said:
        kind = getattr(errors, said["error"]) if said["error"] in TOLD else SenderError
        raise kind(said["text"])
    return dict(said["handled"])


def signal_name(code: int) -> str:
    """Return what ended a process."""
    return signal.Signals(-code).name if code < 0 else f"exit {code}"
