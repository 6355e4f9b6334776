"""`newsletter compose`: make the issues that are due."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import (
    FAILED,
    PARTLY,
    Json,
    counted,
    emit,
    moment,
    note,
    opened,
    progress,
    say,
)

if TYPE_CHECKING:
    from newsletter.actions.compose import Composed
    from newsletter.app import App


def compose(
    at: Annotated[
        str, typer.Option(help="Make each reader's newest slot not after this time (now); UTC.")
    ] = "",
    subscriber: Annotated[str, typer.Option(help="For this address only.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be made, and make nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make issues and their pending deliveries; run again, it makes nothing new.

    Examples: `newsletter compose`, `newsletter compose --at 2026-03-14T07:00Z --dry-run`
    """
    with opened() as app:
        made = composed(app, at, subscriber, dry_run)
    if as_json:
        emit(to_payload(made))
    else:
        tell(made, dry_run)
    leave(made)


def composed(app: "App", at: str = "", subscriber: str = "", dry_run: bool = False) -> "Composed":
    """Compose, with a bar on a terminal."""
    from newsletter import app as wiring
    from newsletter.actions import compose as action
    from newsletter.actions import noting
    from newsletter.cli.stopping import stopped_by_signal
    from newsletter.domain.subscriber import normal_address

    now = wiring.now_utc()
    address = normal_address(subscriber) if subscriber else ""
    order = wiring.order(app, now, moment(at) if at else None, address)
    if dry_run:
        return action.rehearse(app.store, order)
    noting.end_pauses(app.store, now)
    with progress("composing") as move, stopped_by_signal() as stop:
        made = action.compose(app.store, order, move, stop)
    if stop():
        note("stopped behind the readers in hand; run it again, and the others get theirs")
    return made


def to_payload(made: "Composed") -> Mapping[str, Any]:
    """Return the counts as the JSON that design.md names."""
    return {
        "editions": sorted(made.editions),
        "issues": made.issues,
        "items": made.items,
        "skipped": dict(sorted(made.skipped.items())),
    }


def tell(made: "Composed", dry_run: bool) -> None:
    """Say what was made, and who got none and why."""
    verb = "would be made" if dry_run else "made"
    issues, papers = counted(made.issues, "issue"), counted(made.items, "paper")
    say(f"{issues} {verb}, {papers} in all")
    for edition in sorted(made.editions):
        say(f"  {edition}")
    for why, number in sorted(made.skipped.items()):
        note(f"  {number} without an issue: {why}")
    if not made.issues and not made.skipped:
        note("  nobody to make one for; `newsletter subscribers add ADDRESS --topic ...`")


def leave(made: "Composed") -> None:
    """Exit with 3 if an issue failed, 1 if all did."""
    from newsletter.actions.compose import FAILED as BROKEN

    if made.skipped.get(BROKEN):
        raise typer.Exit(PARTLY if made.issues else FAILED)
