"""`newsletter deliveries`: who got what, when, with which reply."""

from dataclasses import asdict
from typing import Annotated

import typer

from newsletter.cli.common import FAILED, Json, emit, note, opened, say, table

commands = typer.Typer(help="Who got what, when, with which reply.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Its number in `newsletter deliveries list`.")]


@commands.command("list")
def show_all(
    state: Annotated[str, typer.Option(help="Only those in this state, such as in_doubt.")] = "",
    subscriber: Annotated[str, typer.Option(help="To this address only.")] = "",
    as_json: Json = False,
) -> None:
    """List the deliveries, newest first."""
    from newsletter.domain.delivery import State
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import ledger

    if state and state not in list(State):
        raise typer.BadParameter(f"{state!r}: one of {', '.join(State)}", param_hint="--state")
    address = normal_address(subscriber) if subscriber else ""
    with opened() as app, app.store.read() as tx:
        found = ledger.listed(tx, state, address)
    if as_json:
        emit({"deliveries": [asdict(one) for one in found]})
        return
    cells = [
        (one.id, one.edition or one.kind, one.subscriber, one.state, one.attempts, one.reply)
        for one in found
    ]
    columns = ("delivery", "edition", "subscriber", "state", "attempts", "reply")
    table(columns, cells, "no deliveries" + (f" are {state}" if state else " yet"))


@commands.command()
def show(delivery: Number, as_json: Json = False) -> None:
    """Show every attempt at one delivery."""
    from newsletter.store import ledger

    with opened() as app, app.store.read() as tx:
        found = ledger.attempts_of(tx, delivery)
    if as_json:
        names = ("number", "at", "result", "reply")
        emit(
            {
                "delivery": delivery,
                "attempts": [dict(zip(names, one, strict=True)) for one in found],
            }
        )
        return
    table(("attempt", "at", "result", "reply"), found, "not tried yet")


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
    from newsletter.store import deliveries

    if to not in (State.ACCEPTED, State.PENDING):
        raise typer.BadParameter(f"{to!r}: accepted or pending", param_hint="--as")
    with opened() as app, app.store.write() as tx:
        done = deliveries.resolve(tx, delivery, State(to), "resolved by the operator", now_utc())
    if not done:
        note(f"error: delivery {delivery} is not in doubt; nothing was changed")
        raise typer.Exit(FAILED)
    if as_json:
        emit({"delivery": delivery, "state": to})
        return
    say(f"delivery {delivery} is {to}")
