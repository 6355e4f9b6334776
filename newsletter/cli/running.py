"""`newsletter run`: ingest, compose and deliver, once."""

import typer

from newsletter.cli import alarming, compose, deliver, ingest
from newsletter.cli.common import PARTLY, Json, emit, opened


def run(as_json: Json = False) -> None:
    """Do it all once: read the feeds that are due, make the issues, deliver them.

    A line for cron, each reader at their own hour: `0 * * * * newsletter --folder ~/letter run`
    """
    with opened() as app:
        found = ingest.visits(app, None)
        alarming.look_at_feeds(app)
        if not as_json:
            for name, report in found:
                ingest.tell(name, report)
        made = compose.composed(app)
        if not as_json:
            compose.tell(made, dry_run=False)
        handled = deliver.delivered(app)
        states, waiting = deliver.standing(app)
    if as_json:
        emit(
            {
                "ingest": ingest.to_payload(found),
                "compose": compose.to_payload(made),
                "deliver": deliver.to_payload(states, handled),
            }
        )
    else:
        deliver.tell(handled, states, waiting, dry_run=False)
    deliver.leave(handled)
    if any(report.error is not None for _, report in found):
        raise typer.Exit(PARTLY)
    compose.leave(made)
