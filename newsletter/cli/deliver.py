"""`newsletter deliver`: hand the pending deliveries that are due to the sender."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.alarming import alarming
from newsletter.cli.common import FAILED, LATER, PARTLY, Json, emit, note, opened, progress, say

if TYPE_CHECKING:
    from newsletter.app import App


def deliver(
    limit: Annotated[int | None, typer.Option(min=1, help="Deliver so many at most.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is due, and send nothing.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="Share the work and the connections; no --limit.")
    ] = 1,
    as_json: Json = False,
) -> None:
    """Deliver what is due, nobody twice; what fails for now is tried again later.

    Examples: `newsletter deliver`, `newsletter deliver --limit 10`, `... --processes 2`
    """
    if limit and processes > 1:
        raise typer.BadParameter("--limit is for a trial by one process; leave --processes out")
    from newsletter.lock import pause

    with opened() as app:
        begun = moment_now()
        handled = Counter[str]() if dry_run else delivered(app, limit, processes)
        states, waiting = standing(app)
        relays = {} if dry_run else by_relay(app, begun)
        paused = pause(app.store, app.folder)
    if as_json:
        emit({**to_payload(states, handled), "relays": relays, "paused": paused})
    else:
        tell(handled, states, waiting, dry_run)
        if paused:
            say(paused)
        tell_relays(relays)
    leave(handled)


def delivered(app: "App", limit: int | None = None, processes: int = 1) -> Counter[str]:
    """Deliver, with a bar on a terminal; SIGTERM ends it after the mail in flight."""
    from newsletter import app as wiring
    from newsletter import lock as locking
    from newsletter.actions import deliver as action
    from newsletter.actions.fleet import deliver_by
    from newsletter.cli.stopping import stopped_by_signal

    with locking.holding(app.folder) as lock, stopped_by_signal() as stop, alarming(app):
        epoch = locking.begin_run(app.store, lock, wiring.now_utc())
        way = wiring.way(app, epoch, wiring.now_utc)
        _, waiting = standing(app)
        foretell(app)
        if processes > 1:  # without a bar: its thread must not be carried over a fork
            handled = deliver_by(app.store, way, processes, stop)
        else:
            with progress(
                f"delivering{named(app)}", min(waiting, limit) if limit else waiting
            ) as move:
                handled = action.deliver(app.store, way, limit, stop, lambda done: move(done, None))
        if stop():
            note("stopped after the mail in hand; run it again, and the others go out")
            handled["stopped"] = 1
        return handled


def named(app: "App") -> str:
    """Return by which relays, where there are several."""
    relays = app.settings.sender.relays
    return f" by {', '.join(relays)}" if relays else ""


def foretell(app: "App") -> None:
    """Say when the last of what is due will be out, where that takes a while."""
    from newsletter.app import now_utc
    from newsletter.cli.status import SOON, in_time, outlook

    now = now_utc()
    found = [one for one in outlook(app, now) if one.due_at <= now]
    if found and found[-1].done_at and found[-1].done_at - now > SOON:
        note(in_time(asdict(found[-1])))


def standing(app: "App") -> tuple[dict[str, int], int]:
    """Return how many deliveries stand in each state, and how many are due now."""
    from newsletter.app import now_utc
    from newsletter.store import ledger

    with app.store.read() as tx:
        return ledger.states(tx), ledger.count_due(tx, now_utc())


def moment_now() -> datetime:
    """Return the time."""
    from newsletter.app import now_utc

    return now_utc()


def by_relay(app: "App", begun: datetime) -> dict[str, dict[str, int]]:
    """Return how the attempts since then ended, by relay; all of them are named."""
    from newsletter.store import ledger

    with app.store.read() as tx:
        found = ledger.by_relay(tx, begun)
    return {name: found.get(name, {}) for name in (*app.settings.sender.relays, *found)}


def tell_relays(relays: Mapping[str, Mapping[str, int]]) -> None:
    """Say what went by which of several relays."""
    if len(relays) < 2:
        return
    for name, results in relays.items():
        counts = ", ".join(f"{number} {one.replace('_', ' ')}" for one, number in results.items())
        say(f"by {name}: {counts or 'none'}")


def to_payload(states: Mapping[str, int], handled: Mapping[str, int]) -> Mapping[str, Any]:
    """Return all deliveries by state, and those of this run."""
    return {"states": states, "handled": {state: handled.get(state, 0) for state in states}}


def tell(
    handled: Mapping[str, int], states: Mapping[str, int], waiting: int, dry_run: bool
) -> None:
    """Say what was delivered and what is left."""
    if dry_run:
        say(f"{waiting} deliveries are due; nothing was sent")
        return
    later = states["pending"] + states["deferred"] - waiting
    if not handled:
        due = f"{waiting} are due and wait for the relay's limit" if waiting else "nothing is due"
        say(due + (f"; {later} wait for their time" if later else ""))
    for state, number in sorted(handled.items()):
        if state in states:
            say(f"{number} {state.replace('_', ' ')}")
    if handled and waiting:
        say(f"{waiting} more are due")
    if states["in_doubt"]:
        note(
            f"{states['in_doubt']} in doubt: the server may have taken them, so they are not sent "
            "again; see `newsletter deliveries list --state in_doubt`"
        )


def leave(handled: Mapping[str, int]) -> None:
    """Exit with 3 if only some were accepted, 75 if all were put off, 1 if none was accepted."""
    if handled.get("stopped"):
        raise typer.Exit(LATER)
    bad = sum(handled.get(one, 0) for one in ("refused", "deferred", "in_doubt", "expired"))
    if bad and handled.get("accepted"):
        raise typer.Exit(PARTLY)
    if bad:
        raise typer.Exit(LATER if bad == handled.get("deferred") else FAILED)
