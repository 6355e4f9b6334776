"""`newsletter deliveries`: who got what, when, with which reply; and the operator's word on it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import FAILED, LARGEST, Json, emit, note, opened, say, table
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.store.ledger import Filter

commands = typer.Typer(help="Who got what, when, with which reply.", no_args_is_help=True)

Number = Annotated[
    int, typer.Argument(max=LARGEST, help="Its number in `newsletter deliveries list`.")
]
Numbers = Annotated[
    list[int] | None, typer.Argument(max=LARGEST, help="Numbers of `deliveries list`.")
]
StateOf = Annotated[str, typer.Option("--state", help="In this state, such as in_doubt.")]
Of = Annotated[str, typer.Option("--subscriber", help="To this address.")]
Domain = Annotated[str, typer.Option(help="To addresses of this domain, such as example.org.")]
Code = Annotated[
    str, typer.Option(help="Whose last reply has this code: 550, 5.1.1, or the beginning of one.")
]
Edition = Annotated[
    str, typer.Option(help="Of this edition, such as daily-2026-03-14, or confirmation.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would change, and change it not.")
]
NONE_MEANT = "say which: numbers, or --state, --subscriber, --domain, --code, --edition"


def meant(
    numbers: list[int] | None = None, state: str = "", subscriber: str = "", domain: str = "",
    code: str = "", edition: str = "",
) -> "Filter":  # fmt: skip
    """Return which deliveries the options mean."""
    from newsletter.domain.delivery import State
    from newsletter.domain.subscriber import normal_address, normal_domain
    from newsletter.store.ledger import Filter

    if state and state not in list(State):
        raise typer.BadParameter(f"{state!r}: one of {', '.join(State)}", param_hint="--state")
    address = normal_address(subscriber) if subscriber else ""
    domain = normal_domain(domain.removeprefix("@"), domain) if domain else ""
    return Filter(tuple(numbers or ()), state, address, domain, code, edition)


@commands.command("list")
def show_all(
    state: StateOf = "", subscriber: Of = "", domain: Domain = "", code: Code = "",
    edition: Edition = "",
    limit: Annotated[int | None, typer.Option(min=1, help="The newest so many.")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """List the deliveries, newest first.

    Example: `newsletter deliveries list --state refused --domain example.org --code 5.7`
    """
    from newsletter.store import ledger

    wanted = meant(None, state, subscriber, domain, code, edition)
    with opened() as app, app.store.read() as tx:
        found = ledger.listed(tx, wanted, limit)
    if as_json:
        emit({"deliveries": [asdict(one) for one in found]})
        return
    cells = [
        (one.id, one.edition or one.kind, one.subscriber, one.state, one.attempts, one.reply)
        for one in found
    ]
    columns = ("delivery", "edition", "subscriber", "state", "attempts", "reply")
    table(columns, cells, "no deliveries" + (" are meant by that" if wanted else " yet"))


@commands.command()
def show(delivery: Number, as_json: Json = False) -> None:
    """Show one delivery and every attempt at it."""
    from newsletter.store import ledger

    with opened() as app, app.store.read() as tx:
        one, found = ledger.get(tx, delivery), ledger.attempts_of(tx, delivery)
    if as_json:
        names = ("number", "at", "relay", "result", "reply")
        tries = [dict(zip(names, row, strict=True)) for row in found]
        emit({"delivery": delivery, **asdict(one), "attempts": tries})
        return
    say(f"delivery {one.id}: {one.edition or one.kind} to {one.subscriber}, {one.state}")
    say(f"due {one.due_at:%Y-%m-%d %H:%M}Z" + (f", {one.message_id}" if one.message_id else ""))
    if one.state in ("pending", "deferred"):
        say(f"next try {one.next_attempt_at:%Y-%m-%d %H:%M}Z")
    table(("attempt", "at", "by", "result", "reply"), found, "not tried yet")


@commands.command()
def resolve(
    delivery: Number,
    to: Annotated[str, typer.Option("--as", help="accepted, or pending to send it again.")],
    as_json: Json = False,
) -> None:
    """Settle a delivery in doubt by what you know of it.

    Example: `newsletter deliveries resolve 17 --as accepted`
    """
    from newsletter.app import now_utc
    from newsletter.domain.delivery import State
    from newsletter.store import deliveries, ledger, outbox

    if to not in (State.ACCEPTED, State.PENDING):
        raise typer.BadParameter(f"{to!r}: accepted or pending", param_hint="--as")
    with opened() as app, app.store.write() as tx:
        stood = ledger.get(tx, delivery).state
        if to == State.PENDING and ledger.is_superseded(tx, outbox.get(tx, delivery)[0]):
            raise NewsletterError(
                f"delivery {delivery} is not sent again, for a newer issue of its reader was "
                "composed; nothing was changed. Resolve it as accepted, or leave it"
            )
        done = deliveries.resolve(tx, delivery, State(to), "resolved by the operator", now_utc())
    if not done:
        text = f"delivery {delivery} is not in doubt but {stood}; nothing was changed"
        raise NewsletterError(text)
    if as_json:
        emit({"delivery": delivery, "state": to})
        return
    say(f"delivery {delivery} is {to}")


@commands.command()
def retry(
    numbers: Numbers = None, state: StateOf = "", subscriber: Of = "", domain: Domain = "",
    code: Code = "", edition: Edition = "", dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Have what waits for its next try tried by the next run, not later.

    What was refused or has expired is not sent again: its papers compete in the reader's next
    issue. Example: `newsletter deliveries retry --domain example.org`
    """
    wanted = meant(numbers, state, subscriber, domain, code, edition)
    change(wanted, "retried", dry_run, as_json)


@commands.command()
def cancel(
    numbers: Numbers = None, state: StateOf = "", subscriber: Of = "", domain: Domain = "",
    code: Code = "", edition: Edition = "", dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Cancel what has not gone out; its papers compete in the reader's next issue.

    Example: `newsletter deliveries cancel --edition daily-2026-03-14 --dry-run`
    """
    wanted = meant(numbers, state, subscriber, domain, code, edition)
    change(wanted, "cancelled", dry_run, as_json)


def change(wanted: "Filter", what: str, dry_run: bool, as_json: bool) -> None:
    """Retry or cancel what is meant; nothing meant is an error, and so is nothing changed."""
    from newsletter.app import now_utc
    from newsletter.store import deliveries, ledger

    if not wanted:
        raise typer.BadParameter(NONE_MEANT)
    chosen, now = ledger.chosen(wanted), now_utc()
    with opened() as app, app.store.write() as tx:
        standing = ledger.by_state(tx, wanted)
        unknown = ledger.unknown(tx, wanted)
        trial = tx.begin_nested() if dry_run else None
        if what == "retried":
            done = deliveries.hasten(tx, chosen, now)
        else:
            done = deliveries.cancel(tx, chosen, "cancelled by the operator", now)
        if trial:
            trial.rollback()
    if as_json:
        emit({what: done, "meant": sum(standing.values()), "states": standing, "dry_run": dry_run})
    else:
        say(("1 delivery" if done == 1 else f"{done} deliveries") + f" {told(what, dry_run)}")
    for one in unknown:
        note(f"there is no delivery {one}; see `newsletter deliveries list`")
    left = sum(standing.values()) - done
    if left and not as_json:
        stand = ", ".join(f"{number} {one}" for one, number in standing.items())
        note(f"{left} of those meant are left as they are; they stood: {stand}")
    if not done:
        note("error: " + ("none of them can be changed" if standing else "no delivery is meant"))
        raise typer.Exit(FAILED)


def told(what: str, dry_run: bool) -> str:
    """Return what happened in words."""
    if dry_run:
        return f"would be {what}; nothing was changed"
    return "go out with the next run" if what == "retried" else what


@commands.command()
def check(as_json: Json = False) -> None:
    """Check the ledger's promises: nothing lost, nobody twice, nothing sent unrecorded.

    Exits with 1 and names each delivery that breaks one.
    """
    from newsletter.store import ledger, promises

    with opened() as app, app.store.read() as tx:
        found, states = promises.broken_promises(tx), ledger.states(tx)
    if as_json:
        emit({"findings": found, "states": states})
    elif not found:
        say(f"all promises hold, over {sum(states.values())} deliveries")
    for one in found:
        note(f"error: {one}")
    if found:
        raise typer.Exit(FAILED)
